// Scratch space on disk that nobody has to clean up.
#ifndef DATAHAUL_REPORT_TEMP_FILE_H_
#define DATAHAUL_REPORT_TEMP_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace datahaul {

// A file without a name: gone with the object, or with the process. Not safe for concurrent use.
class TempFile {
 public:
  // In `folder`; "" = $TMPDIR, or /tmp.
  static absl::StatusOr<std::unique_ptr<TempFile>> Create(std::string_view folder);
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  absl::Status Append(std::string_view bytes);
  // Reads up to `size` bytes at `offset`; fewer only at the end.
  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const;
  uint64_t size() const { return size_; }

 private:
  TempFile(int fd, std::string folder) : fd_(fd), folder_(std::move(folder)) {}

  const int fd_;
  const std::string folder_;  // for messages
  uint64_t size_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_TEMP_FILE_H_
