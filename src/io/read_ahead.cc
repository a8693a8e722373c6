#include "io/read_ahead.h"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "base/status.h"
#include "base/stop.h"

namespace datahaul {

bool ReadAheadReader::InWindows(uint64_t offset) const {
  return !windows_.empty() && offset >= windows_.front().range.begin && offset <= windows_.back().range.end;
}

bool ReadAheadReader::BehindLast(uint64_t offset) const {
  return last_.size() > 0 && offset > last_.begin && offset <= last_.end;
}

// False if there is no thread to be had.
bool ReadAheadReader::Fetch(Window* window) const {
  try {
    window->fetching = std::async(
        std::launch::async, [this, range = window->range, out = window->bytes.get(), stop = StopScope::Current()] {
          const StopScope scope(stop);
          return inner_->ReadAt(range.begin, out, range.size());
        });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void ReadAheadReader::FetchUpTo(uint64_t end) const {
  const uint64_t limit = std::min(likely_.end, inner_->size());
  while (windows_.empty() || (windows_.back().range.end < std::min(limit, end + kAhead * kWindow))) {
    const uint64_t begin = windows_.empty() ? last_.begin : windows_.back().range.end;
    if (begin >= limit) return;
    Window& window = windows_.emplace_back();
    window.range = {begin, std::min(begin + kWindow, limit)};
    window.bytes = std::make_unique_for_overwrite<char[]>(window.range.size());
    if (!Fetch(&window)) return windows_.pop_back();
  }
}

absl::StatusOr<size_t> ReadAheadReader::FromWindows(uint64_t offset, char* out, size_t size) const {
  size_t done = 0;
  for (Window& window : windows_) {
    if (window.range.end <= offset + done) continue;
    if (done == size) break;
    if (window.fetching.valid()) window.fetched = window.fetching.get();
    if (!window.fetched.ok()) {
      absl::Status status = window.fetched.status();
      windows_.clear();  // waits for the rest; who reads again asks `inner`
      return status;
    }
    const uint64_t skip = offset + done - window.range.begin;
    if (*window.fetched <= skip) break;  // the object is shorter than it was: `inner` knows what to say
    const size_t part = std::min<uint64_t>(size - done, *window.fetched - skip);
    std::memcpy(out + done, window.bytes.get() + skip, part);
    done += part;
  }
  return done;
}

absl::StatusOr<size_t> ReadAheadReader::ReadAt(uint64_t offset, char* out, size_t size) const {
  if (offset >= inner_->size()) return 0;
  size = std::min<uint64_t>(size, inner_->size() - offset);
  size_t done = 0;
  {
    std::unique_lock lock(mutex_);
    const bool within = InWindows(offset);
    const bool next = size <= kWindow && (within || BehindLast(offset));
    last_ = {offset, offset + size};
    if (next) {
      if (!within) windows_.clear();  // the sequence goes on elsewhere
      while (!windows_.empty() && windows_.front().range.end <= offset) windows_.pop_front();
      FetchUpTo(offset + size);
      DH_ASSIGN_OR_RETURN(done, FromWindows(offset, out, size));
    }
  }
  if (done == size) return done;
  DH_ASSIGN_OR_RETURN(const size_t rest, inner_->ReadAt(offset + done, out + done, size - done));
  return done + rest;
}

}  // namespace datahaul
