#include "connector/objects/objects_source.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "format/entity_proto/format.h"
#include "format/entity_proto/log_reader.h"
#include "format/ndjson/format.h"
#include "io/compress.h"
#include "layout/managed_export/find_managed_export.h"
#include "objects/local/local_store.h"
#include "testing/line_format.h"
#include "testing/memory_store.h"
#include "testing/source_suite.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

class ObjectsSourceTest : public testing::Test {
 protected:
  std::unique_ptr<ObjectsSource> Export(const std::string& name, DecodeOptions options = {}) {
    const std::string uri = std::string(DATAHAUL_SOURCE_DIR "/testdata/exports/") + name;
    return std::make_unique<ObjectsSource>(
        &store_, &EntityProto(),
        [this, uri]() -> absl::StatusOr<DataSet> {
          DH_ASSIGN_OR_RETURN(const Inventory inventory, FindManagedExport(store_, uri));
          return ToDataSet(inventory);
        },
        options);
  }
  std::unique_ptr<ObjectsSource> Files(DecodeOptions options = {}) {
    return std::make_unique<ObjectsSource>(
        &store_, &lines_,
        [this]() -> absl::StatusOr<DataSet> {
          DH_ASSIGN_OR_RETURN(const FileSet files, FindFiles(store_, folder_.path()));
          return ToDataSet(files);
        },
        options);
  }
  // The names of all records, in order; each batch is checked, and the source resumed from each cursor if `resume`.
  std::vector<std::string> ReadAll(ObjectsSource* source, const Snapshot& snapshot, const Partition& partition,
                                   bool resume) {
    std::vector<std::string> names;
    Cursor cursor;
    std::unique_ptr<Reader> reader;
    RecordBatch batch;
    for (;;) {
      if (reader == nullptr || resume) {
        auto opened = source->Open(snapshot, partition, cursor);
        EXPECT_TRUE(opened.ok()) << opened.status();
        reader = *std::move(opened);
      }
      const absl::Status status = reader->Read(&batch);
      EXPECT_TRUE(status.ok()) << status;
      if (!status.ok() || (batch.empty() && batch.input_bytes == 0)) return names;
      for (const Record& record : batch.records) {
        const PathElement& last = record.key->path[record.key->size - 1];
        names.push_back(std::string(record.key->kind()) + "/" + std::string(last.name) + std::to_string(last.number));
      }
      cursor = batch.cursor;
    }
  }
  std::vector<std::string> ReadSplit(ObjectsSource* source, uint64_t target, bool resume) {
    const auto snapshot = source->Begin({});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    const auto whole = source->Split(*snapshot, {}, nullptr, "", target);
    EXPECT_EQ(whole->size(), 1u);
    const auto parts = source->Split(*snapshot, {}, &(*whole)[0], "", target);
    EXPECT_TRUE(parts.ok()) << parts.status();
    std::vector<std::string> names;
    for (const Partition& part : *parts) {
      for (std::string& name : ReadAll(source, *snapshot, part, resume)) names.push_back(std::move(name));
    }
    return names;
  }

  TempFolder folder_;
  LocalStore store_;
  LineFormat lines_;
};

// Objects in memory, and a source that finds them there.
struct StoredSource final : public MemoryStore {
  std::unique_ptr<Source> Open(const Format& format, DecodeOptions options,
                               std::function<absl::StatusOr<DataSet>(ObjectStore&)> find) {
    return std::make_unique<ObjectsSource>(
        this, &format, [this, find = std::move(find)] { return find(*this); }, options);
  }
};

std::unique_ptr<Source> OpenExport(const std::string& name) {
  static std::map<std::string, StoredSource> stores;
  StoredSource& store = stores[name];
  if (store.objects.empty()) store.Load(StrCat(DATAHAUL_SOURCE_DIR, "/testdata/exports/", name), "m:/export");
  return store.Open(EntityProto(), {.skip_corrupt = true, .batch_bytes = 1},
                    [](ObjectStore& from) -> absl::StatusOr<DataSet> {
                      DH_ASSIGN_OR_RETURN(const Inventory inventory, FindManagedExport(from, "m:/export"));
                      return ToDataSet(inventory);
                    });
}

// Many blocks, with damage over the borders of some.
std::unique_ptr<Source> OpenDamagedExport() {
  static StoredSource store;
  if (store.objects.empty()) {
    StoredSource intact;
    intact.Load(DATAHAUL_SOURCE_DIR "/testdata/exports/zero-fragment/all_namespaces/all_kinds", "m:/export");
    std::string bytes = intact.objects["m:/export/output-0"];
    bytes.resize((bytes.size() + kLogBlock - 1) / kLogBlock * kLogBlock);
    for (int i = 0; i < 6; ++i) {
      std::string& output = store.objects[StrCat("m:/export/output-", i)] = bytes;
      if (i % 2 == 1) std::fill_n(output.begin() + static_cast<ptrdiff_t>(i * kLogBlock / 3), 100, 'x');
    }
  }
  return store.Open(EntityProto(), {.skip_corrupt = true, .batch_bytes = 1},
                    [](ObjectStore& from) -> absl::StatusOr<DataSet> {
                      DH_ASSIGN_OR_RETURN(const Inventory inventory, FindManagedExport(from, "m:/export"));
                      return ToDataSet(inventory);
                    });
}

