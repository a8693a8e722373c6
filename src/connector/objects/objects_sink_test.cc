#include "connector/objects/objects_sink.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/claim.h"
#include "io/checksum.h"
#include "io/decompressing_reader.h"
#include "io/memory_reader.h"
#include "layout/files/manifest.h"
#include "testing/line_format.h"
#include "testing/sampling.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

struct Row {
  std::string ns, kind, name;
};

void Fill(const std::vector<Row>& rows, RecordBatch* batch) {
  std::map<std::pair<std::string, std::string>, uint32_t> slots;
  for (const Row& row : rows) {
    auto* element = batch->arena.New<PathElement>();
    *element = {batch->arena.CopyString(row.kind), batch->arena.CopyString(row.name), 0, PathElement::Id::kName};
    auto* key = batch->arena.New<Key>();
    key->ns = batch->arena.CopyString(row.ns);
    key->path = element;
    key->size = 1;
    Record& record = batch->records.emplace_back();
    record.key = key;
    record.slot = slots.try_emplace({row.ns, row.kind}, static_cast<uint32_t>(slots.size())).first->second;
  }
}

// One job with a destination below a temporary folder; plays the engine.
class SinkTest : public testing::Test {
 protected:
  explicit SinkTest(const fs::path& parent = fs::temp_directory_path()) : folder_(parent) {}
  void Open(const std::string& job = "job1") {
    options_.destination = out();
    options_.tool = "datahaul test";
    auto sink = ObjectsSink::New(&format_, options_);
    ASSERT_TRUE(sink.ok()) << sink.status();
    sink_ = *std::move(sink);
    context_.job = job;
    context_.data_dir = "/the/data dir";
    context_.counters = &counters_;
    context_.digests = &digests_;
    context_.selection = &selection_;
    context_.source = "somewhere";
  }
  std::string out() const { return folder_ / "out"; }
  JobContext Context() {
    context_.committed = committed_;
    return context_;
  }
  absl::Status Prepare() { return sink_->Prepare(Context()); }
  absl::StatusOr<Receipt> Close(Outcome outcome = Outcome::kSucceeded) { return sink_->Close(Context(), outcome); }

  std::unique_ptr<Writer> Encode(const std::vector<Row>& rows, uint64_t shard = 0) {
    auto writer = sink_->Open({context_.job, shard, 0}, 1);
    RecordBatch batch;
    Fill(rows, &batch);
    std::vector<uint32_t> all(rows.size());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    std::vector<Hash128> hashes(all.size());
    EXPECT_TRUE((*writer)->Write(batch, all, hashes).ok());
    EXPECT_TRUE((*writer)->Finish().ok());
    return *std::move(writer);
  }
  void Count(const Receipt& receipt) {
    committed_.insert(committed_.end(), receipt.extents.begin(), receipt.extents.end());
    std::sort(committed_.begin(), committed_.end(), [](const Extent& a, const Extent& b) {
      return std::tie(a.object, a.offset) < std::tie(b.object, b.offset);
    });
    std::vector<Extent> joined;
    for (const Extent& extent : committed_) JoinExtent(joined, extent);
    committed_ = std::move(joined);
    for (const Extent& extent : receipt.extents) {
      counters_.kinds[{extent.ns, extent.kind}] += {extent.records, extent.records, 0, 0};
    }
  }
  absl::Status WriteSlice(const std::vector<Row>& rows, uint64_t shard = 0) {
    const std::unique_ptr<Writer> writer = Encode(rows, shard);
    DH_RETURN_IF_ERROR(writer->Place());
    DH_ASSIGN_OR_RETURN(const Receipt receipt, writer->Commit());
    Count(receipt);
    return absl::OkStatus();
  }
  void Reopen() {  // as another process
    sink_.reset();
    Open(context_.job);
    context_.resumed = true;
  }
  std::map<std::string, std::string> Files() const {
    return fs::exists(out()) ? FilesOf() : std::map<std::string, std::string>{};
  }
  std::map<std::string, std::string> FilesOf() const {
    std::map<std::string, std::string> files;
    for (const auto& [name, bytes] : folder_.Files()) {
      if (name.starts_with("out/")) files[name.substr(4)] = bytes;
    }
    return files;
  }
  Manifest ReadManifest() const {
    auto manifest = ParseManifest(folder_.Read("out/manifest.json"), "m");
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    for (const ManifestObject& object : manifest->objects) {
      const std::string bytes = folder_.Read("out/" + object.name);
      EXPECT_EQ(object.bytes, bytes.size()) << object.name;
      EXPECT_EQ(object.crc32c, Crc32c(bytes)) << object.name;
    }
    return *std::move(manifest);
  }
  // A job of three slices over two kinds, as far as its last commit.
  void WriteExample() {
    ASSERT_TRUE(Prepare().ok());
    ASSERT_TRUE(WriteSlice({{"", "A", "1"}, {"eu", "B", "1"}, {"", "A", "2"}}).ok());
    ASSERT_TRUE(WriteSlice({{"eu", "B", "2"}}).ok());
    ASSERT_TRUE(WriteSlice({{"", "A", "3"}}).ok());
  }
  static std::map<std::string, std::string> ExampleFiles() {
    return {{"A.ndjson", "|A|1\n|A|2\n|A|3\n"}, {"eu/B.ndjson", "eu|B|1\neu|B|2\n"}};
  }
  std::map<std::string, std::string> FilesBut(const std::string& name) const {
    auto files = Files();
    files.erase(name);
    return files;
  }

