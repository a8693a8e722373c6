#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_BLOBS_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_BLOBS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "model/object_store.h"
#include "objects/azure/azure_client.h"
#include "objects/azure/azure_uri.h"

namespace datahaul {

// The metadata in which the CRC-32C of a blob is kept: Azure has none of its own. Whoever replaces the blob's bytes
// replaces its metadata, too.
inline constexpr char kCrc32cMetadata[] = "datahaulcrc32c";

struct ListedBlob {
  std::string key;
  uint64_t size = 0;
  std::string version;
  std::optional<uint32_t> crc32c;
  Micros created = 0;  // 0 = not told
};

// Whole blobs, one request each. Safe for concurrent use.
class AzureBlobs {
 public:
  // `client` must outlive it.
  explicit AzureBlobs(AzureClient* client) : client_(client) {}

  absl::StatusOr<std::optional<ObjectInfo>> Stat(const AzureUri& blob);
  absl::Status Write(const AzureUri& blob, const ByteViews& bytes, const Precondition& when);
  absl::Status Delete(const AzureUri& blob, const Precondition& when = {});  // absent is fine
  // All blobs of the container whose keys begin with that of `prefix`, without folders that are kept as blobs.
  // `include` is "metadata", or "uncommittedblobs": also those that are nothing but blocks.
  absl::StatusOr<std::vector<ListedBlob>> List(std::string_view action, const AzureUri& prefix,
                                               const std::string& include);

 private:
  AzureClient* const client_;
};

// Makes a call conditional.
void AddPrecondition(const Precondition& when, AzureCall* call);
// The header that keeps a blob's checksum.
std::pair<std::string, std::string> Crc32cHeader(uint32_t crc32c);
// The header by which Azure checks what arrived.
std::pair<std::string, std::string> Crc64Header(const ByteViews& body);
// The blob, not its container.
bool IsAbsentBlob(const absl::Status& status);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_BLOBS_H_
