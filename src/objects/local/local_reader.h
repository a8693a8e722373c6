#ifndef DATAHAUL_OBJECTS_LOCAL_LOCAL_READER_H_
#define DATAHAUL_OBJECTS_LOCAL_LOCAL_READER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"
#include "io/file.h"

namespace datahaul {

// A local file, read with pread: memory stays small whatever the file's size. The size is the one it had when it was
// opened; a file that ends earlier when read is DATA_LOSS. Safe for concurrent use.
class LocalReader : public ByteReader {
 public:
  static absl::StatusOr<std::unique_ptr<ByteReader>> Open(const std::string& path);

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override;
  uint64_t size() const override { return size_; }
  const std::string& uri() const override { return file_.path(); }

 private:
  LocalReader(File file, uint64_t size) : file_(std::move(file)), size_(size) {}

  const File file_;
  const uint64_t size_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_LOCAL_LOCAL_READER_H_
