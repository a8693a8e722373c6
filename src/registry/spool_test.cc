// What goes into a spool comes out of it, and nothing is left of it in the end.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "registry/registry.h"
#include "registry/spool_source.h"
#include "testing/contents.h"
#include "testing/memory_source.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

constexpr char kJob[] = "20260102-030405-abcd";

class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() {
    spec_.source = "/exports/today";
    spec_.sink = folder_ / "out";
    spec_.options = {
        {"format", "csv"}, {"max-rejects", "9"}, {"spool", "always"}, {kSpoolToOption, folder_ / "spools"}};
    spool_ = *registry_.SpoolOf(spec_, kJob);
    sink_ = *registry_.OpenSink(spool_);
    context_.job = kJob;
    context_.data_dir = "/data";
  }

  static void AddRecord(const std::string& kind, int64_t id, RecordBatch* batch) {
    BuildRecord({"tenant", kind, id, "text"}, batch->arena, &batch->records.emplace_back());
  }

  // As slice 0 of a shard.
  absl::Status Spool(const RecordBatch& batch, uint64_t shard) {
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<Writer> writer, sink_->Open({kJob, shard, 0}, 1));
    std::vector<uint32_t> rows(batch.records.size());
    std::iota(rows.begin(), rows.end(), 0);
    std::vector<Hash128> hashes(rows.size());
    DH_RETURN_IF_ERROR(writer->Write(batch, rows, hashes));
    DH_RETURN_IF_ERROR(writer->Finish());
    DH_RETURN_IF_ERROR(writer->Place());
    DH_ASSIGN_OR_RETURN(const Receipt receipt, writer->Commit());
    committed_.insert(committed_.end(), receipt.extents.begin(), receipt.extents.end());
    return absl::OkStatus();
  }

  absl::Status Close(Outcome outcome) {
    context_.committed = committed_;
    context_.resumed = true;
    return sink_->Close(context_, outcome).status();
  }

  const TempFolder folder_;
  Registry registry_{nullptr};
  JobSpec spec_, spool_;
  std::unique_ptr<Sink> sink_;
  JobContext context_;
  std::vector<Extent> committed_;
};

TEST_F(SpoolTest, HandsOutWhatWasPutIn) {
  EXPECT_FALSE(sink_->traits().ordered);
  EXPECT_FALSE(sink_->traits().needs_schema);
  ASSERT_EQ(sink_->Prepare(context_), absl::OkStatus());
  std::vector<Contents> put(2);
  for (const uint64_t shard : {1u, 0u}) {
    RecordBatch batch;
    for (int64_t id = 0; id < 5; ++id) AddRecord(id == 3 ? "Customer" : "Order", id, &batch);
    batch.rejects.push_back(
        {.object = "/exports/today/output-0", .offset = ~uint64_t{0}, .kind = "Or\xFF", .ns = "tenant"});
    batch.rejects.back().reason = StrCat("reading it in shard ", shard);
    batch.rejects.back().Keep(std::string("\0\xFE", 2) + std::string(Reject::kMostBytes, 'x'));
    batch.rejects.push_back({.object = "", .offset = 0, .kind = "", .ns = "", .reason = "nothing is known"});
    batch.lost.push_back({"/exports/today/output-1", 32768, 65536, "a checksum is wrong"});
    ASSERT_EQ(Spool(batch, shard), absl::OkStatus());
    put[shard].Add(batch);
  }
  RecordBatch losses_only;
  losses_only.lost.push_back({"o", 1, 2, "why"});
  ASSERT_EQ(Spool(losses_only, 2), absl::OkStatus());
  ASSERT_EQ(Close(Outcome::kSucceeded), absl::OkStatus());

  const std::unique_ptr<Source> source = *registry_.OpenSource(spool_);
  const Snapshot snapshot = *source->Begin({});
  const std::vector<Partition> whole = *source->Split(snapshot, {}, nullptr, "", 1);
  ASSERT_EQ(whole.size(), 1u);
  const std::vector<Partition> pieces = *source->Split(snapshot, {}, &whole[0], "", 1);
  ASSERT_EQ(pieces.size(), 3u) << "what one task has put in, one takes out";
  put.emplace_back().Add(losses_only);
  for (size_t shard = 0; shard < pieces.size(); ++shard) {
    Contents found;
    RecordBatch batch;
    const std::unique_ptr<Reader> reader = *source->Open(snapshot, pieces[shard], "");
    while (true) {
      ASSERT_EQ(reader->Read(&batch), absl::OkStatus());
      if (batch.empty() && batch.input_bytes == 0) break;
      EXPECT_EQ(batch.object, batch.empty() ? batch.object : "/exports/today");
      found.Add(batch);
    }
    EXPECT_EQ(found.records, put[shard].records);
    EXPECT_EQ(found.rejects, put[shard].rejects);
    EXPECT_EQ(found.lost, put[shard].lost);
  }

  ASSERT_EQ(Close(Outcome::kSucceeded), absl::OkStatus()) << "as after a crash";
  ASSERT_EQ(Close(Outcome::kDiscarded), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "spools"));
  EXPECT_EQ(Close(Outcome::kDiscarded), absl::OkStatus());
}