  TempFolder folder_;
  LineFormat format_;
  ObjectsSinkOptions options_;
  std::unique_ptr<ObjectsSink> sink_;
  JobContext context_;
  std::vector<Extent> committed_;
  Counters counters_;
  Digests digests_;
  Selection selection_;
};

TEST_F(SinkTest, WritesAFileForEachKindAndAManifest) {
  Open();
  WriteExample();
  EXPECT_TRUE(Files().contains("A.ndjson.partial"));
  const auto receipt = Close();
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->opaque, out() + "/manifest.json");
  EXPECT_THAT(receipt->extents, IsEmpty());
  EXPECT_EQ(FilesBut("manifest.json"), ExampleFiles());
  const Manifest manifest = ReadManifest();
  EXPECT_TRUE(manifest.complete);
  EXPECT_EQ(manifest.job, "job1");
  EXPECT_EQ(manifest.objects[0].only, (KindName{"", "A"}));
  EXPECT_EQ(manifest.objects[1].records, 2u);
  EXPECT_EQ(manifest.Total().written, 5u);
}

TEST_F(SinkTest, TakesDeletions) {
  Open();
  EXPECT_TRUE(sink_->traits().accepts_deletes);
}

TEST_F(SinkTest, NoRecordsStillGiveAManifest) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({}).ok());
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(Files().size(), 1u);
  EXPECT_THAT(ReadManifest().objects, IsEmpty());
}

TEST_F(SinkTest, Layouts) {
  for (const auto& [layout, expected] :
       {std::pair(FileLayout::kNamespace, "%.ndjson eu.ndjson manifest.json "),
        std::pair(FileLayout::kSingle, "data.ndjson manifest.json "),
        std::pair(FileLayout::kShard, "manifest.json shard-00000.ndjson shard-00001.ndjson ")}) {
    options_.layout = layout;
    committed_.clear();
    Open();
    ASSERT_TRUE(Prepare().ok());
    ASSERT_TRUE(WriteSlice({{"", "A", "1"}, {"eu", "B", "1"}}).ok());
    ASSERT_TRUE(WriteSlice({{"", "A", "2"}}, 1).ok());
    for (const Extent& extent : committed_) EXPECT_TRUE(extent.mixed && extent.kind.empty());
    ASSERT_TRUE(Close().ok());
    std::string names;
    for (const auto& [name, bytes] : Files()) names += name + " ";
    EXPECT_EQ(names, expected);
    ReadManifest();
    fs::remove_all(out());
  }
}

TEST_F(SinkTest, CompressedSlicesAreMembersThatJoin) {
  for (Compression compression : {Compression::kGzip, Compression::kZstd}) {
    options_.compression = compression;
    committed_.clear();
    Open();
    WriteExample();
    ASSERT_TRUE(Close().ok());
    const std::string name = "A.ndjson" + std::string(CompressionSuffix(compression));
    const std::string packed = folder_.Read("out/" + name);
    const MemoryReader stored(name, packed);
    const auto plain = NewDecompressingReader(&stored, compression);
    std::string text(100, '\0');
    text.resize(*(*plain)->ReadAt(0, text.data(), text.size()));
    EXPECT_EQ(text, ExampleFiles()["A.ndjson"]);
    ReadManifest();
    fs::remove_all(out());
  }
}

