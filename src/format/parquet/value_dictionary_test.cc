#include "format/parquet/value_dictionary.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/bytes.h"
#include "base/random.h"
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

// Texts that differ only in what is left behind their last whole word.
TEST(ValueDictionaryTest, ShortTails) {
  const Column text = Of(ColumnType::kString);
  ValueDictionary dictionary;
  for (const std::string_view head : {"", "8 equal ", "14 equal bytes"}) {
    ColumnStore store(&text);
    Random random(1);
    std::map<uint32_t, uint32_t> known;  // value, index
    std::vector<uint32_t> expected;
    for (uint32_t row = 0; row < 100'000; ++row) {
      const auto value = static_cast<uint32_t>(random.Below(3000));
      expected.push_back(known.try_emplace(value, known.size()).first->second);
      const char tail[] = {static_cast<char>('0' + value / 60), static_cast<char>('0' + value % 60)};
      PushText(StrCat(head, std::string_view(tail, 2)), row, &store);
    }
    ASSERT_TRUE(dictionary.Build(store));
    EXPECT_EQ(dictionary.size(), 3000u);
    EXPECT_EQ(std::vector<uint32_t>(dictionary.indices().begin(), dictionary.indices().end()), expected);
  }
}

// A dictionary that would be worth its while, but for that all values have the same hash: it must not take forever.
TEST(ValueDictionaryTest, MadeToCollide) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15u;
  uint64_t inverse = kOdd;
  for (int i = 0; i < 6; ++i) inverse *= 2 - kOdd * inverse;
  ASSERT_EQ(kOdd * inverse, 1u);
  const Column number = Of(ColumnType::kInt);
  ColumnStore same(&number), different(&number);
  for (uint32_t row = 0; row < 100'000; ++row) {
    const uint64_t mixed = inverse * (uint64_t{7} << 32 | row % 700);
    same.PushWord(row, inverse * (mixed ^ mixed >> 32));
    different.PushWord(row, inverse * (row % 700));
  }
  ValueDictionary dictionary;
  EXPECT_FALSE(dictionary.Build(same));
  EXPECT_TRUE(dictionary.Build(different));
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
