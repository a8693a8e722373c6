#include "format/parquet/dictionary_choice.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/text.h"

namespace datahaul {
namespace {

using testing::ElementsAre;

Column Of(ColumnType type, std::string_view name, std::vector<Column> children = {}) {
  Column column;
  column.name = column.field = name;
  column.type = type;
  column.children = std::move(children);
  return column;
}

TEST(DictionaryChoiceTest, ValuesThatRepeatHaveOne) {
  for (const uint64_t distinct : {1, 10, 400, 20'000}) {
    const Column text = Of(ColumnType::kString, "text"), number = Of(ColumnType::kInt, "number");
    std::vector<ColumnStore> columns;
    columns.emplace_back(&text);
    columns.emplace_back(&number);
    for (uint32_t row = 0; row < 20'000; ++row) {
      const uint64_t value = row * uint64_t{7919} % distinct;
      columns[0].PushText(row, StrCat("value ", value));
      columns[1].PushWord(row, value);
    }
    const std::vector<std::string> expected =
        distinct < 1000 ? std::vector<std::string>() : std::vector<std::string>{"text", "number"};
    EXPECT_EQ(PathsWithoutDictionary(columns), expected) << distinct;
  }
}

TEST(DictionaryChoiceTest, LooksInsideAndPassesNullsOver) {
  const Column list = Of(ColumnType::kList, "l", {Of(ColumnType::kStruct, "", {Of(ColumnType::kInt, "x")})});
  const Column point = Of(ColumnType::kGeoPoint, "p"), flag = Of(ColumnType::kBool, "b"),
               few = Of(ColumnType::kInt, "f");
  std::vector<ColumnStore> columns;
  for (const Column* column : {&list, &point, &flag, &few}) columns.emplace_back(column);
  for (uint32_t i = 0; i < 100; ++i) {
    const uint32_t first = columns[0].PushList(2 * i, 1);  // every other one is null
    ColumnStore& element = columns[0].children()[0];
    element.children()[0].PushWord(element.PushStruct(first), int64_t{i});
    const uint32_t at = columns[1].PushStruct(2 * i);
    columns[1].children()[0].PushWord(at, 0.5 * i);
    columns[1].children()[1].PushWord(at, 1.5);
    columns[2].PushBit(2 * i, true);
    if (i < 10) columns[3].PushWord(2 * i, int64_t{i});
  }
  EXPECT_THAT(PathsWithoutDictionary(columns), ElementsAre("l.list.element.x", "p.latitude"));
}

}  // namespace
}  // namespace datahaul
