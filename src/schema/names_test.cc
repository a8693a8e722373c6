#include "schema/names.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace datahaul {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Named(std::vector<std::string_view> fields, std::vector<std::string_view> reserved = {}) {
  return ColumnNames(fields, reserved);
}

TEST(ColumnNames, Clean) {
  const struct {
    std::string_view field, name;
  } cases[] = {{"total", "total"},
               {"Total_2", "Total_2"},
               {"a b", "a_b"},
               {"a.b-c/d", "a_b_c_d"},
               {"1st", "_1st"},
               {"", "_"},
               {"\xc3\xa4rger", "\xc3\xa4rger"},
               {"x\n\"y", "x__y"},
               {"_TABLE_SUFFIX", "__TABLE_SUFFIX"},
               {"_PartitionTime", "__PartitionTime"},
               {"_file_x", "__file_x"},
               {"_ROW_TIMESTAMP", "__ROW_TIMESTAMP"},
               {"__ROOT__", "___ROOT__"},
               {"_colidentifier", "__colidentifier"},
               {"_TABLE", "_TABLE"},
               {"-table-x", "__table_x"}};
  for (const auto& [field, name] : cases) EXPECT_THAT(Named({field}), ElementsAre(name)) << field;
}

TEST(ColumnNames, CollisionsAreNumbered) {
  EXPECT_THAT(Named({"a b", "a-b", "a_b"}), ElementsAre("a_b_2", "a_b_3", "a_b"));
  EXPECT_THAT(Named({"A", "a"}), ElementsAre("A", "a_2"));
  EXPECT_THAT(Named({"A", "a", "a_2"}), ElementsAre("A", "a_3", "a_2"));
  EXPECT_THAT(Named({"\xc3\x84", "\xc3\xa4"}), ElementsAre("\xc3\x84", "\xc3\xa4"));
  EXPECT_THAT(Named({"__KEY__", "b"}, {"__key__"}), ElementsAre("__KEY___2", "b"));
}

TEST(ColumnNames, LongNamesAreCut) {
  const std::string a(400, 'a'), b = a + "b", full(300, 'c');
  std::string wide;
  for (int i = 0; i < 400; ++i) wide += "\xe2\x82\xac";
  std::string upper(300, 'C');
  const std::vector<std::string> names = Named({upper, a, b, full, wide});
  EXPECT_EQ(names[0], upper);
  EXPECT_EQ(names[1].size(), 300u);
  EXPECT_EQ(names[2].size(), 300u);
  EXPECT_EQ(names[1], std::string(283, 'a') + "_20b18882ef7248f5");  // FNV-1a from another implementation
  EXPECT_NE(names[1], names[2]);
  EXPECT_EQ(names[3], std::string(298, 'c') + "_2");
  EXPECT_EQ(names[4].size(), 283 * 3 + 17u);
}

}  // namespace
}  // namespace datahaul
