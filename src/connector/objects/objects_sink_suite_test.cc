#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/text.h"
#include "connector/objects/objects_sink.h"
#include "format/ndjson/format.h"
#include "io/memory_reader.h"
#include "testing/buckets.h"
#include "testing/sink_suite.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> RowsOf(const std::map<std::string, std::string>& files) {
  std::vector<std::string> rows;
  for (const auto& [name, bytes] : files) {
    if (!name.ends_with(".typed.ndjson")) continue;
    const MemoryReader reader(name, bytes);
    const auto decoder = *TypedNdjson().NewDecoder(&reader, {0, bytes.size()}, 0, {});
    RecordBatch batch;
    do {
      EXPECT_TRUE(decoder->Read(&batch).ok());
      for (const Record& record : batch.records) {
        rows.push_back(StrCat(record.key->ns, "/", record.key->kind(), "/", record.key->path[0].name));
      }
    } while (batch.input_bytes != 0);
  }
  return rows;
}

class FolderWorld final : public SinkWorld {
 public:
  explicit FolderWorld(FileLayout layout) : layout_(layout) {}

  std::unique_ptr<Sink> Open() override {
    auto sink = ObjectsSink::New(&TypedNdjson(), {.destination = folder_ / "out/deep", .layout = layout_});
    EXPECT_TRUE(sink.ok()) << sink.status();
    return *std::move(sink);
  }
  std::vector<std::string> Published() override {
    return folder_.Has("out") ? RowsOf(folder_.Files()) : std::vector<std::string>();
  }
  bool IsEmpty() override { return fs::is_empty(folder_.path()); }

 private:
  const FileLayout layout_;
  TempFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(
    Objects, SinkSuite,
    testing::Values(SinkUnderTest{"folder", [] { return std::make_unique<FolderWorld>(FileLayout::kKind); }},
                    SinkUnderTest{"one file", [] { return std::make_unique<FolderWorld>(FileLayout::kSingle); }}));

class BucketWorld final : public SinkWorld {
 public:
  BucketWorld(Bucket bucket, FileLayout layout, uint64_t least)
      : bucket_(std::move(bucket)), layout_(layout), least_(least) {}

  std::unique_ptr<Sink> Open() override {
    auto sink = ObjectsSink::New(&TypedNdjson(), {.destination = bucket_.uri,
                                                  .store = bucket_.store.get(),
                                                  .least_piece_bytes = least_,
                                                  .layout = layout_,
                                                  .keeps_rejects = layout_ != FileLayout::kShard});
    EXPECT_TRUE(sink.ok()) << sink.status();
    return *std::move(sink);
  }
  std::vector<std::string> Published() override { return RowsOf(ObjectsBelow(*bucket_.store, bucket_.uri, false)); }
  bool IsEmpty() override {
    return ObjectsBelow(*bucket_.store, bucket_.uri, true).empty() && bucket_.store->ListUploads(bucket_.uri)->empty();
  }

 private:
  const Bucket bucket_;
  const FileLayout layout_;
  const uint64_t least_;
};

constexpr uint64_t kAllUploaded = 1, kMixed = 150, kAllStaged = 5 << 20;

SinkUnderTest UnderTest(std::string name, const std::function<Bucket()>& bucket, FileLayout layout, uint64_t least) {
  return {std::move(name), [=] { return std::make_unique<BucketWorld>(bucket(), layout, least); }};
}

INSTANTIATE_TEST_SUITE_P(Bucket, SinkSuite,
                         testing::Values(UnderTest("uploaded", &BucketInMemory, FileLayout::kKind, kAllUploaded),
                                         UnderTest("mixed", &BucketInMemory, FileLayout::kKind, kMixed),
                                         UnderTest("staged", &BucketInMemory, FileLayout::kKind, kAllStaged),
                                         UnderTest("one object", &BucketInMemory, FileLayout::kSingle, kMixed),
                                         UnderTest("local", &BucketInFolder, FileLayout::kKind, kMixed),
                                         UnderTest("MinIO", &BucketOnMinio, FileLayout::kKind, kAllStaged),
                                         UnderTest("versitygw", &BucketOnVersitygw, FileLayout::kKind, kAllStaged),
                                         UnderTest("fake-gcs-server", &BucketOnFakeGcsServer, FileLayout::kKind,
                                                   kMixed),
                                         UnderTest("Azurite", &BucketOnAzurite, FileLayout::kKind, kMixed)));

}  // namespace
}  // namespace datahaul
