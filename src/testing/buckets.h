// Folders of stores, whichever: in memory, on disk, on servers.
#ifndef DATAHAUL_TESTING_BUCKETS_H_
#define DATAHAUL_TESTING_BUCKETS_H_

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

#include "base/text.h"
#include "http/curl_transport.h"
#include "model/object_store.h"
#include "objects/local/local_store.h"
#include "testing/azure_server.h"
#include "testing/gcs_server.h"
#include "testing/memory_store.h"
#include "testing/s3_server.h"
#include "testing/temp_folder.h"

namespace datahaul {

// An empty folder of a store.
struct Bucket {
  std::unique_ptr<ObjectStore> store;
  std::string uri;
  std::unique_ptr<TempFolder> files;  // of a local store
};

inline Bucket BucketInMemory() { return {std::make_unique<MemoryStore>(), "memory://bucket/out", nullptr}; }

inline Bucket BucketInFolder() {
  Bucket bucket{std::make_unique<LocalStore>(), "", std::make_unique<TempFolder>()};
  bucket.uri = *bucket.files / "out";
  return bucket;
}

inline HttpTransport* TransportToBuckets() {
  static HttpTransport* const transport = CurlTransport::New()->release();
  return transport;
}

// `bucket`/out 1, and so on.
inline std::string NewFolderOf(std::string_view bucket) {
  static std::atomic<int> folders = 0;
  return StrCat(bucket, "/out ", ++folders);
}

inline Bucket BucketOnMinio() {
  static const S3Server& server = *new S3Server("minio");
  return {server.Open(TransportToBuckets()), NewFolderOf("s3://bucket"), nullptr};
}

inline Bucket BucketOnVersitygw() {
  static const S3Server& server = *new S3Server("versitygw");
  return {server.Open(TransportToBuckets()), NewFolderOf("s3://bucket"), nullptr};
}

inline Bucket BucketOnFakeGcsServer() {
  static const GcsServer& server = *new GcsServer("fake-gcs-server");
  return {server.Open(TransportToBuckets(), 1000), NewFolderOf("gs://bucket"), nullptr};
}

inline Bucket BucketOnAzurite() {
  static const AzureServer& server = *new AzureServer();
  return {server.Open(TransportToBuckets(), 1000), NewFolderOf("az://container"), nullptr};
}

// What is below `uri`, by name; of what begins with a dot only if `hidden`.
inline std::map<std::string, std::string> ObjectsBelow(ObjectStore& store, const std::string& uri, bool hidden) {
  std::map<std::string, std::string> objects;
  const auto listed = store.List(uri);
  if (!listed.ok()) return objects;
  for (const ObjectInfo& object : *listed) {
    if (object.name.starts_with('.') && !hidden) continue;
    const auto reader = store.Read(object.uri);
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::string& bytes = objects[object.name];
    bytes.resize((*reader)->size());
    EXPECT_TRUE((*reader)->ReadAt(0, bytes.data(), bytes.size()).ok());
  }
  return objects;
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_BUCKETS_H_
