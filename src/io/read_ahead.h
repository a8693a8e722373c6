// Fetching ahead from where bytes are far away.
#ifndef DATAHAUL_IO_READ_AHEAD_H_
#define DATAHAUL_IO_READ_AHEAD_H_

#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "io/byte_reader.h"

namespace datahaul {

// `inner`, of which the bytes in `likely` that come next are fetched in windows, several at once, as soon as two reads
// came one behind the other: fetching overlaps with what is done with the bytes. Reads elsewhere, and those of more
// than a window, which are large enough by themselves, go straight to `inner`; so do all while there are no threads to
// be had. Holds 10 MiB at most. Safe for concurrent use; but only one thread gains by it.
class ReadAheadReader final : public ByteReader {
 public:
  static constexpr uint64_t kWindow = 2 << 20;
  static constexpr size_t kAhead = 3;  // windows that are fetched, or wait, behind the one being read

  ReadAheadReader(std::unique_ptr<ByteReader> inner, ByteRange likely) : inner_(std::move(inner)), likely_(likely) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override;
  uint64_t size() const override { return inner_->size(); }
  const std::string& uri() const override { return inner_->uri(); }
  std::string_view version() const override { return inner_->version(); }

 private:
  struct Window {
    ByteRange range;
    std::unique_ptr<char[]> bytes;
    std::future<absl::StatusOr<size_t>> fetching;
    absl::StatusOr<size_t> fetched = 0;  // once `fetching` has been waited for
  };

  bool InWindows(uint64_t offset) const;
  bool BehindLast(uint64_t offset) const;
  bool Fetch(Window* window) const;
  void FetchUpTo(uint64_t end) const;
  absl::StatusOr<size_t> FromWindows(uint64_t offset, char* out, size_t size) const;

  const std::unique_ptr<ByteReader> inner_;
  const ByteRange likely_;
  mutable std::mutex mutex_;
  // Guarded by mutex_: the last read; and what is fetched, without gaps. Windows stay until a read begins behind them:
  // decoders read the end of a piece again, as the beginning of the next.
  mutable ByteRange last_;
  mutable std::deque<Window> windows_;
};

}  // namespace datahaul

#endif  // DATAHAUL_IO_READ_AHEAD_H_
