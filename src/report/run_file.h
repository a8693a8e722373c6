// Sorted runs of entries in one temporary file: what an external sort spills.
#ifndef DATAHAUL_REPORT_RUN_FILE_H_
#define DATAHAUL_REPORT_RUN_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "io/byte_reader.h"
#include "report/entry_stream.h"
#include "report/temp_file.h"

namespace datahaul {

// Runs are written one after the other, then read, many at once. Not safe for concurrent use.
class RunFile {
 public:
  static absl::StatusOr<std::unique_ptr<RunFile>> Create(std::string_view temp_folder);

  absl::Status Append(std::string_view entry);  // to the run being written
  absl::Status EndRun();

  size_t runs() const { return runs_.size(); }
  // The entries of a finished run. The file must outlive the stream.
  std::unique_ptr<EntryStream> Read(size_t run) const;

 private:
  explicit RunFile(std::unique_ptr<TempFile> file) : file_(std::move(file)) {}
  absl::Status Flush();

  std::unique_ptr<TempFile> file_;
  ByteBuffer pending_;
  uint64_t run_begin_ = 0;
  std::vector<ByteRange> runs_;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_RUN_FILE_H_
