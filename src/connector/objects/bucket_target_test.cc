#include "connector/objects/bucket_target.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/bucket_claim.h"
#include "connector/objects/objects_sink.h"
#include "layout/files/find_files.h"
#include "testing/buckets.h"
#include "testing/line_format.h"
#include "testing/memory_store.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

bool HasNoTrace(ObjectStore& store, const std::string& uri) {
  for (const auto& [name, bytes] : ObjectsBelow(store, uri, true)) {
    if (name.starts_with('.')) return false;
  }
  return store.ListUploads(uri)->empty();
}

// ---- a store that breaks

// As a process that dies: from some call on, nothing arrives. That call itself may have.
class DyingStore final : public ObjectStore {
 public:
  explicit DyingStore(ObjectStore* inner) : inner_(*inner) {}

  // The `call`-th from now on is the last, and takes effect or not.
  void DieAt(int call, bool takes_effect) {
    left_ = call;
    takes_effect_ = takes_effect;
    dead_ = false;
  }
  void Live() { DieAt(1 << 30, true); }
  // Before the `call`-th from now on, the process sleeps while others do `meanwhile`.
  void SleepAt(int call, std::function<void()> meanwhile) {
    awake_ = call;
    meanwhile_ = std::move(meanwhile);
  }
  // As stores that know no If-Match of writes.
  void RefuseToReplaceVersions() { replaces_versions_ = false; }
  bool slept() const { return meanwhile_ == nullptr; }
  bool dead() const { return dead_; }

  const ObjectStoreTraits& traits() const override { return inner_.traits(); }
  absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) override {
    return Call<absl::StatusOr<std::optional<ObjectInfo>>>([&] { return inner_.Stat(uri); });
  }
  absl::StatusOr<std::vector<ObjectInfo>> List(std::string_view uri) override {
    return Call<absl::StatusOr<std::vector<ObjectInfo>>>([&] { return inner_.List(uri); });
  }
  absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri, ByteRange likely) override {
    return Call<absl::StatusOr<std::unique_ptr<ByteReader>>>([&] { return inner_.Read(uri, likely); });
  }
  absl::Status Write(std::string_view uri, const ByteViews& bytes, const Precondition& when) override {
    if (!replaces_versions_ && when.kind == Precondition::Kind::kVersion) {
      return WithRetry(absl::UnimplementedError("If-Match"), Retry::kNever);
    }
    return Call<absl::Status>([&] { return inner_.Write(uri, bytes, when); });
  }
  absl::Status Delete(std::string_view uri, const Precondition& when) override {
    return Call<absl::Status>([&] { return inner_.Delete(uri, when); });
  }
  absl::StatusOr<std::string> BeginUpload(std::string_view uri) override {
    return Call<absl::StatusOr<std::string>>([&] { return inner_.BeginUpload(uri); });
  }
  absl::StatusOr<UploadPiece> PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) override {
    return Call<absl::StatusOr<UploadPiece>>([&] { return inner_.PutPiece(upload, number, bytes); });
  }
  absl::StatusOr<UploadPiece> CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                        ByteRange range) override {
    return Call<absl::StatusOr<UploadPiece>>([&] { return inner_.CopyPiece(upload, number, source, range); });
  }
  absl::Status FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                            const Precondition& when) override {
    return Call<absl::Status>([&] { return inner_.FinishUpload(upload, pieces, when); });
  }
  absl::Status AbortUpload(std::string_view upload) override {
    return Call<absl::Status>([&] { return inner_.AbortUpload(upload); });
  }
  absl::StatusOr<std::vector<UploadInfo>> ListUploads(std::string_view uri) override {
    return Call<absl::StatusOr<std::vector<UploadInfo>>>([&] { return inner_.ListUploads(uri); });
  }

 private:
  template <typename Result>
  Result Call(const std::function<Result()>& call) {
    const std::lock_guard lock(one_at_a_time_);  // all threads sleep
    if (awake_-- == 1) std::exchange(meanwhile_, nullptr)();
    const int left = left_--;
    if (left > 1) return call();
    dead_ = true;
    if (left == 1 && takes_effect_) (void)call();
    return absl::UnavailableError("the process died");
  }

  ObjectStore& inner_;
  std::atomic<int> left_ = 1 << 30;
  std::atomic<bool> dead_ = false;
  bool takes_effect_ = true;
  bool replaces_versions_ = true;
  std::mutex one_at_a_time_;
  int awake_ = 0;
  std::function<void()> meanwhile_;
};

// ---- a job, as the engine works it

constexpr char kFolder[] = "memory://bucket/out";

using Rows = std::vector<std::tuple<std::string, std::string, std::string>>;  // namespace, kind, name

class PlayedJob {
 public:
  PlayedJob(ObjectStore* store, const ObjectsSinkOptions& options, std::string id, std::string folder = kFolder)
      : options_(options), id_(std::move(id)) {
    options_.destination = std::move(folder);
    options_.store = store;
    AnotherProcess();
  }

