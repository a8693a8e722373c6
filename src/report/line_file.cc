#include "report/line_file.h"

#include <cstring>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"

namespace datahaul {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kWriteBytes = 256 << 10;
constexpr std::string_view kPartial = ".partial";

}  // namespace

absl::StatusOr<LineFileReader> LineFileReader::Open(const std::string& path) {
  DH_ASSIGN_OR_RETURN(File file, File::Open(path, File::Mode::kRead));
  return LineFileReader(std::move(file));
}

absl::StatusOr<std::optional<std::string_view>> LineFileReader::Next() {
  size_t searched = 0;
  while (true) {
    const std::string_view held = buffer_.view().substr(at_);
    if (const size_t end = held.find('\n', searched); end != std::string_view::npos) {
      at_ += end + 1;
      return held.substr(0, end);
    }
    searched = held.size();
    DH_ASSIGN_OR_RETURN(const size_t more, Fill());
    if (more != 0) continue;
    if (held.empty()) return std::nullopt;
    return DataError(
        StrCat("reading ", path(), " at byte ", offset(), ": expected a line end, found the end of the file"));
  }
}

absl::StatusOr<size_t> LineFileReader::Fill() {
  const size_t held = buffer_.size() - at_;
  if (at_ != 0 && held != 0) std::memmove(buffer_.data(), buffer_.data() + at_, held);
  buffer_.resize(held);
  at_ = 0;
  buffer_.Reserve(kReadBytes);
  DH_ASSIGN_OR_RETURN(const size_t read, file_.ReadAt(offset_, buffer_.end(), kReadBytes));
  buffer_.Advance(read);
  offset_ += read;
  return read;
}

absl::StatusOr<LineFileWriter> LineFileWriter::Create(const std::string& path) {
  const std::string partial = StrCat(path, kPartial);
  DH_RETURN_IF_ERROR(RemoveFile(partial));
  DH_ASSIGN_OR_RETURN(File file, File::Open(partial, File::Mode::kCreateNew));
  return LineFileWriter(path, std::move(file));
}

absl::Status LineFileWriter::Append(std::string_view line) {
  pending_.Append(line);
  pending_.Append("\n");
  return pending_.size() < kWriteBytes ? absl::OkStatus() : Flush();
}

absl::Status LineFileWriter::Commit() {
  DH_RETURN_IF_ERROR(Flush());
  DH_RETURN_IF_ERROR(file_.Sync());
  return RenameFile(file_.path(), path_);
}

absl::Status LineFileWriter::Flush() {
  const std::string_view piece = pending_.view();
  DH_RETURN_IF_ERROR(file_.WriteAt(written_, {&piece, 1}));
  written_ += piece.size();
  pending_.clear();
  return absl::OkStatus();
}

}  // namespace datahaul
