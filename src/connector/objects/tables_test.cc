// Formats of rows and columns in the sink: heads, parts, kinds without records; and the source that reads them.
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unistd.h>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/objects_sink.h"
#include "connector/objects/objects_source.h"
#include "format/csv/format.h"
#include "io/checksum.h"
#include "io/folder.h"
#include "layout/files/find_files.h"
#include "layout/files/manifest.h"
#include "objects/local/local_store.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

// Keeps records back until the end, and makes an object "[names]" of them; without any "[]".
class PartsFormat : public Format {
 public:
  const FormatTraits& traits() const override {
    static constexpr FormatTraits kTraits{.name = "parts", .suffix = ".parquet", .needs_schema = true};
    return kTraits;
  }
  absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader*, ByteRange, uint64_t,
                                                      const DecodeOptions&) const override {
    return absl::UnimplementedError("");
  }
  std::unique_ptr<Encoder> NewEncoder(const EncodeOptions& options) const override {
    EXPECT_NE(options.schema, nullptr);
    return std::make_unique<PartsEncoder>();
  }
  void Prologue(std::string_view, std::string_view, const EncodeOptions&, ByteBuffer* out) const override {
    out->Append("[]");
  }

 private:
  class PartsEncoder : public Encoder {
   public:
    absl::Status Append(const Record& record, ByteBuffer*, Hash128* hash) override {
      *hash = {};
      StrAppend(&names_[record.slot], record.key->path[0].name);
      return absl::OkStatus();
    }
    size_t held() const override {
      size_t held = 0;
      for (const auto& [slot, names] : names_) held += names.size();
      return held;
    }
    absl::Status Finish(absl::FunctionRef<ByteBuffer*(uint32_t)> out) override {
      for (const auto& [slot, names] : names_) out(slot)->Append(StrCat("[", names, "]"));
      return absl::OkStatus();
    }

   private:
    std::map<uint32_t, std::string> names_;
  };
};

struct Row {
  std::string ns, kind, name;
};

// One job; plays the engine.
class TablesTest : public testing::Test {
 protected:
  using Files = std::map<std::string, std::string>;

  explicit TablesTest(const Format* format = &Csv()) : format_(format) {
    for (const KindName& name : {KindName{"", "A"}, KindName{"", "Empty"}, KindName{"eu", "B"}}) {
      schema_.kinds[name].columns = KeyColumns();
    }
  }
  void Open(const std::string& job = "job1") {
    sink_.reset();
    options_.destination = out();
    auto sink = ObjectsSink::New(format_, options_);
    ASSERT_TRUE(sink.ok()) << sink.status();
    sink_ = *std::move(sink);
    EXPECT_TRUE(sink_->traits().needs_schema);
    if (context_.job != job) committed_.clear();
    context_.job = job;
    context_.schema = &schema_;
  }
  std::string out() const { return folder_ / "out"; }
  JobContext Context() {
    context_.committed = committed_;
    return context_;
  }
  absl::Status Prepare() { return sink_->Prepare(Context()); }
  absl::Status Close(Outcome outcome = Outcome::kSucceeded) { return sink_->Close(Context(), outcome).status(); }
  absl::Status Write(const std::vector<Row>& rows) {
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<Writer> writer, sink_->Open({context_.job, 0, 0}, 1));
    RecordBatch batch;
    std::map<std::pair<std::string, std::string>, uint32_t> slots;
    std::vector<uint32_t> all;
    for (const Row& row : rows) {
      auto* element = batch.arena.New<PathElement>();
      *element = {batch.arena.CopyString(row.kind), batch.arena.CopyString(row.name), 0, PathElement::Id::kName};
      auto* key = batch.arena.New<Key>();
      key->ns = batch.arena.CopyString(row.ns);
      key->path = element;
      key->size = 1;
      all.push_back(static_cast<uint32_t>(batch.records.size()));
      Record& record = batch.records.emplace_back();
      record.key = key;
      record.slot = slots.try_emplace({row.ns, row.kind}, static_cast<uint32_t>(slots.size())).first->second;
    }
    std::vector<Hash128> hashes(all.size());
    DH_RETURN_IF_ERROR(writer->Write(batch, all, hashes));
    DH_RETURN_IF_ERROR(writer->Finish());
    DH_RETURN_IF_ERROR(writer->Place());
    DH_ASSIGN_OR_RETURN(const Receipt receipt, writer->Commit());
    committed_.insert(committed_.end(), receipt.extents.begin(), receipt.extents.end());
    std::sort(committed_.begin(), committed_.end(), [](const Extent& a, const Extent& b) {
      return std::tie(a.object, a.offset) < std::tie(b.object, b.offset);
    });
    return absl::OkStatus();
  }
  void Run(const std::vector<std::vector<Row>>& slices, const std::string& job) {
    Open(job);
    ASSERT_EQ(Prepare(), absl::OkStatus());
    for (const auto& slice : slices) ASSERT_EQ(Write(slice), absl::OkStatus());
    ASSERT_EQ(Close(), absl::OkStatus());
  }
  Files DataFiles() const {
    Files files;
    for (const auto& [name, bytes] : folder_.Files()) {
      if (name.starts_with("out/") && name != "out/manifest.json") files[name.substr(4)] = bytes;
    }
    return files;
  }
  // Agrees with the files.
  Manifest ReadManifest() const {
    auto manifest = ParseManifest(folder_.Read("out/manifest.json"), "m");
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    for (const ManifestObject& object : manifest->objects) {
      const std::string bytes = folder_.Read("out/" + object.name);
      EXPECT_EQ(object.bytes, bytes.size()) << object.name;
      EXPECT_EQ(object.crc32c, Crc32c(bytes)) << object.name;
    }
    EXPECT_EQ(manifest->objects.size(), DataFiles().size());
    return *std::move(manifest);
  }

  const Format* const format_;
  TempFolder folder_;
  Schema schema_;
  ObjectsSinkOptions options_;
  JobContext context_;
  std::vector<Extent> committed_;
  std::unique_ptr<ObjectsSink> sink_;
};