  void AnotherProcess() {
    sink_ = *ObjectsSink::New(&format_, options_);
    ++fence_;
  }
  JobContext Context() {
    JobContext context;
    context.job = id_;
    context.data_dir = "/data";
    context.committed = committed_;
    context.resumed = prepared_;
    context.still_held = still_held;
    context.selection = &selection_;
    context.counters = &counters_;
    context.digests = &digests_;
    return context;
  }
  absl::Status Prepare() {
    const absl::Status status = sink_->Prepare(Context());
    prepared_ |= status.ok();
    return status;
  }
  std::unique_ptr<Writer> Placed(const Rows& rows, uint64_t slice) {
    std::unique_ptr<Writer> writer = *sink_->Open({id_, 0, slice}, fence_);
    RecordBatch batch;
    std::map<std::string, uint32_t> slots;
    for (const auto& [ns, kind, name] : rows) {
      auto* element = batch.arena.New<PathElement>();
      *element = {batch.arena.CopyString(kind), batch.arena.CopyString(name), 0, PathElement::Id::kName};
      auto* key = batch.arena.New<Key>();
      key->ns = batch.arena.CopyString(ns);
      key->path = element;
      key->size = 1;
      Record& record = batch.records.emplace_back();
      record.key = key;
      record.slot = slots.try_emplace(ns + "/" + kind, static_cast<uint32_t>(slots.size())).first->second;
    }
    std::vector<uint32_t> all(rows.size());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    std::vector<Hash128> hashes(all.size());
    EXPECT_TRUE(writer->Write(batch, all, hashes).ok());
    EXPECT_TRUE(writer->Finish().ok());
    EXPECT_EQ(writer->Place(), absl::OkStatus());
    return writer;
  }
  absl::Status Commit(Writer& writer) {
    DH_ASSIGN_OR_RETURN(const Receipt receipt, writer.Commit());
    committed_.insert(committed_.end(), receipt.extents.begin(), receipt.extents.end());
    std::sort(committed_.begin(), committed_.end(), [](const Extent& a, const Extent& b) {
      return std::tie(a.object, a.offset) < std::tie(b.object, b.offset);
    });
    std::vector<Extent> joined;
    for (const Extent& extent : committed_) JoinExtent(joined, extent);
    committed_ = std::move(joined);
    ++next_;
    return absl::OkStatus();
  }
  absl::Status Close(Outcome outcome = Outcome::kSucceeded) { return sink_->Close(Context(), outcome).status(); }

  // Goes on from where receipts reach, to the end.
  absl::Status Run(const std::vector<Rows>& slices) {
    DH_RETURN_IF_ERROR(Prepare());
    while (next_ < slices.size()) {
      const std::unique_ptr<Writer> writer = Placed(slices[next_], next_);
      DH_RETURN_IF_ERROR(Commit(*writer));
    }
    return Close();
  }
  std::function<absl::Status()> still_held;

  void Continue(const PlayedJob& other) {
    committed_ = other.committed_;
    prepared_ = other.prepared_;
    next_ = other.next_;
    fence_ = other.fence_ + 1;
  }

 private:
  ObjectsSinkOptions options_;
  const std::string id_;
  const LineFormat format_;
  std::unique_ptr<Sink> sink_;
  Fence fence_ = 0;
  bool prepared_ = false;
  std::vector<Extent> committed_;
  size_t next_ = 0;
  Selection selection_;
  Counters counters_;
  Digests digests_;
};

// Objects with pieces only, with staged bytes only, and with all that can come between.
std::vector<Rows> Slices() {
  std::vector<Rows> slices;
  for (int slice = 0; slice < 6; ++slice) {
    Rows& rows = slices.emplace_back();
    rows.emplace_back("", "Large", std::string(150, 'a' + slice));
    rows.emplace_back("", "Small", StrCat(slice));
    rows.emplace_back("eu", "Mixed", std::string(slice % 3 == 0 ? 40 : 120, 'a' + slice));
    if (slice == 4) rows.emplace_back("eu", "Late", std::string(300, 'x'));
  }
  return slices;
}

class BucketTargetTest : public testing::Test {
 protected:
  BucketTargetTest() { options_.least_piece_bytes = 100; }

  std::map<std::string, std::string> Expected(const std::vector<Rows>& slices) {
    std::map<std::string, std::string> files;
    for (const Rows& rows : slices) {
      for (const auto& [ns, kind, name] : rows) {
        files[(ns.empty() ? "" : ns + "/") + kind + ".ndjson"] += ns + "|" + kind + "|" + name + "\n";
      }
    }
    return files;
  }
  std::map<std::string, std::string> Files() {
    auto files = ObjectsBelow(memory_, kFolder, false);
    files.erase("manifest.json");
    return files;
  }
  void ExpectPublished(const std::vector<Rows>& slices) {
    EXPECT_EQ(Files(), Expected(slices));
    EXPECT_TRUE(HasNoTrace(memory_, kFolder));
    const auto found = FindFiles(memory_, kFolder);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_TRUE(found->manifest.has_value());
    EXPECT_THAT(found->notes, Not(testing::Contains(HasSubstr("not in the manifest"))));
  }

  MemoryStore memory_;
  DyingStore store_{&memory_};
  ObjectsSinkOptions options_;
};

TEST_F(BucketTargetTest, WritesWhatAFolderWouldHold) {
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Run(Slices()), absl::OkStatus());
  ExpectPublished(Slices());
}

TEST_F(BucketTargetTest, NothingHasItsNameBeforeTheEnd) {
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed(Slices()[4], 0)), absl::OkStatus());
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_FALSE(memory_.ListUploads(kFolder)->empty()) << "large pieces are on their way";
}

