// Lines in a local file: read in turn with a small buffer, or written so that they are all there or none.
#ifndef DATAHAUL_REPORT_LINE_FILE_H_
#define DATAHAUL_REPORT_LINE_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "io/file.h"

namespace datahaul {

// Not safe for concurrent use.
class LineFileReader {
 public:
  static absl::StatusOr<LineFileReader> Open(const std::string& path);

  // The next line without its end, valid until the next call; nothing at the end. A last line without an end is
  // DATA_LOSS.
  absl::StatusOr<std::optional<std::string_view>> Next();

  const std::string& path() const { return file_.path(); }
  uint64_t offset() const { return offset_ - (buffer_.size() - at_); }  // where the next line begins

 private:
  explicit LineFileReader(File file) : file_(std::move(file)) {}
  absl::StatusOr<size_t> Fill();

  File file_;
  ByteBuffer buffer_;
  size_t at_ = 0;        // the next line begins here
  uint64_t offset_ = 0;  // in the file, of the buffer's end
};

// Not safe for concurrent use. Without Commit, nothing but a temporary file PATH.partial is left.
class LineFileWriter {
 public:
  static absl::StatusOr<LineFileWriter> Create(const std::string& path);

  absl::Status Append(std::string_view line);  // without its end
  // Syncs, and gives the file its name. The name is durable after SyncFolder.
  absl::Status Commit();

 private:
  LineFileWriter(std::string path, File file) : path_(std::move(path)), file_(std::move(file)) {}
  absl::Status Flush();

  std::string path_;
  File file_;
  ByteBuffer pending_;
  uint64_t written_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_LINE_FILE_H_