TEST_F(SinkTest, CommitsMayRunTogetherInAnyOrder) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  constexpr int kSlices = 40;
  std::vector<std::unique_ptr<Writer>> writers;
  std::string expected;
  for (int i = 0; i < kSlices; ++i) {
    std::vector<Row> rows;
    for (int j = 0; j < 50; ++j) {
      rows.push_back({"", StrCat("K", j % 23), StrCat(i, "-", j)});
      if (j % 23 == 5) StrAppend(&expected, "|K5|", i, "-", j, "\n");
    }
    writers.push_back(Encode(rows));
  }
  for (auto& writer : writers) ASSERT_TRUE(writer->Place().ok());
  std::vector<Receipt> receipts(kSlices);
  std::vector<std::thread> threads;
  for (int i = kSlices - 1; i >= 0; --i) {
    threads.emplace_back([&, i] {
      auto receipt = writers[static_cast<size_t>(i)]->Commit();
      ASSERT_TRUE(receipt.ok()) << receipt.status();
      receipts[static_cast<size_t>(i)] = *std::move(receipt);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Receipt& receipt : receipts) Count(receipt);
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(folder_.Read("out/K5.ndjson"), expected);
  EXPECT_EQ(ReadManifest().objects.size(), 23u);
}

TEST_F(SinkTest, RejectsAndLostRangesAreKeptApart) {
  options_.compression = Compression::kGzip;
  Open();
  ASSERT_TRUE(Prepare().ok());
  auto writer = *sink_->Open({"job1", 0, 0}, 1);
  RecordBatch batch;
  Fill({{"", "A", "1"}}, &batch);
  batch.rejects.push_back(
      {"in/output-0", 7, 3, "K", "", "reading in/output-0 at byte 7: expected \"x\"", std::string("\0\xff", 2)});
  batch.lost.push_back({"in/output-1", 100, 200, "damaged"});
  const std::vector<uint32_t> rows = {0};
  std::vector<Hash128> hashes(rows.size());
  ASSERT_TRUE(writer->Write(batch, rows, hashes).ok());
  ASSERT_TRUE(writer->Finish().ok());
  Counters counted;
  writer->AddCounters(&counted);
  EXPECT_EQ(counted.named["lines"], 1u);
  ASSERT_TRUE(writer->Place().ok());
  const auto receipt = writer->Commit();
  ASSERT_TRUE(receipt.ok());
  Count(*receipt);
  counters_.named["lost_ranges"] = 1;
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(folder_.Read("out/_rejects/rejects.ndjson"),
            "{\"type\":\"reject\",\"object\":\"in/"
            "output-0\",\"offset\":7,\"length\":3,\"namespace\":\"\",\"kind\":\"K\",\"reason\":\"reading "
            "in/output-0 at byte 7: expected \\\"x\\\"\",\"bytes\":\"AP8=\"}\n"
            "{\"type\":\"lost\",\"object\":\"in/output-1\",\"begin\":100,\"end\":200,\"reason\":\"damaged\"}\n");
  const Manifest manifest = ReadManifest();
  EXPECT_EQ(manifest.objects.size(), 1u);
  EXPECT_EQ(manifest.rejects->records, 0u);
  EXPECT_EQ(manifest.rejects->crc32c, Crc32c(folder_.Read("out/_rejects/rejects.ndjson")));
  EXPECT_FALSE(manifest.complete);
}

TEST_F(SinkTest, ACutRejectSaysSo) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  auto writer = *sink_->Open({"job1", 0, 0}, 1);
  RecordBatch batch;
  Reject& reject = batch.rejects.emplace_back();
  reject.object = "in/output-0";
  reject.offset = 7;
  reject.reason = "expected x";
  reject.Keep(std::string((1 << 20) + 5, 'a'));
  ASSERT_TRUE(writer->Write(batch, {}, {}).ok());
  ASSERT_TRUE(writer->Finish().ok() && writer->Place().ok());
  ASSERT_TRUE(writer->Commit().ok());
  EXPECT_THAT(
      folder_.Read("out/_rejects/rejects.ndjson.partial"),
      AllOf(testing::StartsWith(
                "{\"type\":\"reject\",\"object\":\"in/output-0\",\"offset\":7,\"length\":1048581,\"namespace\":\"\","
                "\"kind\":\"\",\"reason\":\"expected x; only the first 1048576 of its 1048581 bytes are kept\","
                "\"cut\":true,\"bytes\":\"YWFh"),
            testing::EndsWith("YQ==\"}\n"), testing::SizeIs(testing::Lt(size_t{1'400'000}))));
}