TEST_F(BucketTargetTest, ASliceOfManyKindsIsOneRequest) {
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  const size_t before = memory_.objects.size();
  Rows rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back("", StrCat("K", i), "x");
  ASSERT_EQ(job.Commit(*job.Placed(rows, 0)), absl::OkStatus());
  EXPECT_EQ(memory_.objects.size(), before + 1);
  ASSERT_EQ(job.Close(), absl::OkStatus());
  EXPECT_EQ(Files(), Expected({rows}));
}

// Pieces of a slice are uploaded side by side; the first two meet here, and one of them fails.
class MeetingStore final : public MemoryStore {
 public:
  absl::StatusOr<UploadPiece> PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) override {
    {
      std::unique_lock lock(mutex_);
      ++uploading_;
      changed_.notify_all();
      met_ = met_ || changed_.wait_for(lock, std::chrono::seconds(30), [this] { return uploading_ >= 2; });
    }
    const bool fails = fails_left_ > 0 && std::string(bytes).find("|Mixed|") != std::string::npos;
    if (!fails) return MemoryStore::PutPiece(upload, number, bytes);
    --fails_left_;
    return WithRetry(absl::UnavailableError("broken"), Retry::kTask);
  }
  bool met() const { return met_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int uploading_ = 0;
  std::atomic<bool> met_ = false;
  std::atomic<int> fails_left_ = 1;
};

TEST_F(BucketTargetTest, APieceThatFailsFailsItsSlice) {
  MeetingStore store;
  std::vector<Rows> slices = Slices();
  slices.erase(slices.begin());  // whose second kind is staged
  PlayedJob job(&store, options_, "job1");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  auto first = job.Placed(slices[0], 0), second = job.Placed(slices[1], 1);
  EXPECT_EQ(first->Commit().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(store.met());
  EXPECT_EQ(second->Commit().status().code(), absl::StatusCode::kAborted);
  first.reset();
  second.reset();
  for (const auto& [name, bytes] : ObjectsBelow(store, kFolder, true)) EXPECT_EQ(name.find("/slices/"), name.npos);
  job.AnotherProcess();
  ASSERT_EQ(job.Run(slices), absl::OkStatus());
  auto files = ObjectsBelow(store, kFolder, true);
  files.erase("manifest.json");
  EXPECT_EQ(files, Expected(slices));
  EXPECT_THAT(*store.ListUploads(kFolder), IsEmpty());
}

// The job dies at every single call, before and after it takes effect, and goes on in another process.
TEST_F(BucketTargetTest, AKilledJobGoesOnAndLeavesNothing) {
  for (const bool takes_effect : {false, true}) {
    for (int call = 1;; ++call) {
      SCOPED_TRACE(StrCat("dies at call ", call, takes_effect ? ", after it" : ", before it"));
      memory_.objects.clear();
      PlayedJob job(&store_, options_, "job1");
      store_.DieAt(call, takes_effect);
      const absl::Status first = job.Run(Slices());
      const bool died = store_.dead();
      EXPECT_EQ(first.ok(), !died);
      store_.Live();
      if (died) {
        for (const auto& [name, bytes] : Files()) EXPECT_EQ(bytes, Expected(Slices())[name]) << name;
        job.AnotherProcess();
        ASSERT_EQ(job.Run(Slices()), absl::OkStatus());
      }
      ExpectPublished(Slices());
      if (HasFailure() || !died) break;
    }
  }
}

TEST_F(BucketTargetTest, AKilledJobCanBeDiscarded) {
  for (int call = 1;; ++call) {
    SCOPED_TRACE(StrCat("dies at call ", call));
    memory_.objects.clear();
    PlayedJob job(&store_, options_, "job1");
    store_.DieAt(call, true);
    (void)job.Run(Slices());
    const bool died = store_.dead();
    store_.Live();
    if (!died) break;
    job.AnotherProcess();
    const bool published = memory_.objects.contains(StrCat(kFolder, "/manifest.json"));
    ASSERT_EQ(job.Close(Outcome::kDiscarded), absl::OkStatus());
    if (!published) {
      EXPECT_THAT(Files(), IsEmpty());
    }
    EXPECT_TRUE(HasNoTrace(memory_, kFolder));
    if (HasFailure()) break;
  }
}

// Discarding that dies is done again by `jobs gc`.
TEST_F(BucketTargetTest, DiscardingGoesOn) {
  for (int call = 1;; ++call) {
    SCOPED_TRACE(StrCat("dies at call ", call));
    memory_.objects.clear();
    PlayedJob job(&store_, options_, "job1");
    ASSERT_EQ(job.Prepare(), absl::OkStatus());
    ASSERT_EQ(job.Commit(*job.Placed(Slices()[4], 0)), absl::OkStatus());
    store_.DieAt(call, true);
    (void)job.Close(Outcome::kDiscarded);
    const bool died = store_.dead();
    store_.Live();
    ASSERT_EQ(job.Close(Outcome::kDiscarded), absl::OkStatus());
    EXPECT_THAT(memory_.objects, IsEmpty());
    EXPECT_THAT(*memory_.ListUploads(kFolder), IsEmpty());
    if (!died || HasFailure()) break;
  }
}

TEST_F(BucketTargetTest, WhoWakesUpLateChangesNothing) {
  const std::vector<Rows> slices = Slices();
  PlayedJob old(&store_, options_, "job1");
  ASSERT_EQ(old.Prepare(), absl::OkStatus());
  ASSERT_EQ(old.Commit(*old.Placed(slices[0], 0)), absl::OkStatus());
  PlayedJob job(&store_, options_, "job1");
  job.Continue(old);
  std::vector<std::unique_ptr<Writer>> late;
  for (uint64_t i = 1; i < 6; ++i) late.push_back(old.Placed(slices[i], i));
  ASSERT_TRUE(late[0]->Commit().ok()) << "before the other begins";

  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed(slices[1], 1)), absl::OkStatus());
  ASSERT_TRUE(late[1]->Commit().ok()) << "just before";
  ASSERT_EQ(job.Commit(*job.Placed(slices[2], 2)), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed(slices[3], 3)), absl::OkStatus());
  ASSERT_TRUE(late[2]->Commit().ok()) << "just behind";
  ASSERT_TRUE(late[3]->Commit().ok()) << "ahead, with an upload of its own";
  job.AnotherProcess();
  ASSERT_EQ(job.Run(slices), absl::OkStatus());
  ExpectPublished(slices);

  (void)old.Close();
  EXPECT_EQ(Files(), Expected(slices));
  (void)late[4]->Commit();
  EXPECT_EQ(Files(), Expected(slices));
  EXPECT_THAT(*memory_.ListUploads(kFolder), IsEmpty());
  // What it may leave is hidden, and goes with the next job.
  options_.if_exists = IfExists::kReplace;
  PlayedJob next(&store_, options_, "job2");
  ASSERT_EQ(next.Run({slices[0]}), absl::OkStatus());
  ExpectPublished({slices[0]});
}