constexpr std::string_view kHeader = "\"__key__\",\"__namespace__\",\"__id__\",\"__name__\"\r\n";

TEST_F(TablesTest, OneHeaderWhateverTheSlices) {
  Run({{{"", "A", "x"}, {"eu", "B", "x"}}, {{"", "A", "y"}}}, "job1");
  EXPECT_EQ(DataFiles(), (Files{{"A.csv", StrCat(kHeader, "A/x,\"\",,x\r\nA/y,\"\",,y\r\n")},
                                {"Empty.csv", std::string(kHeader)},
                                {"eu/B.csv", StrCat(kHeader,
                                                    "//"
                                                    "/eu/B/x,eu,,x\r\n")}}));
  const Manifest manifest = ReadManifest();
  EXPECT_EQ(manifest.schema, schema_);
  EXPECT_EQ(manifest.csv, CsvOptions());
  EXPECT_EQ(manifest.objects[1].only, (KindName{"", "Empty"}));
}

TEST_F(TablesTest, TheHeaderIsAMemberOfItsOwn) {
  options_.compression = Compression::kGzip;
  Run({{{"", "A", "x"}}, {{"", "A", "y"}}}, "job1");
  const Manifest manifest = ReadManifest();
  EXPECT_EQ(manifest.objects[0].name, "A.csv.gz");
  LocalStore store;
  for (const auto& [name, lines] : std::map<std::string, std::string>{{"A.csv.gz", "A/x,A/y,"}, {"Empty.csv.gz", ""}}) {
    ObjectsSource source(&store, &Csv(),
                         [&]() -> absl::StatusOr<DataSet> {
                           DH_ASSIGN_OR_RETURN(const FileSet files, FindFiles(store, out() + "/" + name));
                           return ToDataSet(files);
                         },
                         {});
    const auto snapshot = source.Begin({});
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    const auto whole = source.Split(*snapshot, {}, nullptr, "", 1);
    const auto reader = source.Open(*snapshot, whole->front(), "");
    RecordBatch batch;
    std::string read;
    while (true) {
      ASSERT_EQ((*reader)->Read(&batch), absl::OkStatus());
      if (batch.empty() && batch.input_bytes == 0) break;
      for (const Record& record : batch.records)
        StrAppend(&read, record.key->kind(), "/", record.key->path[0].name, ",");
    }
    EXPECT_EQ(read, lines);
  }
}

