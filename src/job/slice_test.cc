#include "job/slice.h"

#include "gtest/gtest.h"

#include "base/text.h"
#include "testing/memory_sink.h"
#include "testing/memory_source.h"

namespace datahaul {
namespace {

class SliceTest : public ::testing::Test {
 protected:
  SliceTest() : sink_(&destination_, {.slice_bytes = 100}) { EXPECT_TRUE(sink_.Prepare({.job = "job"}).ok()); }

  void Fill(const std::vector<MemoryRecord>& records) {
    batch_.Clear();
    for (const MemoryRecord& record : records) BuildRecord(record, batch_.arena, &batch_.records.emplace_back());
    batch_.input_bytes = 40;
  }

  Slice NewSlice(uint64_t room = Slice::kNoLimit) {
    return Slice(&sink_, &selection_, {"job", 0, 0}, 1, room, &columns_);
  }

  MemoryDestination destination_;
  MemorySink sink_;
  Selection selection_;
  Slice::Columns columns_;
  RecordBatch batch_;
};

TEST_F(SliceTest, NumbersKindsInOrderOfAppearance) {
  Fill({{"", "A", 1}, {"", "B", 2}, {"n", "A", 3}, {"", "A", 4}, {"n", "A", 5}});
  Slice slice = NewSlice();
  ASSERT_TRUE(slice.Add(&batch_).ok());
  std::vector<uint32_t> slots;
  for (const Record& record : batch_.records) slots.push_back(record.slot);
  EXPECT_EQ(slots, (std::vector<uint32_t>{0, 1, 2, 0, 2}));
  Step step;
  slice.Describe(&step);
  EXPECT_EQ(step.counters.kinds.at({"n", "A"}), (Tally{2, 2, 0, 0}));
  EXPECT_EQ(step.digests.at({"", "A"}).records, 2u);
  EXPECT_EQ(step.counters.named.at("bytes_in"), 40u);
}

TEST_F(SliceTest, EndsByInputBytes) {
  Slice slice = NewSlice();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(slice.full());
    Fill({{"", "A", i}});
    ASSERT_TRUE(slice.Add(&batch_).ok());
  }
  EXPECT_TRUE(slice.full());
}

TEST_F(SliceTest, OpensNoWriterForNothing) {
  selection_.kinds = {"B"};
  Fill({{"", "A", 1}});
  Slice slice = NewSlice();
  ASSERT_TRUE(slice.Add(&batch_).ok());
  EXPECT_EQ(slice.writer(), nullptr);
  Step step;
  slice.Describe(&step);
  EXPECT_EQ(step.counters.kinds.at({"", "A"}), (Tally{1, 0, 1, 0}));
  EXPECT_TRUE(step.digests.empty());
}

TEST_F(SliceTest, StopsCountingAtTheLimit) {
  selection_.kinds = {"A"};
  Fill({{"", "A", 1}, {"", "B", 2}, {"", "A", 3}, {"", "A", 4}, {"", "B", 5}});
  Slice slice = NewSlice(2);
  EXPECT_FALSE(slice.limit_reached());
  ASSERT_TRUE(slice.Add(&batch_).ok());
  EXPECT_TRUE(slice.limit_reached());
  Step step;
  slice.Describe(&step);
  EXPECT_EQ(step.counters.Total(), (Tally{3, 2, 1, 0}));
}

TEST_F(SliceTest, KeepsRejectsOfKindsThatAreSelectedOrUnknown) {
  selection_.kinds = {"A"};
  batch_.Clear();
  batch_.rejects = {{.kind = "B", .reason = "b"}, {.kind = "", .reason = "unknown"}, {.kind = "A", .reason = "a"}};
  Slice slice = NewSlice();
  ASSERT_TRUE(slice.Add(&batch_).ok());
  EXPECT_EQ(slice.first_reject(), "unknown");
  EXPECT_EQ(batch_.rejects.size(), 2u);
  EXPECT_NE(slice.writer(), nullptr);
  Step step;
  slice.Describe(&step);
  EXPECT_EQ(step.counters.kinds.at({"", "B"}), (Tally{1, 0, 1, 0}));
  EXPECT_EQ(step.counters.kinds.at({"", "A"}), (Tally{1, 0, 0, 1}));
}

TEST_F(SliceTest, SetsAsideWhatDoesNotFitTheColumns) {
  Schema schema;
  schema.kinds[{"", "A"}].columns = KeyColumns();
  schema.kinds[{"", "A"}].columns.push_back({.name = "text", .field = "text"});
  columns_ = {&schema, [](const Record& record) { return StrCat("bytes of ", record.key->path[0].number); }};
  Fill({{"", "A", 1, "x"}, {.kind = "A", .id = 2, .more = "zip"}, {"", "B", 3}, {"", "A", 4}});
  batch_.object = "memory://export/output-0";
  batch_.records[1].offset = 77;
  Slice slice = NewSlice(2);
  ASSERT_TRUE(slice.Add(&batch_).ok());
  ASSERT_EQ(batch_.rejects.size(), 2u);
  EXPECT_EQ(batch_.rejects[0].bytes, "bytes of 2");
  EXPECT_EQ(batch_.rejects[0].kind, "A");
  EXPECT_EQ(batch_.rejects[0].object, "memory://export/output-0");
  EXPECT_EQ(batch_.rejects[0].offset, 77u);
  EXPECT_EQ(batch_.rejects[0].length, 10u);
  EXPECT_NE(batch_.rejects[0].reason.find("writing A 2 with the earlier columns: field \"zip\""), std::string::npos)
      << batch_.rejects[0].reason;
  EXPECT_NE(batch_.rejects[1].reason.find("B 3"), std::string::npos) << batch_.rejects[1].reason;
  EXPECT_EQ(slice.first_reject(), batch_.rejects[0].reason);
  EXPECT_TRUE(slice.limit_reached()) << "a limit counts what is written";
  Step step;
  slice.Describe(&step);
  EXPECT_EQ(step.counters.kinds.at({"", "A"}), (Tally{3, 2, 0, 1}));
  EXPECT_EQ(step.counters.kinds.at({"", "B"}), (Tally{1, 0, 0, 1}));
  EXPECT_EQ(step.digests.at({"", "A"}).records, 2u);
}

TEST_F(SliceTest, KeepsTheBeginningOfWhatIsSetAside) {
  Schema schema;
  columns_ = {&schema, [](const Record&) { return std::string(Reject::kMostBytes + 1, 'x'); }};
  Fill({{"", "A", 1}});
  Slice slice = NewSlice();
  ASSERT_TRUE(slice.Add(&batch_).ok());
  ASSERT_EQ(batch_.rejects.size(), 1u);
  EXPECT_TRUE(batch_.rejects[0].cut());
  EXPECT_NE(batch_.rejects[0].reason.find("; only the first 1048576 of its 1048577 bytes are kept"), std::string::npos);
}

TEST_F(SliceTest, RefusesDeletesThatTheSinkCannotCarryOut) {
  Fill({{"", "A", 1}});
  batch_.records[0].op = Op::kDelete;
  Slice slice = NewSlice();
  EXPECT_EQ(slice.Add(&batch_).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace datahaul