TEST_F(SinkTest, AnExistingDestinationIsNotTouched) {
  folder_.Write("out/anything", "precious");
  Open();
  const absl::Status status = Prepare();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(),
              AllOf(HasSubstr(out()), HasSubstr("found anything"), HasSubstr("--if-exists replace")));
  EXPECT_EQ(Files(), (std::map<std::string, std::string>{{"anything", "precious"}}));
  options_.if_exists = IfExists::kAppend;
  Open();
  EXPECT_THAT(Prepare().ToString(), HasSubstr("expected manifest.json, found anything"));
  EXPECT_EQ(Files().size(), 1u);
}

TEST_F(SinkTest, AFileInPlaceOfTheFolderIsForAHuman) {
  folder_.Write("out", "precious");
  Open();
  const absl::Status status = Prepare();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("in the way"));
}

TEST_F(SinkTest, AClaimKeepsOtherJobsOut) {
  Open("job1");
  WriteExample();
  auto first = std::move(sink_);
  committed_.clear();
  for (IfExists if_exists : {IfExists::kFail, IfExists::kReplace, IfExists::kAppend}) {
    options_.if_exists = if_exists;
    Open("job2");
    const absl::Status status = Prepare();
    EXPECT_EQ(RetryOf(status), Retry::kHuman);
    EXPECT_THAT(status.ToString(),
                AllOf(HasSubstr("job1"), HasSubstr("datahaul jobs cancel job1 --data-dir /the/data dir")));
    EXPECT_TRUE(Close(Outcome::kDiscarded).ok());
    EXPECT_TRUE(Files().contains("A.ndjson.partial"));
  }
}

TEST_F(SinkTest, ReplaceSwapsOnlyAtClose) {
  Open();
  WriteExample();
  ASSERT_TRUE(Close().ok());
  folder_.Write("out/mine.txt", "a stranger's");
  const auto before = Files();
  committed_.clear();
  counters_ = {};
  options_.if_exists = IfExists::kReplace;
  Open("job2");
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "new"}}).ok());
  for (const auto& [name, bytes] : before) EXPECT_EQ(folder_.Read("out/" + name), bytes) << name;
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(FilesBut("manifest.json"),
            (std::map<std::string, std::string>{{"A.ndjson", "|A|new\n"}, {"mine.txt", "a stranger's"}}));
  EXPECT_FALSE(fs::exists(out() + "/eu"));
  EXPECT_EQ(ReadManifest().job, "job2");
}

TEST_F(SinkTest, ReplaceWithoutAManifestGoesByNames) {
  folder_.Write("out/old.ndjson", "x");
  folder_.Write("out/ns/old.typed.ndjson.gz", "x");
  folder_.Write("out/deep/er/old.ndjson", "x");
  options_.if_exists = IfExists::kReplace;
  Open();
  WriteExample();
  ASSERT_TRUE(Close().ok());
  auto expected = ExampleFiles();
  expected["deep/er/old.ndjson"] = "x";
  EXPECT_EQ(FilesBut("manifest.json"), expected);
}

TEST_F(SinkTest, AppendContinuesFilesAndSumsManifests) {
  Open();
  WriteExample();
  ASSERT_TRUE(Close().ok());
  const auto before = Files();
  committed_.clear();
  counters_ = {};
  options_.if_exists = IfExists::kAppend;
  Open("job2");
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "4"}, {"", "C", "1"}}).ok());
  for (const auto& [name, bytes] : before) EXPECT_EQ(folder_.Read("out/" + name), bytes) << name;
  Reopen();
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "5"}}).ok());
  ASSERT_TRUE(Close().ok());
  auto expected = ExampleFiles();
  expected["A.ndjson"] += "|A|4\n|A|5\n";
  expected["C.ndjson"] = "|C|1\n";
  EXPECT_EQ(FilesBut("manifest.json"), expected);
  const Manifest manifest = ReadManifest();
  EXPECT_EQ(manifest.objects.size(), 3u);
  EXPECT_EQ(manifest.objects[0].records, 5u);
  EXPECT_EQ(manifest.Total().written, 8u);
  EXPECT_EQ(manifest.job, "job2");
}