std::unique_ptr<Source> OpenFiles(Compression compression) {
  static std::map<Compression, StoredSource> stores;
  StoredSource& store = stores[compression];
  for (int file = 0; store.objects.size() < 4; ++file) {
    std::string text;
    for (int i = 0; file != 1 && i < 12; ++i) {
      StrAppend(&text, R"({"key":{"database":"","namespace":"","path":[["a",)", file * 100 + i,
                "]]},\"properties\":{}}\n");
    }
    if (file == 2) text += "no record\n";
    ByteBuffer packed;
    EXPECT_TRUE(CompressMember(compression, kDefaultLevel, text, &packed).ok());
    store.objects[StrCat("m:/files/", file, ".typed.ndjson", CompressionSuffix(compression))] = packed.view();
  }
  return store.Open(TypedNdjson(), {.batch_bytes = 150}, [](ObjectStore& from) -> absl::StatusOr<DataSet> {
    DH_ASSIGN_OR_RETURN(const FileSet files, FindFiles(from, "m:/files"));
    return ToDataSet(files);
  });
}

INSTANTIATE_TEST_SUITE_P(Objects, SourceSuite,
                         testing::Values(SourceUnderTest{"export", [] { return OpenExport("datastore-mode"); }},
                                         SourceUnderTest{"partitions", [] { return OpenExport("partitions"); }},
                                         SourceUnderTest{"damaged export", &OpenDamagedExport},
                                         SourceUnderTest{"typed NDJSON", [] { return OpenFiles(Compression::kNone); }},
                                         SourceUnderTest{"gzip", [] { return OpenFiles(Compression::kGzip); }}));

TEST_F(ObjectsSourceTest, ReadsEverySampleWholeSplitAndResumed) {
  for (const char* name : {"special", "datastore-mode", "partitions", "padded", "no-metadata", "zero-fragment",
                           "firestore-emulator", "datastore-emulator-all-kinds"}) {
    const auto source = Export(name, {.batch_bytes = 1});
    const auto snapshot = source->Begin({});
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    const std::vector<std::string> names = ReadSplit(source.get(), ~uint64_t{0}, false);
    EXPECT_FALSE(names.empty()) << name;
    EXPECT_EQ(names.size(), snapshot->records.value_or(names.size())) << name;
    EXPECT_EQ(ReadSplit(source.get(), 1, false), names) << name;
    EXPECT_EQ(ReadSplit(source.get(), 5000, true), names) << name;
  }
}

// Production counts the bytes of records, emulators those of files: what is not met by the files is to be met by what
// is read.
TEST_F(ObjectsSourceTest, ByteCountsOfEverySampleAreMet) {
  std::set<std::string> met_by_files, met_by_records, unknown;
  for (const auto& entry : std::filesystem::directory_iterator(DATAHAUL_SOURCE_DIR "/testdata/exports")) {
    const std::string name = entry.path().filename();
    if (name.starts_with("corrupt-")) continue;
    const auto source = Export(name);
    const auto snapshot = source->Begin({});
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    const auto reader = source->Open(*snapshot, (*source->Split(*snapshot, {}, nullptr, "", 1))[0], "");
    uint64_t payload = 0;
    RecordBatch batch;
    do {
      ASSERT_TRUE((*reader)->Read(&batch).ok());
      payload += batch.payload_bytes;
    } while (batch.input_bytes != 0);
    if (snapshot->payload_bytes) {
      EXPECT_EQ(snapshot->payload_bytes, payload) << name;
      met_by_records.insert(name);
    } else {
      (snapshot->records ? met_by_files : unknown).insert(name);
    }
  }
  EXPECT_THAT(unknown, testing::ElementsAre("appengine-sdk-types", "no-metadata", "no-overall"));
  EXPECT_THAT(met_by_files, testing::IsSupersetOf({"backslash", "datastore-emulator-all-kinds", "firestore-emulator"}));
  EXPECT_THAT(met_by_records, testing::IsSupersetOf({"special", "padded", "partitions"}));
}

TEST_F(ObjectsSourceTest, BytesOfPartitionsThatMayMatchAreSummedUp) {
  const auto source = Export("partitions");
  const auto all = source->Begin({}), some = source->Begin({.kinds = {"Person"}});
  ASSERT_TRUE(all.ok() && some.ok()) << some.status();
  ASSERT_TRUE(all->payload_bytes && some->payload_bytes);
  EXPECT_LT(*some->payload_bytes, *all->payload_bytes);
  EXPECT_LT(*all->payload_bytes, all->bytes);
}

