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
  EXPECT_EQ(users.sketch.records, 10u);
  EXPECT_EQ(users.sketch.keys[static_cast<size_t>(PathElement::Id::kNumber)], 10u);
  ASSERT_EQ(users.sketch.root().fields().size(), 1u);
  const FieldSketch text = users.sketch.root().fields()[0];
  EXPECT_EQ(text.name(), "text");
  EXPECT_EQ(text.count(Type::kString), 10u);
  EXPECT_TRUE(users.sketch.table.complete());

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

TEST(Inspect, LooksAtSoManyFieldsOnly) {
  const MemoryData data = TwoKinds();
  MemorySource source(&data);
  InspectOptions options;
  options.fields_in_all = 1;
  const auto inspection = Inspect(source, options);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  EXPECT_TRUE(inspection->kinds.at({"", "User"}).sketch.table.complete());
  const KindInspection& orders = inspection->kinds.at({"ns", "Order"});
  EXPECT_FALSE(orders.sketch.table.complete());
  EXPECT_EQ(orders.sketch.records, 4u);
  EXPECT_THAT(InspectionTables(*inspection, "somewhere"), HasSubstr("… only the first 20,000 different fields"));
  EXPECT_THAT(InspectionJson(*inspection, "somewhere"), HasSubstr(R"("incomplete":0},"fields_complete":false})"));
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

}  // namespace
}  // namespace datahaul