TEST_F(SinkTest, AppendWantsTheSameForm) {
  Open();
  WriteExample();
  ASSERT_TRUE(Close().ok());
  committed_.clear();
  options_.if_exists = IfExists::kAppend;
  options_.compression = Compression::kGzip;
  Open("job2");
  EXPECT_THAT(Prepare().ToString(), HasSubstr("expected --compression none as in its manifest, found gzip"));
  options_.compression = Compression::kNone;
  options_.layout = FileLayout::kSingle;
  Open("job2");
  EXPECT_THAT(Prepare().ToString(), HasSubstr("expected --layout kind"));
  options_.layout = FileLayout::kKind;
  fs::resize_file(out() + "/A.ndjson", 3);
  Open("job2");
  EXPECT_THAT(Prepare().ToString(), HasSubstr("A.ndjson: expected 15 bytes as in the manifest, found 3"));
  EXPECT_FALSE(Files().contains(".datahaul-claim"));
}

TEST_F(SinkTest, ResumeCutsToWhatIsCommitted) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "1"}, {"eu", "B", "1"}, {"", "A", "2"}}).ok());
  {  // written, but nobody heard of the receipt
    const auto lost = Encode({{"", "A", "unheard"}, {"", "C", "unheard"}});
    ASSERT_TRUE(lost->Place().ok());
    ASSERT_TRUE(lost->Commit().ok());
  }
  EXPECT_TRUE(Files().contains("C.ndjson.partial"));
  Reopen();
  ASSERT_TRUE(Prepare().ok());
  EXPECT_FALSE(Files().contains("C.ndjson.partial"));
  EXPECT_EQ(folder_.Read("out/A.ndjson.partial"), "|A|1\n|A|2\n");
  ASSERT_TRUE(WriteSlice({{"eu", "B", "2"}}).ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "3"}}).ok());
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(FilesBut("manifest.json"), ExampleFiles());
}

// From the check of its lease until it has cut, no successor can begin; so there is nothing of his to be cut off.
TEST_F(SinkTest, WhoPreparesHoldsOffAllOtherProcessesOfItsJob) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "1"}}).ok());
  const auto successor = *ObjectsSink::New(&format_, options_);
  int asked = 0;
  JobContext context = Context();
  context.resumed = true;
  context.still_held = [&] {
    ++asked;
    for (const absl::Status& status :
         {successor->Prepare(Context()), successor->Close(Context(), Outcome::kSucceeded).status(),
          successor->Close(Context(), Outcome::kDiscarded).status()}) {
      EXPECT_EQ(RetryOf(status), Retry::kTask);
      EXPECT_THAT(status.ToString(), HasSubstr("another process is preparing or closing job job1"));
    }
    return absl::OkStatus();
  };
  ASSERT_EQ(sink_->Prepare(context), absl::OkStatus());
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(successor->Prepare(Context()), absl::OkStatus());
}

TEST_F(SinkTest, AFrozenProcessKeepsItsSuccessorWaitingUntilItIsKilled) {
  Open();
  WriteExample();
  const pid_t child = ::fork();
  if (child == 0) {
    JobContext context = Context();
    context.still_held = [] {
      ::raise(SIGSTOP);
      return absl::OkStatus();
    };
    context.committed = {};  // woken, it would cut off everything
    (void)sink_->Prepare(context);
    ::_exit(0);
  }
  int state = 0;
  ASSERT_EQ(::waitpid(child, &state, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(state));
  const auto files = Files();
  Reopen();
  EXPECT_EQ(RetryOf(Prepare()), Retry::kTask);
  EXPECT_EQ(Files(), files);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, &state, 0), child);
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(FilesBut("manifest.json"), ExampleFiles());
}

TEST_F(SinkTest, ResumeNoticesThatCommittedBytesAreGone) {
  Open();
  WriteExample();
  fs::resize_file(out() + "/A.ndjson.partial", 4);
  Reopen();
  EXPECT_THAT(Prepare().ToString(),
              HasSubstr("A.ndjson.partial: expected at least 15 bytes that were written, found 4"));
  fs::remove(out() + "/A.ndjson.partial");
  EXPECT_THAT(Prepare().ToString(), HasSubstr("expected 15 bytes that were written, found no file"));
}