// A process sleeps before any of the calls by which it ends its job. Meanwhile another ends it, and a job begins that
// writes and removes the same names; it ends before the process wakes up, or after it.
class SleepingTest : public BucketTargetTest, public testing::WithParamInterface<std::tuple<Outcome, bool>> {};
INSTANTIATE_TEST_SUITE_P(Ends, SleepingTest,
                         testing::Combine(testing::Values(Outcome::kSucceeded, Outcome::kDiscarded), testing::Bool()));

TEST_P(SleepingTest, WhoSleepsWhileHisJobEndsHarmsNothingOfTheNext) {
  const auto [outcome, ends_before] = GetParam();
  const bool replaces = outcome == Outcome::kSucceeded;
  const std::vector<Rows> slices = Slices();
  std::vector<Rows> others = {{{"", "Old", "of the next"}}};
  for (Rows rows : slices) {
    for (auto& [ns, kind, name] : rows) name.assign(name.size(), '#');
    others.push_back(rows);
  }
  for (int call = 1;; ++call) {
    SCOPED_TRACE(StrCat("sleeps before call ", call));
    memory_.objects.clear();
    options_.if_exists = IfExists::kReplace;
    if (replaces) {
      PlayedJob first(&memory_, options_, "job0");
      ASSERT_EQ(first.Run({{{"", "Old", "x"}, {"", "Small", "old"}}}), absl::OkStatus());
    }
    PlayedJob next(&memory_, options_, "job2");
    options_.if_exists = replaces ? IfExists::kReplace : IfExists::kFail;
    PlayedJob job(&memory_, options_, "job1"), late(&store_, options_, "job1");
    ASSERT_EQ(job.Prepare(), absl::OkStatus());
    for (size_t i = 0; i < slices.size(); ++i) ASSERT_EQ(job.Commit(*job.Placed(slices[i], i)), absl::OkStatus());
    late.Continue(job);
    store_.SleepAt(call, [&] {
      ASSERT_EQ(job.Close(outcome), absl::OkStatus());
      if (ends_before) {
        ASSERT_EQ(next.Run(others), absl::OkStatus());
        return;
      }
      ASSERT_EQ(next.Prepare(), absl::OkStatus());
      for (size_t i = 0; i < 3; ++i) ASSERT_EQ(next.Commit(*next.Placed(others[i], i)), absl::OkStatus());
    });
    (void)late.Close(outcome);
    if (!store_.slept()) break;
    if (!ends_before) {
      next.AnotherProcess();
      ASSERT_EQ(next.Run(others), absl::OkStatus());
    }
    EXPECT_EQ(Files(), Expected(others));
    if (HasFailure()) break;
  }
  store_.SleepAt(0, nullptr);
}

TEST_F(BucketTargetTest, WhoSleepsWhilePreparingLeavesNoClaimBehind) {
  for (int call = 1;; ++call) {
    SCOPED_TRACE(StrCat("sleeps before call ", call));
    memory_.objects.clear();
    PlayedJob late(&store_, options_, "job1"), job(&memory_, options_, "job1");
    bool is_held = true;
    late.still_held = [&] { return is_held ? absl::OkStatus() : absl::AbortedError("lost"); };
    store_.SleepAt(call, [&] {
      is_held = false;
      ASSERT_EQ(job.Run(Slices()), absl::OkStatus());
    });
    (void)late.Prepare();
    if (!store_.slept()) break;
    ExpectPublished(Slices());
    if (HasFailure()) break;
  }
  store_.SleepAt(0, nullptr);
}