TEST_F(TablesTest, AJobThatGoesOnHasOneHeaderStill) {
  Open();
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Write({{"", "A", "x"}}), absl::OkStatus());
  const auto before = committed_;
  ASSERT_EQ(Write({{"", "A", "lost"}, {"eu", "B", "lost"}}), absl::OkStatus());
  committed_ = before;  // killed before the step was stored
  Open();
  context_.resumed = true;
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Write({{"", "A", "y"}, {"eu", "B", "x"}}), absl::OkStatus());
  ASSERT_EQ(Close(), absl::OkStatus());
  EXPECT_EQ(DataFiles()["A.csv"], StrCat(kHeader, "A/x,\"\",,x\r\nA/y,\"\",,y\r\n"));
  EXPECT_EQ(DataFiles()["eu/B.csv"], StrCat(kHeader,
                                            "//"
                                            "/eu/B/x,eu,,x\r\n"));
  ReadManifest();
}

TEST_F(TablesTest, ACloseThatWasInterruptedIsRepeated) {
  Run({{{"", "A", "x"}}}, "job1");
  const Files expected = DataFiles();
  // As it was after the last file got its name, and before the manifest.
  fs::remove(out() + "/manifest.json");
  folder_.Write("out/.datahaul-claim", "");
  fs::remove(out() + "/.datahaul-claim");
  Open("job1");
  fs::rename(out() + "/A.csv", out() + "/A.csv.partial");
  fs::remove(out() + "/eu/B.csv");
  context_.resumed = true;
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Close(), absl::OkStatus());
  EXPECT_EQ(DataFiles(), expected);
  ReadManifest();
}

TEST_F(TablesTest, DiscardAfterAnInterruptedCloseRemovesHeadersToo) {
  Open();
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Write({{"", "A", "x"}}), absl::OkStatus());
  folder_.Write("out/Empty.csv", std::string(kHeader));
  ASSERT_EQ(Close(Outcome::kDiscarded), absl::OkStatus());
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(TablesTest, AppendingGoesOnBehindTheHeader) {
  Run({{{"", "A", "x"}}}, "job1");
  options_.if_exists = IfExists::kAppend;
  schema_.kinds.erase({"eu", "B"});
  schema_.kinds[{"", "C"}].columns = KeyColumns();
  Run({{{"", "A", "y"}, {"", "Empty", "z"}}}, "job2");
  EXPECT_EQ(DataFiles(), (Files{{"A.csv", StrCat(kHeader, "A/x,\"\",,x\r\nA/y,\"\",,y\r\n")},
                                {"C.csv", std::string(kHeader)},
                                {"Empty.csv", StrCat(kHeader, "Empty/z,\"\",,z\r\n")},
                                {"eu/B.csv", std::string(kHeader)}}));
  EXPECT_EQ(ReadManifest().schema->kinds.size(), 4u);

  schema_.kinds[{"", "A"}].columns.emplace_back().name = "more";
  Open("job3");
  const absl::Status other_columns = Prepare();
  EXPECT_EQ(RetryOf(other_columns), Retry::kNever);
  EXPECT_THAT(std::string(other_columns.message()), HasSubstr("A.csv: expected the columns that kind \"A\" has"));
  schema_.kinds[{"", "A"}].columns.pop_back();
  options_.encode.csv.delimiter = ';';
  Open("job4");
  EXPECT_THAT(std::string(Prepare().message()), HasSubstr("expected --delimiter"));
}

TEST_F(TablesTest, ReplacingLeavesNothingOld) {
  Run({{{"", "A", "x"}}}, "job1");
  options_.if_exists = IfExists::kReplace;
  schema_.kinds.erase({"eu", "B"});
  schema_.kinds.erase({"", "A"});
  Run({{{"", "Empty", "z"}}}, "job2");
  EXPECT_EQ(DataFiles(), (Files{{"Empty.csv", StrCat(kHeader, "Empty/z,\"\",,z\r\n")}}));
  EXPECT_FALSE(fs::exists(out() + "/eu"));
}