TEST_F(SinkTest, AHoleInTheReceiptsIsNoticed) {
  Open();
  WriteExample();
  committed_[0].offset += 1;
  Reopen();
  EXPECT_EQ(Prepare().code(), absl::StatusCode::kInternal);
}

TEST_F(SinkTest, AnAbandonedSliceStopsThoseAfterIt) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "1"}}).ok());
  auto first = Encode({{"", "A", "2"}}), second = Encode({{"", "A", "3"}});
  ASSERT_TRUE(first->Place().ok());
  ASSERT_TRUE(second->Place().ok());
  first.reset();
  EXPECT_EQ(RetryOf(second->Commit().status()), Retry::kTask);
}

TEST_F(SinkTest, AWriteThatFailsCanBeMendedAndContinued) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "1"}}).ok());
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tiny{8, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tiny), 0);
  const absl::Status status = WriteSlice({{"", "A", "2"}});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(RetryOf(status), Retry::kHuman) << status;
  EXPECT_FALSE(WriteSlice({{"", "A", "2"}}).ok());
  ASSERT_TRUE(Prepare().ok());
  ASSERT_TRUE(WriteSlice({{"", "A", "2"}}).ok());
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(folder_.Read("out/A.ndjson"), "|A|1\n|A|2\n");
}

TEST_F(SinkTest, AFolderInPlaceOfAFileIsAnErrorThatNamesIt) {
  Open();
  ASSERT_TRUE(Prepare().ok());
  fs::create_directories(out() + "/A.ndjson.partial");
  EXPECT_THAT(WriteSlice({{"", "A", "1"}}).ToString(), HasSubstr("A.ndjson.partial: Is a directory"));
}

TEST_F(SinkTest, CloseIsRepeatableFromEveryStateACrashCanLeave) {
  // Close makes these changes in order; a crash leaves the first n of them done.
  const std::vector<std::function<void()>> changes = {
      [&] { fs::rename(out() + "/A.ndjson.partial", out() + "/A.ndjson"); },
      [&] { fs::rename(out() + "/eu/B.ndjson.partial", out() + "/eu/B.ndjson"); },
      [&] { folder_.Write("out/.manifest.json.datahaul", "half a mani"); },
      [&] {
        Manifest manifest;
        manifest.job = "job1";
        folder_.Write("out/manifest.json", ToJson(manifest));
        fs::remove(out() + "/.manifest.json.datahaul");
      },
      [&] { fs::remove(out() + "/.datahaul-claim"); },
  };
  for (size_t done = 0; done <= changes.size(); ++done) {
    for (bool prepare : {false, true}) {
      fs::remove_all(out());
      committed_.clear();
      counters_ = {};
      Open();
      WriteExample();
      for (size_t i = 0; i < done; ++i) changes[i]();
      Reopen();
      ASSERT_TRUE(!prepare || Prepare().ok()) << done;
      const auto receipt = Close();
      ASSERT_TRUE(receipt.ok()) << done << receipt.status();
      EXPECT_EQ(FilesBut("manifest.json"), ExampleFiles()) << done;
      ASSERT_TRUE(Close().ok());
      EXPECT_EQ(FilesBut("manifest.json"), ExampleFiles()) << done;
    }
  }
}

TEST_F(SinkTest, CloseCutsWhatAProcessWithoutALeaseWroteBehindTheEnd) {
  Open();
  WriteExample();
  const auto zombie = Encode({{"", "A", "too late"}});
  ASSERT_TRUE(zombie->Place().ok());
  ASSERT_TRUE(zombie->Commit().ok());
  ASSERT_TRUE(Close().ok());
  EXPECT_EQ(FilesBut("manifest.json"), ExampleFiles());
}

TEST_F(SinkTest, AProcessThatSleptThroughTheEndLeavesNothingBehind) {
  Open();
  WriteExample();
  auto zombie = Encode({{"", "New", "1"}});
  ASSERT_TRUE(zombie->Place().ok());
  auto old = std::move(sink_);
  Open();
  ASSERT_TRUE(Close().ok());
  const auto files = Files();
  EXPECT_EQ(RetryOf(zombie->Commit().status()), Retry::kTask);
  EXPECT_EQ(Files(), files);
  zombie.reset();  // before its sink
}

