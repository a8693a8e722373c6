#include "model/field_order.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

// Sorts fields of these names, and compares with the plain way.
class FieldOrderTest : public testing::Test {
 protected:
  void Expect(const std::vector<std::string>& names) {
    std::vector<Field> fields(names.size());
    for (size_t i = 0; i < names.size(); ++i) fields[i].name = arena_.CopyString(names[i]);
    std::vector<uint32_t> expected(names.size());
    std::iota(expected.begin(), expected.end(), 0u);
    std::sort(expected.begin(), expected.end(),
              [&](uint32_t a, uint32_t b) { return std::tie(names[a], a) < std::tie(names[b], b); });
    std::vector<std::string> sorted = names;
    std::sort(sorted.begin(), sorted.end());

    bool unique = false;
    const auto size = static_cast<uint32_t>(names.size());
    const uint32_t* const order = order_.Sort(fields.data(), size, &arena_, &unique);
    ASSERT_EQ(std::vector<uint32_t>(order, order + size), expected);
    ASSERT_EQ(unique, std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  }

  Arena arena_;
  FieldOrder order_;
};

std::string RandomName(Random* random) {
  // Few letters, so that names share long beginnings; with NUL and bytes above 0x7f, whose order is unsigned.
  constexpr std::string_view kLetters("ab\0\xc3\xff", 5);
  std::string name(random->Below(4) == 0 ? random->Below(20) : random->Below(10), '\0');
  for (char& c : name) c = kLetters[random->Below(3) == 0 ? random->Below(5) : 0];
  return name;
}

TEST_F(FieldOrderTest, Few) {
  const std::vector<std::string> kCases[] = {
      {},
      {"a"},
      {""},
      {"a", "b"},
      {"b", "a"},
      {"a", "a"},
      {"", ""},
      {"a", ""},
      {"b", "a", "b"},
      {"12345678", "1234567", "123456789", "12345678"},
      {"12345678b", "12345678a", "12345678"},
      {std::string("a\0", 2), "a"},
      {"a", std::string("a\0", 2), std::string("a\0\0", 3)},
      {"\xf0\x9f\x98\x80", "\xef\xbf\xbf", "z", "\xc3\xa9"},
  };
  for (const auto& names : kCases) {
    Expect(names);
    Expect(names);  // now remembered
  }
}

TEST_F(FieldOrderTest, RandomNames) {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::string> names(random.Below(12));
    for (std::string& name : names) name = RandomName(&random);
    Expect(names);
  }
}

// Maps that look alike by what is remembered (size, first and last name) but are in another order.
TEST_F(FieldOrderTest, ARememberedOrderIsNotTrusted) {
  Random random(2);
  std::vector<std::string> inner = {"b", "c", "d", "e", "f", "g"};
  for (int i = 0; i < 2000; ++i) {
    std::swap(inner[random.Below(6)], inner[random.Below(6)]);
    std::vector<std::string> names = inner;
    if (random.Below(4) == 0) names[random.Below(6)] = names[random.Below(6)];
    names.insert(names.begin(), "m");
    names.push_back("n");
    Expect(names);
  }
}

TEST_F(FieldOrderTest, WideMaps) {
  Random random(3);
  for (const size_t size : {255, 256, 257, 5000}) {
    std::vector<std::string> names(size);
    for (size_t i = 0; i < size; ++i) names[i] = "field" + std::to_string(i);
    for (int i = 0; i < 3; ++i) {
      Expect(names);
      std::swap(names[random.Below(size)], names[random.Below(size)]);
    }
    names.push_back("field7");
    Expect(names);
  }
}

TEST_F(FieldOrderTest, TheOrderOutlivesTheNextOne) {
  std::vector<Field> fields(3);
  fields[0].name = "c";
  fields[1].name = "b";
  fields[2].name = "a";
  for (Field& field : fields) field.name = arena_.CopyString(field.name);
  bool unique;
  const uint32_t* const first = order_.Sort(fields.data(), 3, &arena_, &unique);
  std::swap(fields[1].name, fields[2].name);
  order_.Sort(fields.data(), 3, &arena_, &unique);
  EXPECT_EQ(std::vector<uint32_t>(first, first + 3), (std::vector<uint32_t>{2, 1, 0}));
}

}  // namespace
}  // namespace datahaul