// As it prepares: another process goes on with its job.
TEST_F(BucketTargetTest, WhoSleepsWhilePreparingTakesNoClaimAway) {
  for (const bool is_refused : {false, true}) {
    for (int call = 1;; ++call) {
      SCOPED_TRACE(StrCat("sleeps before call ", call));
      memory_.objects.clear();
      if (is_refused) memory_.objects[StrCat(kFolder, "/notes.txt")] = "mine";
      PlayedJob late(&store_, options_, "job1"), job(&memory_, options_, "job1");
      bool is_held = true;
      late.still_held = [&] { return is_held ? absl::OkStatus() : absl::AbortedError("lost"); };
      store_.SleepAt(call, [&] {
        is_held = false;
        memory_.objects.erase(StrCat(kFolder, "/notes.txt"));
        ASSERT_EQ(job.Prepare(), absl::OkStatus());
        ASSERT_EQ(job.Commit(*job.Placed(Slices()[0], 0)), absl::OkStatus());
      });
      (void)late.Prepare();
      if (!store_.slept()) break;
      EXPECT_TRUE(memory_.objects.contains(StrCat(kFolder, "/.datahaul-claim")));
      EXPECT_EQ(job.Run(Slices()), absl::OkStatus());
      ExpectPublished(Slices());
      if (HasFailure()) break;
    }
    store_.SleepAt(0, nullptr);
  }
}

TEST_F(BucketTargetTest, AJobGoesOnThoughTheStoreReplacesNoVersion) {
  PlayedJob job(&store_, options_, "job1");
  store_.RefuseToReplaceVersions();
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  job.AnotherProcess();
  ASSERT_EQ(job.Run(Slices()), absl::OkStatus());
  ExpectPublished(Slices());
}

// Another process of the job, which has ended, takes it once more.
TEST_F(BucketTargetTest, AClaimIsGoneThoughItIsTakenMeanwhile) {
  const BucketClaim claim(&store_, kFolder), other(&memory_, kFolder);
  ASSERT_TRUE(*claim.Take({"job1", "/data", 0, "a"}));
  store_.SleepAt(2, [&] { ASSERT_FALSE(*other.Take({"job1", "/data", 0, "b"})); });  // when it has been read
  EXPECT_EQ(claim.Release("job1"), absl::OkStatus());
  EXPECT_TRUE(store_.slept());
  EXPECT_THAT(memory_.objects, IsEmpty());
}

TEST_F(BucketTargetTest, WhatIsWrittenAfterTheEndIsTakenAway) {
  const std::vector<Rows> slices = {{{"", "Small", "x"}}};
  PlayedJob late(&store_, options_, "job1");
  ASSERT_EQ(late.Prepare(), absl::OkStatus());
  const std::unique_ptr<Writer> writer = late.Placed(slices[0], 0);
  PlayedJob job(&memory_, options_, "job1");
  ASSERT_EQ(job.Run(slices), absl::OkStatus());
  EXPECT_EQ(RetryOf(late.Commit(*writer)), Retry::kTask);
  ExpectPublished(slices);
}

// Another version of the program cuts slices where this one does not.
TEST_F(BucketTargetTest, SlicesMayBeCutOtherwiseByWhoGoesOn) {
  const std::vector<Rows> slices = Slices();
  PlayedJob old(&store_, options_, "job1");
  ASSERT_EQ(old.Prepare(), absl::OkStatus());
  ASSERT_EQ(old.Commit(*old.Placed(slices[0], 0)), absl::OkStatus());
  PlayedJob job(&store_, options_, "job1");
  job.Continue(old);
  // Nobody hears of these.
  for (uint64_t i = 1; i < 6; ++i) ASSERT_TRUE(old.Placed(slices[i], i)->Commit().ok());
  std::vector<Rows> cut = {slices[0], slices[1], slices[3], slices[5]};
  cut[1].insert(cut[1].end(), slices[2].begin(), slices[2].end());
  cut[2].insert(cut[2].end(), slices[4].begin(), slices[4].end());
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed(cut[1], 1)), absl::OkStatus());
  job.AnotherProcess();
  ASSERT_EQ(job.Run(cut), absl::OkStatus());
  ExpectPublished(slices);
}

TEST_F(BucketTargetTest, AnObjectIsMadeOfMoreThanAThousandPiecesAndRuns) {
  std::vector<Rows> slices;
  for (int slice = 0; slice < 1100; ++slice) {
    slices.push_back({{"", "Pieces", StrCat(slice, std::string(120, 'p'))}, {"", "Runs", StrCat(slice)}});
    if (slice % 100 == 0) slices.back().emplace_back("", "Mixed", std::string(slice % 200 == 0 ? 40 : 120, 'm'));
  }
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Run(slices), absl::OkStatus());
  ExpectPublished(slices);
}

// Each interruption comes so early that the next process knows of no upload, and begins another.
TEST_F(BucketTargetTest, AJobThatIsInterruptedEarlyTwiceGoesOn) {
  const std::vector<Rows> slices = Slices();
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  {
    const std::unique_ptr<Writer> waits = job.Placed(slices[0], 0), ahead = job.Placed(slices[1], 1);
    ASSERT_TRUE(ahead->Commit().ok());
  }
  job.AnotherProcess();
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed(slices[0], 0)), absl::OkStatus());
  job.AnotherProcess();
  ASSERT_EQ(job.Run(slices), absl::OkStatus());
  ExpectPublished(slices);
}

// Uploads that a life-cycle rule has ended are missed before an object is replaced.
TEST_F(BucketTargetTest, NothingIsReplacedUnlessAllUploadsAreWhole) {
  PlayedJob first(&memory_, options_, "job1");
  ASSERT_EQ(first.Run({{{"", "Large", "old"}, {"", "Small", "old"}, {"eu", "Mixed", "old"}}}), absl::OkStatus());
  const auto before = Files();
  options_.if_exists = IfExists::kReplace;
  PlayedJob job(&memory_, options_, "job2");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  for (size_t i = 0; i < 6; ++i) ASSERT_EQ(job.Commit(*job.Placed(Slices()[i], i)), absl::OkStatus());
  const auto uploads = memory_.ListUploads(StrCat(kFolder, "/Large.ndjson"));
  ASSERT_EQ(uploads->size(), 1u);
  ASSERT_TRUE(memory_.AbortUpload((*uploads)[0].upload).ok());
  const absl::Status status = job.Close();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("Large.ndjson"));
  EXPECT_EQ(Files(), before);
}