TEST_F(ObjectsSourceTest, SkipsPartitionsThatCannotMatch) {
  const auto source = Export("partitions");
  const auto all = source->Begin({}), some = source->Begin({.kinds = {"Person"}, .namespaces = {"ns1", ""}});
  ASSERT_TRUE(all.ok() && some.ok()) << some.status();
  EXPECT_EQ(all->objects, 24u);
  EXPECT_EQ(some->objects, 6u);
  EXPECT_LT(*some->records, *all->records);
  const auto none = source->Begin({.kinds = {"Nobody"}});
  EXPECT_EQ(none->objects, 0u);
  EXPECT_EQ(none->records, 0u);
  const auto whole = source->Split(*none, {}, nullptr, "", 1);
  EXPECT_TRUE(source->Split(*none, {}, &(*whole)[0], "", 1)->empty());
  EXPECT_TRUE(ReadAll(source.get(), *none, (*whole)[0], false).empty());
}

TEST_F(ObjectsSourceTest, SaysWhereCountsAreUnknown) {
  const auto snapshot = Export("no-metadata")->Begin({});
  EXPECT_FALSE(snapshot->records);
  EXPECT_THAT(snapshot->notes, testing::ElementsAre(HasSubstr("complete as far as the files tell")));
}

TEST_F(ObjectsSourceTest, ReadsCompressedObjects) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "|K|" + std::to_string(i) + "\n";
  for (Compression compression : {Compression::kGzip, Compression::kZstd}) {
    ByteBuffer packed;
    ASSERT_TRUE(CompressMember(compression, kDefaultLevel, text.substr(0, text.size() / 2), &packed).ok());
    ASSERT_TRUE(CompressMember(compression, kDefaultLevel, text.substr(text.size() / 2), &packed).ok());
    folder_.Write("a.ndjson" + std::string(CompressionSuffix(compression)), packed.view());
  }
  const auto source = Files({.batch_bytes = 100000});
  const std::vector<std::string> names = ReadSplit(source.get(), 1, false);
  ASSERT_EQ(names.size(), 40000u);
  EXPECT_EQ(names[39999], "K/199990");
  EXPECT_EQ(ReadSplit(source.get(), 1, true), names);
}

TEST_F(ObjectsSourceTest, NoticesThatAnObjectChanged) {
  folder_.Write("a.ndjson", "|K|1\n");
  const auto source = Files();
  const auto snapshot = source->Begin({});
  const auto whole = source->Split(*snapshot, {}, nullptr, "", 1);
  folder_.Write("a.ndjson", "|K|1\n|K|2\n");
  const auto reader = source->Open(*snapshot, (*whole)[0], "");
  RecordBatch batch;
  const absl::Status status = (*reader)->Read(&batch);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("it changed while being read: expected 5 bytes, found 10"));
  std::filesystem::remove(folder_ / "a.ndjson");
  EXPECT_EQ((*source->Open(*snapshot, (*whole)[0], ""))->Read(&batch).code(), absl::StatusCode::kNotFound);
}

TEST_F(ObjectsSourceTest, NoticesThatAnObjectWasReplacedByOneAsLarge) {
  StoredSource store;
  store.objects["m:/files/a.ndjson"] = "|K|1\n|K|2\n";
  const auto source = store.Open(lines_, {}, [](ObjectStore& objects) -> absl::StatusOr<DataSet> {
    DH_ASSIGN_OR_RETURN(const FileSet files, FindFiles(objects, "m:/files"));
    return ToDataSet(files);
  });
  const auto snapshot = source->Begin({});
  const auto whole = source->Split(*snapshot, {}, nullptr, "", 1);
  RecordBatch batch;
  ASSERT_TRUE((*source->Open(*snapshot, (*whole)[0], ""))->Read(&batch).ok());
  store.objects["m:/files/a.ndjson"] = "|K|1\n|K|3\n";
  const absl::Status status = (*source->Open(*snapshot, (*whole)[0], ""))->Read(&batch);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("m:/files/a.ndjson: it was replaced while being read: expected version v"));
}

TEST_F(ObjectsSourceTest, ForeignStateIsRefused) {
  folder_.Write("a.ndjson", "|K|1\n");
  const auto source = Files();
  const auto snapshot = source->Begin({});
  EXPECT_EQ(source->Open({.state = "x"}, {"", "0:0@0-1:0"}, "").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(source->Open(*snapshot, {"", "0:0@0-2:0"}, "").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(source->Open(*snapshot, {"", "0:0@0-1:0"}, "1:0").status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace datahaul
