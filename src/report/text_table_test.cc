#include "report/text_table.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(TextTable, AlignsColumns) {
  TextTable table({"kind", ">records"});
  table.AddRow({"Größe", "5"});
  table.AddRow({"a", "1,000"});
  EXPECT_EQ(table.ToString(),
            "kind   records\n"
            "Größe        5\n"
            "a        1,000\n");
}

TEST(TextTable, NamesCannotDriveATerminal) {
  EXPECT_EQ(Printable("a\x1b[2Jb\n\x7f"), "a?[2Jb??");
  EXPECT_EQ(ShownNamespace(""), "(default)");
}

}  // namespace
}  // namespace datahaul