TEST_F(TablesTest, ReadsBackWithTheManifest) {
  schema_.kinds[{"", "A"}].columns.emplace_back().name = "s";
  schema_.kinds[{"", "A"}].columns.back().field = "s";
  schema_.kinds[{"", "A"}].columns.back().meaning = 15;
  options_.encode.csv = {.delimiter = ';', .null = "~"};
  Run({{{"", "A", "x"}}}, "job1");
  LocalStore store;
  const auto find = [&]() -> absl::StatusOr<DataSet> {
    DH_ASSIGN_OR_RETURN(const FileSet files, FindFiles(store, out()));
    return ToDataSet(files);
  };
  ObjectsSource source(&store, &Csv(), find, {});
  const auto snapshot = source.Begin({});
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->kinds, (std::vector<KindName>{{"", "A"}, {"", "Empty"}, {"eu", "B"}}));
  EXPECT_EQ(source.Begin({.kinds = {"Empty"}})->kinds, (std::vector<KindName>{{"", "Empty"}}));
  // In another process, when the manifest is gone.
  fs::remove(out() + "/manifest.json");
  folder_.Write("out/A.csv", StrCat("s;__key__\n", "text;A/abcdefghijklmnopqrstuvwxyzabcdefghijklm\n~;A/y\n"));
  ObjectsSource other(&store, &Csv(), find, {});
  const auto whole = other.Split(*snapshot, {}, nullptr, "", 1);
  ASSERT_TRUE(whole.ok()) << whole.status();
  const auto reader = other.Open(*snapshot, whole->front(), "");
  RecordBatch batch;
  ASSERT_EQ((*reader)->Read(&batch), absl::OkStatus());
  ASSERT_EQ(batch.records.size(), 2u);
  ASSERT_EQ(batch.records[0].properties.size, 1u);
  EXPECT_EQ(batch.records[0].properties.fields[0].value.meaning, 15);
  EXPECT_EQ(batch.records[1].properties.size, 0u);
}

TEST_F(TablesTest, WhatCannotBe) {
  const auto message = [](const Format& format, const ObjectsSinkOptions& options) {
    return std::string(ObjectsSink::New(&format, options).status().message());
  };
  EXPECT_THAT(message(Csv(), {.destination = "x", .layout = FileLayout::kSingle}), HasSubstr("expected --layout kind"));
  const PartsFormat parts;
  EXPECT_THAT(message(parts, {.destination = "-"}), HasSubstr("give a folder"));
  EXPECT_THAT(message(parts, {.destination = "x", .compression = Compression::kGzip}),
              HasSubstr("leave --compression out"));
}

// What is written to standard output.
class TableStreamTest : public TablesTest {
 protected:
  void SetUp() override {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    saved_ = ::dup(STDOUT_FILENO);
    ::fflush(stdout);
    ::dup2(pipe[1], STDOUT_FILENO);
    ::close(pipe[1]);
    read_ = pipe[0];
  }
  void TearDown() override {
    Restore();
    ::close(read_);
  }
  void Restore() {
    if (saved_ < 0) return;
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
    saved_ = -1;
  }
  std::string Written() {
    Restore();
    char bytes[4096];
    const ssize_t size = ::read(read_, bytes, sizeof bytes);
    return {bytes, static_cast<size_t>(std::max<ssize_t>(size, 0))};
  }
  void OpenStream() {
    options_.destination = "-";
    sink_ = *ObjectsSink::New(format_, options_);
    context_.job = "job1";
    context_.schema = &schema_;
  }

  int saved_ = -1, read_ = -1;
};

TEST_F(TableStreamTest, OneKindHasOneHeader) {
  schema_.kinds.erase({"", "Empty"});
  schema_.kinds.erase({"eu", "B"});
  OpenStream();
  EXPECT_EQ(Prepare(), absl::OkStatus());
  EXPECT_EQ(Write({{"", "A", "x"}}), absl::OkStatus());
  EXPECT_EQ(Write({{"", "A", "y"}}), absl::OkStatus());
  EXPECT_EQ(Close(), absl::OkStatus());
  EXPECT_EQ(Written(), StrCat(kHeader, "A/x,\"\",,x\r\nA/y,\"\",,y\r\n"));
}

