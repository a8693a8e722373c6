// Random-access bytes: what every decoder reads from.
#ifndef DATAHAUL_IO_BYTE_READER_H_
#define DATAHAUL_IO_BYTE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

struct ByteRange {
  uint64_t begin = 0;
  uint64_t end = 0;  // one past the last byte
  uint64_t size() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};

// Safe for concurrent use.
class ByteReader {
 public:
  virtual ~ByteReader() = default;

  // Reads up to `size` bytes at `offset` into `out`; fewer only at the end of the object (0 = at or past the end).
  // An object that turns out shorter than size() is an error (DATA_LOSS).
  virtual absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const = 0;

  // UINT64_MAX while it is not known: a compressed object's (see decompressing_reader.h), until its end has been read.
  virtual uint64_t size() const = 0;
  virtual const std::string& uri() const = 0;  // for error messages
  // Which state of the object all the bytes are of, as ObjectInfo names it; "" if the store has no names for them.
  virtual std::string_view version() const { return {}; }
};

}  // namespace datahaul

#endif  // DATAHAUL_IO_BYTE_READER_H_