TEST_F(BucketTargetTest, AppendingBeginsWithWhatIsThere) {
  const std::vector<Rows> slices = Slices();
  for (int call = 1;; ++call) {
    SCOPED_TRACE(StrCat("dies at call ", call));
    memory_.objects.clear();
    options_.if_exists = IfExists::kFail;
    PlayedJob first(&memory_, options_, "job1");
    ASSERT_EQ(first.Run(slices), absl::OkStatus());
    options_.if_exists = IfExists::kAppend;
    PlayedJob second(&store_, options_, "job2");
    store_.DieAt(call, true);
    (void)second.Run(slices);
    const bool died = store_.dead();
    store_.Live();
    if (died) {
      second.AnotherProcess();
      ASSERT_EQ(second.Run(slices), absl::OkStatus());
    }
    std::vector<Rows> both = slices;
    both.insert(both.end(), slices.begin(), slices.end());
    ExpectPublished(both);
    if (!died || HasFailure()) break;
  }
}

TEST_F(BucketTargetTest, AppendingToWhatHasChangedIsRefused) {
  PlayedJob first(&store_, options_, "job1");
  ASSERT_EQ(first.Run(Slices()), absl::OkStatus());
  options_.if_exists = IfExists::kAppend;
  PlayedJob second(&store_, options_, "job2");
  ASSERT_EQ(second.Prepare(), absl::OkStatus());
  ASSERT_EQ(second.Commit(*second.Placed(Slices()[0], 0)), absl::OkStatus());
  std::string& small = memory_.objects[StrCat(kFolder, "/Small.ndjson")];
  std::reverse(small.begin(), small.end());
  const absl::Status status = second.Close();
  EXPECT_EQ(RetryOf(status), Retry::kHuman) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("Small.ndjson"));
}

TEST_F(BucketTargetTest, ReplacingTakesOldObjectsAway) {
  PlayedJob first(&store_, options_, "job1");
  ASSERT_EQ(first.Run(Slices()), absl::OkStatus());
  options_.if_exists = IfExists::kReplace;
  const std::vector<Rows> other = {{{"", "Large", "now small"}, {"", "New", std::string(500, 'n')}}};
  PlayedJob second(&store_, options_, "job2");
  ASSERT_EQ(second.Run(other), absl::OkStatus());
  ExpectPublished(other);
}

TEST_F(BucketTargetTest, ReplacingLeavesDataSetsOfOthersBelowIt) {
  PlayedJob below(&store_, options_, "job1", StrCat(kFolder, "/sub"));
  ASSERT_EQ(below.Run(Slices()), absl::OkStatus());
  memory_.objects[StrCat(kFolder, "/K.ndjson")] = memory_.objects[StrCat(kFolder, "/ns/K.ndjson")] = "old";
  options_.if_exists = IfExists::kReplace;
  PlayedJob job(&store_, options_, "job2");
  ASSERT_EQ(job.Run({Slices()[0]}), absl::OkStatus());
  EXPECT_TRUE(memory_.objects.contains(StrCat(kFolder, "/sub/Large.ndjson")));
  EXPECT_FALSE(memory_.objects.contains(StrCat(kFolder, "/K.ndjson")));
  EXPECT_FALSE(memory_.objects.contains(StrCat(kFolder, "/ns/K.ndjson")));
}

// Whoever has died just when he had the claim has removed nothing yet.
TEST_F(BucketTargetTest, TracesOfOthersGoThoughAProcessDies) {
  for (int call = 1;; ++call) {
    SCOPED_TRACE(StrCat("dies at call ", call));
    memory_.objects.clear();
    memory_.objects[StrCat(kFolder, "/.datahaul/old/uploads/A.ndjson")] = "A.ndjson";
    memory_.objects[StrCat(kFolder, "/.datahaul/old/slices/0/0-1")] = "x";
    ASSERT_TRUE(memory_.BeginUpload(StrCat(kFolder, "/A.ndjson")).ok());
    PlayedJob job(&store_, options_, "job1");
    store_.DieAt(call, true);
    (void)job.Prepare();
    const bool died = store_.dead();
    store_.Live();
    ASSERT_EQ(job.Run(Slices()), absl::OkStatus());
    ExpectPublished(Slices());
    if (!died || HasFailure()) break;
  }
}

TEST_F(BucketTargetTest, WhatIsThereIsNotTouchedUnasked) {
  memory_.objects[StrCat(kFolder, "/notes.txt")] = "mine";
  PlayedJob job(&store_, options_, "job1");
  EXPECT_EQ(RetryOf(job.Prepare()), Retry::kHuman);
  EXPECT_EQ(job.Close(Outcome::kDiscarded), absl::OkStatus());
  EXPECT_EQ(memory_.objects.size(), 1u);
}