TEST_F(SinkTest, DiscardRemovesEveryTrace) {
  Open();
  WriteExample();
  ASSERT_TRUE(Close(Outcome::kDiscarded).ok());
  EXPECT_FALSE(fs::exists(out()));
  ASSERT_TRUE(Close(Outcome::kDiscarded).ok());

  folder_.Write("out/.hidden", "stays");
  committed_.clear();
  Open();
  WriteExample();
  fs::rename(out() + "/A.ndjson.partial", out() + "/A.ndjson");  // a Close that was interrupted
  ASSERT_TRUE(Close(Outcome::kDiscarded).ok());
  EXPECT_EQ(Files(), (std::map<std::string, std::string>{{".hidden", "stays"}}));
}

TEST_F(SinkTest, DiscardKeepsWhatSomebodyHasPutThereMeanwhile) {
  Open();
  WriteExample();
  folder_.Write("out/Z.ndjson", "somebody else's");
  folder_.Write("out/A.ndjson", "somebody else's, under a name of ours");
  ASSERT_TRUE(Close(Outcome::kDiscarded).ok());
  EXPECT_EQ(Files(), (std::map<std::string, std::string>{{"A.ndjson", "somebody else's, under a name of ours"},
                                                         {"Z.ndjson", "somebody else's"}}));
}

// The process died between claiming the folder and looking into it.
TEST_F(SinkTest, DiscardOfAJobThatNeverBeganKeepsWhatIsThere) {
  folder_.Write("out/A.ndjson", "somebody else's");
  ASSERT_TRUE(*Claim(out()).Take({.job = "job1"}));
  Open();
  ASSERT_TRUE(Close(Outcome::kDiscarded).ok());
  EXPECT_EQ(Files(), (std::map<std::string, std::string>{{"A.ndjson", "somebody else's"}}));
}

TEST_F(SinkTest, DiscardAfterReplaceKeepsTheOldFiles) {
  Open();
  WriteExample();
  ASSERT_TRUE(Close().ok());
  const auto before = Files();
  committed_.clear();
  options_.if_exists = IfExists::kReplace;
  Open("job2");
  WriteExample();
  ASSERT_TRUE(Close(Outcome::kDiscarded).ok());
  EXPECT_EQ(Files(), before);
}

// In memory: some disks take minutes to make and remove that many files.
class ManyKindsTest : public SinkTest {
 protected:
  ManyKindsTest() : SinkTest(fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()) {}
};

TEST_F(ManyKindsTest, TenThousandKindsInLittleMemoryAndFewDescriptors) {
  constexpr int kKinds = 10'000 / kOneIn, kSlices = 2;
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit few{128, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  Open();
  ASSERT_TRUE(Prepare().ok());
  rusage before, after;
  ::getrusage(RUSAGE_SELF, &before);
  for (int slice = 0; slice < kSlices; ++slice) {
    std::vector<Row> rows;
    rows.reserve(kKinds);
    for (int i = 0; i < kKinds; ++i) rows.push_back({"", StrCat("Kind", i * 7919 % kKinds), StrCat(slice)});
    ASSERT_TRUE(WriteSlice(rows).ok());
  }
  ASSERT_TRUE(Close().ok());
  ::getrusage(RUSAGE_SELF, &after);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 24 << 10) << "KiB, of which the test itself takes half";
#endif
  EXPECT_EQ(ReadManifest().objects.size(), static_cast<size_t>(kKinds));
  EXPECT_EQ(folder_.Read("out/Kind123.ndjson"), "|Kind123|0\n|Kind123|1\n");
}

TEST_F(SinkTest, DiscardTargetCountsAndKeepsNothing) {
  options_.discard = true;
  Open();
  WriteExample();
  ASSERT_TRUE(Close().ok());
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_EQ(committed_[0].length, 15u);
  EXPECT_EQ(committed_[0].crc32c, Crc32c(ExampleFiles()["A.ndjson"]));
}

TEST_F(SinkTest, AFormatThatCannotBeJoinedIsRefused) {
  class Whole : public LineFormat {
    const FormatTraits& traits() const override {
      static constexpr FormatTraits kTraits{.name = "whole"};
      return kTraits;
    }
  } whole;
  EXPECT_EQ(ObjectsSink::New(&whole, {.destination = "x"}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ObjectsSink::New(&format_, {.destination = "s3://b/x"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace datahaul