TEST_F(SpoolTest, WhatIsUnfinishedIsRemovedToo) {
  ASSERT_EQ(sink_->Prepare(context_), absl::OkStatus());
  RecordBatch batch;
  AddRecord("Order", 1, &batch);
  ASSERT_EQ(Spool(batch, 0), absl::OkStatus());
  ASSERT_EQ(Close(Outcome::kDiscarded), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "spools"));
}

TEST_F(SpoolTest, OthersCannotReadIt) {
  ASSERT_EQ(sink_->Prepare(context_), absl::OkStatus());
  using std::filesystem::perms;
  const perms mode = std::filesystem::status(spool_.sink).permissions();
  EXPECT_EQ(mode & (perms::group_all | perms::others_all), perms::none);
}

TEST_F(SpoolTest, WhatItHasLostItselfIsAnError) {
  for (const auto what : {MemoryRecord::What::kReject, MemoryRecord::What::kLost}) {
    MemoryData data;
    data.records = {{"tenant", "Order", 1, "text"}, {"tenant", "Order", 2, "a torn line", what}};
    data.accepts_loss = true;
    SpoolSource source(std::make_unique<MemorySource>(&data), "/exports/today");
    const Snapshot snapshot = *source.Begin({});
    const std::vector<Partition> whole = *source.Split(snapshot, {}, nullptr, "", 1000);
    RecordBatch batch;
    const absl::Status status = (*source.Open(snapshot, whole.at(0), ""))->Read(&batch);
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_NE(Message(status).find("a torn line"), std::string_view::npos) << status;
    EXPECT_NE(Message(status).find("reading the spool memory"), std::string_view::npos) << status;
  }
}

TEST_F(SpoolTest, IsNeitherInTheSourceNorInTheOutput) {
  const auto spool_to = [this](const std::string& place) {
    spec_.options.back().second = place;
    return RetryOf(registry_.SpoolOf(spec_, kJob).status());
  };
  for (const std::string& end : {spec_.source, spec_.sink}) {
    EXPECT_EQ(spool_to(end), Retry::kUsage);
    EXPECT_EQ(spool_to(end + "/"), Retry::kUsage);
    EXPECT_EQ(spool_to(end + "/x/../spools"), Retry::kUsage);
    spec_.options.back().second = end + "2";
    EXPECT_EQ(registry_.SpoolOf(spec_, kJob).status(), absl::OkStatus());
  }
}

TEST_F(SpoolTest, RecordsThatLookLikeLossesAreRefused) {
  ASSERT_EQ(sink_->Prepare(context_), absl::OkStatus());
  RecordBatch batch;
  AddRecord("__datahaul_reject__", 1, &batch);
  const absl::Status status = Spool(batch, 0);
  EXPECT_EQ(RetryOf(status), Retry::kNever);
  EXPECT_NE(Message(status).find("--spool never"), std::string_view::npos) << status;
}

TEST_F(SpoolTest, APlaceThatIsNoFolderIsNamedWithARemedy) {
  folder_.Write("spools", "a file");
  const absl::Status status = sink_->Prepare(context_);
  EXPECT_NE(Message(status).find(folder_ / "spools"), std::string_view::npos) << status;
  EXPECT_NE(Message(status).find("a new job with --spool-to has it elsewhere"), std::string_view::npos) << status;
}

TEST_F(SpoolTest, NeedsAPlaceAndASourceThatIsNotReadAgain) {
  JobSpec spec = spec_;
  spec.options.pop_back();
  EXPECT_EQ(RetryOf(registry_.SpoolOf(spec, kJob).status()), Retry::kUsage);
  spec = spec_;
  spec.options.emplace_back("keys-index", "true");
  EXPECT_EQ(RetryOf(registry_.SpoolOf(spec, kJob).status()), Retry::kUsage);
}

}  // namespace
}  // namespace datahaul