TEST_F(BucketTargetTest, WhatAnotherWroteMeanwhileIsKept) {
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed(Slices()[0], 0)), absl::OkStatus());
  memory_.objects[StrCat(kFolder, "/Small.ndjson")] = "mine";
  const absl::Status status = job.Close();
  EXPECT_EQ(RetryOf(status), Retry::kHuman) << status;
  EXPECT_EQ(memory_.objects[StrCat(kFolder, "/Small.ndjson")], "mine");
  ASSERT_EQ(job.Close(Outcome::kDiscarded), absl::OkStatus());
  EXPECT_EQ(memory_.objects[StrCat(kFolder, "/Small.ndjson")], "mine") << "nor removed";
}

// A fail-over has lost the end of the job.
TEST_F(BucketTargetTest, WhoGoesOnWithAJobThatHasEndedIsRefused) {
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Run(Slices()), absl::OkStatus());
  const auto before = memory_.objects;
  PlayedJob again(&store_, options_, "job1");
  ASSERT_EQ(again.Prepare(), absl::OkStatus());
  const absl::Status status = again.Commit(*again.Placed(Slices()[0], 0));
  EXPECT_EQ(RetryOf(status), Retry::kTask) << status;
  EXPECT_THAT(Message(status), HasSubstr("has no claim on it any more"));
  ASSERT_EQ(again.Close(Outcome::kDiscarded), absl::OkStatus());
  EXPECT_EQ(memory_.objects, before);
}

TEST_F(BucketTargetTest, DamageOfWhatIsStagedIsSeen) {
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed({{"", "A", "x"}}, 0)), absl::OkStatus());
  for (auto& [uri, bytes] : memory_.objects) {
    if (uri.find("/slices/") != std::string::npos) bytes.back() = '!';
  }
  const absl::Status status = job.Close();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(BucketTargetTest, NothingIsReplacedIfASmallObjectIsDamaged) {
  const std::vector<Rows> old = {{{"", "Large", "old"}, {"", "Small", "old"}}};
  options_.if_exists = IfExists::kReplace;
  ASSERT_EQ(PlayedJob(&memory_, options_, "job1").Run(old), absl::OkStatus());
  PlayedJob job(&memory_, options_, "job2");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed({{"", "Large", std::string(150, 'x')}, {"", "Small", "x"}}, 0)), absl::OkStatus());
  for (auto& [uri, bytes] : memory_.objects) {
    if (uri.find("/slices/") != std::string::npos) bytes.back() = '!';
  }
  const absl::Status status = job.Close();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(Files(), Expected(old));
}

