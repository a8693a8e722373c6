#include "report/file_check.h"

#include <memory>
#include <optional>

#include "absl/strings/str_format.h"

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "io/byte_reader.h"
#include "io/checksum.h"
#include "io/folder.h"

namespace datahaul {
namespace {

constexpr size_t kReadBytes = 1 << 20;

class FileChecker {
 public:
  FileChecker(ObjectStore& store, const std::function<void(uint64_t bytes)>& on_read)
      : store_(store), on_read_(on_read) {
    buffer_.Reserve(kReadBytes);
  }

  // What is wrong with the object at `uri`; "" if nothing is.
  absl::StatusOr<std::string> Check(const std::string& uri, const ManifestObject& expected) {
    DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> found, store_.Stat(uri));
    if (!found) return StrCat(uri, ": the manifest lists it, but there is no such file");
    if (found->size != expected.bytes) {
      return StrCat(uri, ": expected ", expected.bytes, " bytes as in the manifest, found ", found->size);
    }
    DH_ASSIGN_OR_RETURN(const uint32_t crc, ReadAll(uri));
    if (crc == expected.crc32c) return std::string();
    return StrCat(uri, absl::StrFormat(": expected CRC32C %08x as in the manifest, found %08x", expected.crc32c, crc));
  }

 private:
  absl::StatusOr<uint32_t> ReadAll(const std::string& uri) {
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store_.Read(uri));
    uint32_t crc = 0;
    for (uint64_t offset = 0; offset < reader->size();) {
      DH_ASSIGN_OR_RETURN(const size_t read, reader->ReadAt(offset, buffer_.data(), kReadBytes));
      crc = Crc32c({buffer_.data(), read}, crc);
      offset += read;
      if (on_read_) on_read_(read);
    }
    return crc;
  }

  ObjectStore& store_;
  const std::function<void(uint64_t bytes)>& on_read_;
  ByteBuffer buffer_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> CheckFiles(ObjectStore& store, const std::string& folder,
                                                    const std::vector<ManifestObject>& objects,
                                                    const std::function<void(uint64_t bytes)>& on_read) {
  FileChecker checker(store, on_read);
  std::vector<std::string> problems;
  for (const ManifestObject& object : objects) {
    DH_ASSIGN_OR_RETURN(std::string problem, checker.Check(JoinPath(folder, object.name), object));
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
  return problems;
}

}  // namespace datahaul
