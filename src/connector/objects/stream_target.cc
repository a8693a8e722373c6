#include "connector/objects/stream_target.h"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr std::string_view kName = "-";

absl::Status WriteBytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote >= 0) {
      bytes.remove_prefix(static_cast<size_t>(wrote));
    } else if (errno == EAGAIN) {  // somebody shares it with us and wants it that way
      pollfd wait{fd, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return WithRetry(ErrnoError(errno, "writing to standard output"),
                       errno == ENOSPC ? Retry::kHuman : Retry::kNever);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status StreamTarget::Prepare(const JobContext& context) {
  DH_RETURN_IF_ERROR(context.StillHeld());
  uint64_t committed = 0;
  for (const Extent& extent : context.committed) committed += extent.length;
  std::lock_guard lock(mutex_);
  if (committed != written_) {
    return WithRetry(
        absl::FailedPreconditionError(StrCat(
            "continuing standard output: expected ", committed, " bytes written, found ", written_,
            "; what was written can't be taken back: run the job again, or give a folder, which can be resumed")),
        Retry::kNever);
  }
  placed_ = written_;
  failure_ = absl::OkStatus();
  return absl::OkStatus();
}

absl::Status StreamTarget::Place(EncodedSlice* slice) {
  std::lock_guard lock(mutex_);
  for (Piece& piece : slice->pieces()) {
    piece.extent.object = kName;
    piece.extent.mixed = true;
    piece.extent.ns = piece.extent.kind = "";
    piece.extent.offset = placed_;
    placed_ += piece.extent.length;
  }
  return absl::OkStatus();
}

absl::Status StreamTarget::Write(EncodedSlice* slice) {
  if (slice->pieces().empty()) return absl::OkStatus();
  std::unique_lock lock(mutex_);
  turn_.wait(lock, [&] { return !failure_.ok() || written_ == slice->pieces()[0].extent.offset; });
  if (!failure_.ok()) return failure_;
  lock.unlock();  // it stays this slice's turn until written_ moves
  const absl::Status status = WriteAll(*slice);
  lock.lock();
  if (status.ok()) {
    for (const Piece& piece : slice->pieces()) written_ += piece.extent.length;
  } else {
    failure_ = status;
  }
  slice->Release();
  turn_.notify_all();
  return status;
}

absl::Status StreamTarget::WriteAll(const EncodedSlice& slice) {
  for (const Piece& piece : slice.pieces()) {
    for (const Piece::Run& run : piece.runs) DH_RETURN_IF_ERROR(WriteBytes(fd_, slice.View(run)));
  }
  return absl::OkStatus();
}

void StreamTarget::Abandon() {
  std::lock_guard lock(mutex_);
  failure_ = WithRetry(absl::AbortedError("writing to standard output: an earlier slice was given up"), Retry::kTask);
  turn_.notify_all();
}

}  // namespace datahaul