TEST_F(BucketTargetTest, WhatIsMissingIsSeen) {
  PlayedJob job(&store_, options_, "job1");
  ASSERT_EQ(job.Prepare(), absl::OkStatus());
  ASSERT_EQ(job.Commit(*job.Placed(Slices()[0], 0)), absl::OkStatus());
  std::erase_if(memory_.objects, [](const auto& object) { return object.first.find("/slices/") != std::string::npos; });
  job.AnotherProcess();
  EXPECT_EQ(job.Prepare().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(job.Close().code(), absl::StatusCode::kDataLoss);
}

TEST_F(BucketTargetTest, PreparingTriesWhatTheJobWillDo) {
  int calls = 0;
  for (int call = 1;; ++call) {
    memory_.objects.clear();
    PlayedJob job(&store_, options_, "job1");
    store_.DieAt(call, true);
    const absl::Status status = job.Prepare();
    if (!store_.dead()) break;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << call;
    calls = call;
  }
  EXPECT_GE(calls, 9);  // claim; manifest, list; write, begin, abort, list uploads, delete; list of others
}

TEST_F(BucketTargetTest, ShardsAreWrittenBySeveralProcesses) {
  options_.layout = FileLayout::kShard;
  options_.keeps_rejects = false;
  ObjectsSinkOptions options = options_;
  options.destination = kFolder;
  options.store = &memory_;
  const LineFormat format;
  const auto open = [&] { return *ObjectsSink::New(&format, options); };
  std::unique_ptr<Sink> one = open(), two = open();
  ASSERT_FALSE(one->traits().ordered);
  JobContext context;
  context.job = "job1";
  ASSERT_EQ(one->Prepare(context), absl::OkStatus());
  context.resumed = true;
  ASSERT_EQ(two->Prepare(context), absl::OkStatus());
  std::vector<Extent> committed;
  std::map<std::string, std::string> expected;
  const auto write = [&](Sink& sink, uint64_t shard, uint64_t slice, Fence fence) {
    const auto writer = *sink.Open({"job1", shard, slice}, fence);
    RecordBatch batch;
    auto* element = batch.arena.New<PathElement>();
    const std::string name(slice % 2 == 0 ? 150 : 50, static_cast<char>('a' + slice));
    *element = {batch.arena.CopyString("K"), batch.arena.CopyString(name), 0, PathElement::Id::kName};
    auto* key = batch.arena.New<Key>();
    key->path = element;
    key->size = 1;
    batch.records.emplace_back().key = key;
    const std::vector<uint32_t> rows = {0};
    std::vector<Hash128> hashes(1);
    ASSERT_TRUE(writer->Write(batch, rows, hashes).ok());
    ASSERT_TRUE(writer->Finish().ok());
    ASSERT_TRUE(writer->Place().ok());
    const auto receipt = writer->Commit();
    ASSERT_TRUE(receipt.ok()) << receipt.status();
    for (const Extent& extent : receipt->extents) JoinExtent(committed, extent);
    expected[StrCat("shard-0000", shard, ".ndjson")] += StrCat("|K|", name, "\n");
  };
  for (uint64_t slice = 0; slice < 3; ++slice) write(*one, 0, slice, 1);
  for (uint64_t slice = 0; slice < 2; ++slice) write(*two, 1, slice, 1);
  // The second takes the first's shard over.
  const std::vector<Extent> first = {committed[0]};
  committed.assign({first[0]});
  ASSERT_EQ(two->Continue({"job1", 0, 3}, committed), absl::OkStatus());
  for (uint64_t slice = 3; slice < 6; ++slice) write(*two, 0, slice, 2);
  expected.erase("shard-00001.ndjson");
  context.committed = committed;
  Selection selection;
  context.selection = &selection;
  ASSERT_TRUE(open()->Close(context, Outcome::kSucceeded).ok());
  EXPECT_EQ(Files(), expected) << "of the other shard no receipt is known";
  EXPECT_TRUE(HasNoTrace(memory_, kFolder));
}

// What servers make of uploads, whose pieces have 5 MiB at least.
class BucketServerTest : public testing::TestWithParam<Bucket (*)()> {};
INSTANTIATE_TEST_SUITE_P(Servers, BucketServerTest, testing::Values(&BucketOnMinio, &BucketOnVersitygw));

TEST_P(BucketServerTest, JoinsPiecesRunsAndOldObjects) {
  const Bucket bucket = GetParam()();
  constexpr size_t kMiB = 1 << 20;
  std::vector<Rows> slices;
  for (int slice = 0; slice < 4; ++slice) {
    Rows& rows = slices.emplace_back();
    rows.emplace_back("", "Pieces", std::string(6 * kMiB, 'a' + slice));
    rows.emplace_back("", "Runs", std::string(3 * kMiB, 'a' + slice));
    rows.emplace_back("", "Mixed", std::string((slice % 2 == 0 ? 4 : 5) * kMiB, 'a' + slice));
    rows.emplace_back("", "Small", StrCat(slice));
  }
  ObjectsSinkOptions options;
  std::map<std::string, std::string> expected;
  for (const bool appends : {false, true}) {
    if (appends) options.if_exists = IfExists::kAppend;
    PlayedJob job(bucket.store.get(), options, appends ? "job2" : "job1", bucket.uri);
    ASSERT_EQ(job.Run(slices), absl::OkStatus());
    for (const Rows& rows : slices) {
      for (const auto& [ns, kind, name] : rows) expected[kind + ".ndjson"] += "|" + kind + "|" + name + "\n";
    }
    auto found = ObjectsBelow(*bucket.store, bucket.uri, true);
    found.erase("manifest.json");
    EXPECT_TRUE(found == expected) << "other bytes, or other objects";
    for (const auto& [name, bytes] : expected) {
      EXPECT_THAT(*bucket.store->ListUploads(StrCat(bucket.uri, "/", name)), IsEmpty());
    }
  }
}

// A store that takes few pieces.
class FewPieces final : public MemoryStore {
 public:
  const ObjectStoreTraits& traits() const override {
    static constexpr ObjectStoreTraits kFew{.most_piece_bytes = 1 << 20, .most_pieces = 3};
    return kFew;
  }
};

// On servers, and by two processes, one after the other. The servers take most of the time.
TEST_F(BucketTargetTest, JoinsMoreThanAThousandPieces) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int kSlices = 100, kFirst = 60;  // enough to be joined in groups
#else
  constexpr int kSlices = 1030, kFirst = 600;
#endif
  std::vector<Rows> slices;
  for (int i = 0; i < kSlices; ++i) {
    slices.push_back({{"", "Large", StrCat(i, std::string(100, 'x'))}, {"", "Small", StrCat(i)}});
  }
  for (const auto open : {&BucketOnFakeGcsServer, &BucketOnAzurite}) {
    const Bucket bucket = open();
    PlayedJob job(bucket.store.get(), options_, "job1", bucket.uri);
    ASSERT_EQ(job.Prepare(), absl::OkStatus());
    for (int i = 0; i < kFirst; ++i) ASSERT_EQ(job.Commit(*job.Placed(slices[i], i)), absl::OkStatus());
    job.AnotherProcess();
    ASSERT_EQ(job.Run(slices), absl::OkStatus());
    auto found = ObjectsBelow(*bucket.store, bucket.uri, true);
    found.erase("manifest.json");
    EXPECT_TRUE(found == Expected(slices)) << bucket.uri;
    EXPECT_TRUE(bucket.store->ListUploads(bucket.uri)->empty());
  }
}

TEST_F(BucketTargetTest, TooManyPiecesAreNamedWithARemedy) {
  FewPieces store;
  const LineFormat format;
  const ObjectHead head(&format, {}, Compression::kNone);
  FolderSettings settings;
  settings.folder = kFolder;
  settings.extension = ".ndjson";
  BucketTarget target(settings, &store, 100, &head);
  BufferPool pool;
  absl::Status status;
  for (int i = 0; i < 4 && status.ok(); ++i) {
    EncodedSlice slice(&pool, Compression::kNone, {});
    Extent extent;
    extent.object = "A.ndjson";
    extent.mixed = true;
    const uint32_t piece = slice.AddPiece(extent, false);
    slice.Begin(piece)->Append(std::string(100, 'x'));
    ASSERT_TRUE(slice.Finish().ok());
    status = target.Place(&slice);
    EXPECT_EQ(status.ok(), i < 3) << status;
  }
  EXPECT_EQ(RetryOf(status), Retry::kNever);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--layout shard"));
}

}  // namespace
}  // namespace datahaul
