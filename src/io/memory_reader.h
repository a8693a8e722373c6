// Bytes in memory as a ByteReader.
#ifndef DATAHAUL_IO_MEMORY_READER_H_
#define DATAHAUL_IO_MEMORY_READER_H_

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "io/byte_reader.h"

namespace datahaul {

// Safe for concurrent use. The bytes belong to the caller and must outlive it.
class MemoryReader final : public ByteReader {
 public:
  MemoryReader(std::string uri, std::string_view bytes) : uri_(std::move(uri)), bytes_(bytes) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    if (offset >= bytes_.size()) return size_t{0};
    const std::string_view part = bytes_.substr(offset, size);
    std::memcpy(out, part.data(), part.size());
    return part.size();
  }
  uint64_t size() const override { return bytes_.size(); }
  const std::string& uri() const override { return uri_; }

 private:
  std::string uri_;
  std::string_view bytes_;
};

}  // namespace datahaul

#endif  // DATAHAUL_IO_MEMORY_READER_H_