TEST_F(TableStreamTest, AKindWithoutRecordsHasOneToo) {
  schema_.kinds.erase({"", "A"});
  schema_.kinds.erase({"eu", "B"});
  OpenStream();
  EXPECT_EQ(Prepare(), absl::OkStatus());
  EXPECT_EQ(Close(), absl::OkStatus());
  EXPECT_EQ(Written(), kHeader);
}

TEST_F(TableStreamTest, SeveralKindsAreRefused) {
  OpenStream();
  const absl::Status status = Prepare();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("expected one kind, found 3 (A, Empty, eu/B); choose one with"));
}

class PartsTest : public TablesTest {
 protected:
  PartsTest() : TablesTest(&kFormat) {}
  static inline const PartsFormat kFormat;
};

TEST_F(PartsTest, EachSliceMakesAPart) {
  Run({{{"", "A", "x"}, {"eu", "B", "x"}, {"", "A", "y"}}, {{"", "A", "z"}}}, "job1");
  EXPECT_EQ(DataFiles(), (Files{{"A.parquet/part-00000.parquet", "[xy]"},
                                {"A.parquet/part-00001.parquet", "[z]"},
                                {"Empty.parquet/part-00000.parquet", "[]"},
                                {"eu/B.parquet/part-00000.parquet", "[x]"}}));
  ReadManifest();
}

TEST_F(PartsTest, PartsThatWereNotCommittedAreMadeAgain) {
  Open();
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Write({{"", "A", "x"}}), absl::OkStatus());
  const auto before = committed_;
  ASSERT_EQ(Write({{"", "A", "lost"}, {"eu", "B", "lost"}}), absl::OkStatus());
  committed_ = before;
  Open();
  context_.resumed = true;
  ASSERT_EQ(Prepare(), absl::OkStatus());
  EXPECT_EQ(DataFiles().size(), 2u) << "the part that counts, and the claim";
  ASSERT_EQ(Write({{"", "A", "y"}}), absl::OkStatus());
  ASSERT_EQ(Close(), absl::OkStatus());
  EXPECT_EQ(DataFiles(), (Files{{"A.parquet/part-00000.parquet", "[x]"},
                                {"A.parquet/part-00001.parquet", "[y]"},
                                {"Empty.parquet/part-00000.parquet", "[]"},
                                {"eu/B.parquet/part-00000.parquet", "[]"}}));
}

TEST_F(PartsTest, AppendingContinuesTheNumbers) {
  Run({{{"", "A", "x"}}, {{"", "A", "y"}}}, "job1");
  options_.if_exists = IfExists::kAppend;
  Run({{{"", "A", "z"}, {"eu", "B", "z"}}}, "job2");
  EXPECT_EQ(DataFiles(), (Files{{"A.parquet/part-00000.parquet", "[x]"},
                                {"A.parquet/part-00001.parquet", "[y]"},
                                {"A.parquet/part-00002.parquet", "[z]"},
                                {"Empty.parquet/part-00000.parquet", "[]"},
                                {"eu/B.parquet/part-00000.parquet", "[]"},
                                {"eu/B.parquet/part-00001.parquet", "[z]"}}));
  ReadManifest();
}

TEST_F(PartsTest, ReplacingRemovesOldParts) {
  Run({{{"", "A", "x"}, {"eu", "B", "x"}}, {{"", "A", "y"}}}, "job1");
  fs::remove(out() + "/manifest.json");  // then names must do
  options_.if_exists = IfExists::kReplace;
  schema_.kinds.erase({"eu", "B"});
  Run({{{"", "A", "z"}}}, "job2");
  EXPECT_EQ(DataFiles(), (Files{{"A.parquet/part-00000.parquet", "[z]"}, {"Empty.parquet/part-00000.parquet", "[]"}}));
  EXPECT_FALSE(fs::exists(out() + "/eu"));
  ReadManifest();
}

TEST_F(PartsTest, DiscardRemovesEveryTrace) {
  Open();
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Write({{"", "A", "x"}, {"eu", "B", "x"}}), absl::OkStatus());
  ASSERT_EQ(Close(Outcome::kDiscarded), absl::OkStatus());
  EXPECT_FALSE(fs::exists(out()));
}

}  // namespace
}  // namespace datahaul
