#include "report/run_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace datahaul {
namespace {

constexpr size_t kWriteBytes = 256 << 10;
constexpr size_t kReadBytes = 64 << 10;
using Length = uint32_t;  // before each entry

class RunReader final : public EntryStream {
 public:
  RunReader(const TempFile* file, ByteRange range) : file_(file), range_(range) {}

  absl::StatusOr<std::optional<std::string_view>> Next() override {
    if (at_ == buffer_.size() && range_.size() == 0) return std::nullopt;
    DH_RETURN_IF_ERROR(Need(sizeof(Length)));
    const size_t length = LoadLE<Length>(buffer_.data() + at_);
    DH_RETURN_IF_ERROR(Need(sizeof(Length) + length));
    const std::string_view entry(buffer_.data() + at_ + sizeof(Length), length);
    at_ += sizeof(Length) + length;
    return entry;
  }

 private:
  // Makes `size` bytes from at_ on available.
  absl::Status Need(size_t size) {
    const size_t held = buffer_.size() - at_;
    if (held >= size) return absl::OkStatus();
    if (held != 0) std::memmove(buffer_.data(), buffer_.data() + at_, held);
    buffer_.resize(held);
    at_ = 0;
    const size_t more = std::min<uint64_t>(std::max(size - held, kReadBytes), range_.size());
    buffer_.Reserve(more);
    DH_ASSIGN_OR_RETURN(const size_t read, file_->ReadAt(range_.begin, buffer_.end(), more));
    buffer_.Advance(read);
    range_.begin += read;
    if (buffer_.size() < size) return InternalError("reading a temporary file: it is shorter than what was written");
    return absl::OkStatus();
  }

  const TempFile* const file_;
  ByteRange range_;  // not read yet
  ByteBuffer buffer_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RunFile>> RunFile::Create(std::string_view temp_folder) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<TempFile> file, TempFile::Create(temp_folder));
  return std::unique_ptr<RunFile>(new RunFile(std::move(file)));
}

absl::Status RunFile::Append(std::string_view entry) {
  pending_.Reserve(sizeof(Length) + entry.size());
  StoreLE(pending_.end(), static_cast<Length>(entry.size()));
  pending_.Advance(sizeof(Length));
  pending_.Append(entry);
  return pending_.size() < kWriteBytes ? absl::OkStatus() : Flush();
}

absl::Status RunFile::EndRun() {
  DH_RETURN_IF_ERROR(Flush());
  runs_.push_back({run_begin_, file_->size()});
  run_begin_ = file_->size();
  return absl::OkStatus();
}

absl::Status RunFile::Flush() {
  DH_RETURN_IF_ERROR(file_->Append(pending_.view()));
  pending_.clear();
  return absl::OkStatus();
}

std::unique_ptr<EntryStream> RunFile::Read(size_t run) const {
  return std::make_unique<RunReader>(file_.get(), runs_[run]);
}

}  // namespace datahaul
