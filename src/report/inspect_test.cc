#include "report/inspect.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "report/inspection_text.h"
#include "testing/memory_source.h"

namespace datahaul {
namespace {

using testing::HasSubstr;

MemoryData TwoKinds() {
  MemoryData data;
  for (int64_t id = 0; id < 10; ++id) data.records.push_back({.kind = "User", .id = id, .text = "abc"});
  for (int64_t id = 0; id < 4; ++id) data.records.push_back({.ns = "ns", .kind = "Order", .id = id, .text = "abc"});
  return data;
}

TEST(Inspect, CountsKindsAndFields) {
  const MemoryData data = TwoKinds();
  MemorySource source(&data);
  InspectOptions options;
  options.scan.workers = 2;
  options.scan.piece_bytes = 50;
  const auto inspection = Inspect(source, options);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  ASSERT_EQ(inspection->kinds.size(), 2u);
  const KindInspection& users = inspection->kinds.at({"", "User"});
  EXPECT_EQ(users.records, 10u);
  EXPECT_EQ(users.numbered_keys, 10u);
  const FieldNode& text = *users.fields.root().fields.at("text");
  EXPECT_EQ(text.present, 10u);
  EXPECT_EQ(text.CountOf(Type::kString), 10u);
  EXPECT_TRUE(users.fields.complete());

  EXPECT_THAT(InspectionTables(*inspection, "somewhere"), HasSubstr("14 records of 2 kinds"));
  EXPECT_THAT(InspectionJson(*inspection, "somewhere"),
              HasSubstr(R"({"type":"kind","namespace":"ns","kind":"Order","records":4)"));
}

TEST(Inspect, OnlyWhatIsSelected) {
  const MemoryData data = TwoKinds();
  MemorySource source(&data);
  InspectOptions options;
  options.selection.namespaces = {"ns"};
  const auto inspection = Inspect(source, options);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  ASSERT_EQ(inspection->kinds.size(), 1u);
  EXPECT_EQ(inspection->kinds.begin()->first.kind, "Order");
}

TEST(Inspect, NotesThatByteCountsDisagree) {
  MemoryData data = TwoKinds();
  MemorySource source(&data);
  for (const uint64_t promised : {14u * 3, 14u * 3 + 1}) {
    data.promised_payload = promised;
    const auto inspection = Inspect(source, {});
    ASSERT_TRUE(inspection.ok()) << inspection.status();
    EXPECT_EQ(inspection->scan.payload_bytes, 42u);
    EXPECT_EQ(inspection->scan.notes.size(), promised - 42);
    if (promised != 42) {
      EXPECT_THAT(InspectionTables(*inspection, "somewhere"), HasSubstr("note: the metadata counts 43 bytes, but"));
    }
  }
  // Where damage was set aside, that is said instead.
  data.records[3].what = MemoryRecord::What::kLost;
  EXPECT_THAT(Inspect(source, {})->scan.notes, testing::IsEmpty());
}

class FieldTreeTest : public testing::Test {
 protected:
  // A map of one field.
  Map MapOf(std::string_view name, const Value& value) {
    auto* field = arena_.New<Field>();
    field->name = arena_.CopyString(name);
    field->value = value;
    Map map;
    map.fields = field;
    map.size = 1;
    return map;
  }
  Value Nested(const Map& map) {
    Value value;
    value.type = Type::kMap;
    value.map = arena_.CopyArray(&map, 1);
    return value;
  }
  Value ListOf(const Value& element) {
    Value value;
    value.type = Type::kArray;
    value.size = 1;
    value.items = arena_.CopyArray(&element, 1);
    return value;
  }

  Arena arena_;
  size_t shared_ = 1000;
};

TEST_F(FieldTreeTest, FollowsMapsAndLists) {
  FieldTree tree(100, &shared_);
  tree.Add(MapOf("lines", ListOf(Nested(MapOf("price", Value())))));
  const FieldNode& lines = *tree.root().fields.at("lines");
  ASSERT_NE(lines.elements, nullptr);
  EXPECT_EQ(lines.elements->CountOf(Type::kMap), 1u);
  EXPECT_EQ(lines.elements->fields.at("price")->CountOf(Type::kNull), 1u);
}

TEST_F(FieldTreeTest, StopsAtItsLimit) {
  FieldTree tree(5, &shared_);
  for (int i = 0; i < 9; ++i) tree.Add(MapOf(std::to_string(i), Value()));
  EXPECT_EQ(tree.root().fields.size(), 5u);
  EXPECT_FALSE(tree.complete());
  EXPECT_EQ(shared_, 995u);
}

TEST_F(FieldTreeTest, MergingAddsUp) {
  FieldTree a(100, &shared_), b(100, &shared_);
  a.Add(MapOf("x", Value()));
  b.Add(MapOf("x", Nested(MapOf("y", Value()))));
  a.Merge(b);
  EXPECT_EQ(a.root().present, 2u);
  EXPECT_EQ(a.root().fields.at("x")->present, 2u);
  EXPECT_EQ(a.root().fields.at("x")->fields.at("y")->present, 1u);
}

}  // namespace
}  // namespace datahaul
