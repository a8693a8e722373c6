#include "format/entity_proto/shape_tree.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"

namespace datahaul {
namespace {

constexpr char kBefore = 0x1a, kBehind = 0x20;

bool Matches(const ShapeTree::Node& node, const std::string& bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size() + kSlack);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return node.Matches(copy.get());
}

std::string Bytes(const std::string& name) {
  return std::string(1, kBefore) + static_cast<char>(name.size()) + name + kBehind;
}

TEST(ShapeTreeTest, ANodeMatchesItsNameBetweenItsTagsAndNothingElse) {
  for (size_t size = 0; size <= 60; ++size) {
    const std::string name(size, 'x');
    const ShapeTree::Node node(name, kBefore, kBehind);
    EXPECT_EQ(Matches(node, Bytes(name) + "behind"), size <= 45) << size;
    for (size_t i = 0; i < size + 3; ++i) {
      std::string other = Bytes(name);
      other[i] ^= 1;
      EXPECT_FALSE(Matches(node, other)) << size << " at " << i;
    }
    EXPECT_FALSE(Matches(node, std::string(100, '\0')));
  }
}

// With names that may be read past their ends.
std::vector<Field> Fields(const std::vector<std::string>& names, Arena* arena) {
  std::vector<Field> fields;
  for (const std::string& name : names) fields.push_back({arena->CopyString(name), {}});
  return fields;
}

TEST(ShapeTreeTest, TheSameNamesInTheSameOrderHaveOneShape) {
  ShapeTree tree(kBefore, kBehind);
  Arena arena;
  const std::vector<Field> fields = Fields({"b", "a"}, &arena);
  ShapeTree::Node* const kind = tree.OfKind("kind");
  ShapeTree::Node* const end = tree.Child(tree.Child(kind, "b"), "a");
  const Shape* const shape = tree.ShapeOf(end, fields.data(), 2);
  ASSERT_NE(shape, nullptr);
  EXPECT_EQ(shape->size, 2u);
  EXPECT_EQ(std::vector<uint32_t>(shape->sorted, shape->sorted + 2), (std::vector<uint32_t>{1, 0}));
  EXPECT_EQ(tree.ShapeOf(tree.Child(tree.Child(kind, "b"), "a"), fields.data(), 2), shape);
  EXPECT_EQ(kind->next()->next(), end);
  const Shape* const other = tree.ShapeOf(tree.Child(tree.OfKind("other"), "b"), fields.data(), 1);
  EXPECT_NE(other->id, shape->id);
}

TEST(ShapeTreeTest, NamesThatOccurTwiceHaveNoShape) {
  ShapeTree tree(kBefore, kBehind);
  Arena arena;
  const std::vector<Field> fields = Fields({"a", "a"}, &arena);
  ShapeTree::Node* const end = tree.Child(tree.Child(tree.OfKind("k"), "a"), "a");
  EXPECT_EQ(tree.ShapeOf(end, fields.data(), 2), nullptr);
  EXPECT_EQ(tree.ShapeOf(end, fields.data(), 2), nullptr);
}

TEST(ShapeTreeTest, IsBounded) {
  ShapeTree tree(kBefore, kBehind);
  ShapeTree::Node* const kind = tree.OfKind("k");
  int nodes = 0;
  for (int i = 0; i < 100'000; ++i) nodes += tree.Child(kind, StrCat("id", i)) != nullptr;
  EXPECT_GT(nodes, 1'000);
  EXPECT_LT(nodes, 10'000);
  EXPECT_EQ(tree.OfKind("another"), nullptr);
  ASSERT_NE(tree.Child(kind, "id0"), nullptr);  // what is known stays known
  EXPECT_EQ(tree.Inside(tree.Child(kind, "id0")), nullptr);
}

}  // namespace
}  // namespace datahaul
