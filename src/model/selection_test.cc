#include "model/selection.h"

#include <string_view>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(SelectionTest, Matches) {
  const Selection everything, kinds{{"a", "b"}, {}, {}}, default_ns{{}, {""}, {}}, both{{"a"}, {"", "n"}, {}};
  const struct {
    const Selection* selection;
    std::string_view ns, kind;
    bool matches;
  } kCases[] = {
      {&everything, "", "a", true}, {&everything, "n", "", true},   {&kinds, "", "a", true},  {&kinds, "n", "b", true},
      {&kinds, "", "c", false},     {&kinds, "", "", false},        {&kinds, "", "A", false}, {&kinds, "a", "c", false},
      {&default_ns, "", "a", true}, {&default_ns, "n", "a", false}, {&both, "", "a", true},   {&both, "n", "a", true},
      {&both, "m", "a", false},     {&both, "n", "b", false},
  };
  for (const auto& [selection, ns, kind, matches] : kCases) {
    EXPECT_EQ(selection->Matches(ns, kind), matches) << ns << "/" << kind;
  }
}

TEST(SelectionTest, Everything) {
  EXPECT_TRUE(Selection().everything());
  EXPECT_FALSE((Selection{{"a"}, {}, {}}).everything());
  EXPECT_FALSE((Selection{{}, {""}, {}}).everything());  // the default namespace is not all of them
  EXPECT_FALSE((Selection{{}, {}, 0}).everything());
}

// A limit is the engine's to count: it says nothing about any one record.
TEST(SelectionTest, ALimitDoesNotMatter) { EXPECT_TRUE((Selection{{}, {}, 0}).Matches("", "a")); }

}  // namespace
}  // namespace datahaul
