#include "format/parquet/value_dictionary.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/bytes.h"
#include "base/text.h"

namespace datahaul {
namespace {

Column Of(ColumnType type) {
  Column column;
  column.name = column.field = "v";
  column.type = type;
  return column;
}

// Followed by bytes that may be read.
void PushText(std::string text, uint32_t slot, ColumnStore* store) {
  const size_t size = text.size();
  text.resize(size + kSlack);
  store->PushText(slot, std::string_view(text).substr(0, size));
}

TEST(ValueDictionaryTest, WordsAndTextsThatRepeat) {
  constexpr uint32_t kRows = 20'000;
  const Column text = Of(ColumnType::kString), number = Of(ColumnType::kInt);
  ValueDictionary dictionary;
  for (const uint32_t distinct : {1, 2, 10, 900}) {
    ColumnStore texts(&text), numbers(&number);
    std::vector<uint32_t> expected;
    for (uint32_t row = 0; row < kRows; ++row) {
      const uint32_t value = row % distinct;
      PushText(StrCat("value ", value), row, &texts);
      numbers.PushWord(row, uint64_t{value} << 40);
      expected.push_back(value);
    }
    for (const ColumnStore* const store : {&texts, &numbers}) {
      ASSERT_TRUE(dictionary.Build(*store)) << distinct;
      EXPECT_EQ(dictionary.size(), distinct);
      EXPECT_EQ(std::vector<uint32_t>(dictionary.indices().begin(), dictionary.indices().end()), expected);
      // The first values of the store are the distinct ones.
      const std::string_view data(reinterpret_cast<const char*>(store->data().data()), store->data().size());
      EXPECT_TRUE(data.starts_with(dictionary.values()));
    }
  }
  EXPECT_EQ(dictionary.width(), 10);
}

TEST(ValueDictionaryTest, NotWorthItsWhile) {
  const Column text = Of(ColumnType::kString), number = Of(ColumnType::kInt);
  ValueDictionary dictionary;
  ColumnStore different(&number), few(&number), large(&text), none(&text);
  EXPECT_FALSE(dictionary.Build(none));
  for (uint32_t row = 0; row < 100'000; ++row) different.PushWord(row, row * uint64_t{7919});
  EXPECT_FALSE(dictionary.Build(different));
  for (uint32_t row = 0; row < 3; ++row) few.PushWord(row, uint64_t{row});
  EXPECT_FALSE(dictionary.Build(few));
  for (uint32_t row = 0; row < 400; ++row) PushText(std::string(10'000, static_cast<char>(row % 200)), row, &large);
  EXPECT_FALSE(dictionary.Build(large));  // 2 MB of distinct values
  ColumnStore huge(&text);
  PushText(std::string(ValueDictionary::kMostBytes, 'x'), 0, &huge);
  PushText(std::string(ValueDictionary::kMostBytes, 'x'), 1, &huge);
  EXPECT_FALSE(dictionary.Build(huge));
  EXPECT_EQ(dictionary.values().size(), 0u);  // not copied
}

}  // namespace
}  // namespace datahaul
