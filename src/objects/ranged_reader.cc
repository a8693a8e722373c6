#include "objects/ranged_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr uint64_t kHeadBytes = 1 << 20;

struct ContentRange {
  uint64_t begin = 0, total = 0;
};

// "bytes 0-9/100"
std::optional<ContentRange> ParseContentRange(std::string_view text) {
  ContentRange range;
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, range.begin).ec != std::errc()) return std::nullopt;
  if (std::from_chars(text.data() + slash + 1, end, range.total).ptr != end) return std::nullopt;
  return range;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteReader>> RangedReader::Open(std::unique_ptr<RangedObject> object, ByteRange likely,
                                                               const std::string& version) {
  std::unique_ptr<RangedReader> reader(new RangedReader(std::move(object)));
  const uint64_t want = std::clamp<uint64_t>(likely.end > likely.begin ? likely.size() : 1, 1, kHeadBytes);
  const absl::StatusOr<HttpResponse> response = reader->object_->Get(
      {likely.begin, likely.begin + want}, version, [&reader](const HttpResponse&, std::string_view bytes) {
        reader->head_ += bytes;
        return reader->head_.size() <= kHeadBytes;
      });
  if (response.status().code() == absl::StatusCode::kOutOfRange) {
    // Nothing of it is where the reading was to begin: it has no bytes there, perhaps none at all.
    DH_RETURN_IF_ERROR(reader->Look());
    return reader;
  }
  DH_RETURN_IF_ERROR(response.status());
  const auto range = ParseContentRange(HeaderOf(response->headers, "content-range"));
  if (response->status != 206 || !range || range->begin != likely.begin) return reader->Unexpected(*response);
  reader->version_ = reader->object_->VersionIn(*response);
  if (reader->version_.empty()) {  // of which these bytes are is not known, either
    reader->head_.clear();
    DH_RETURN_IF_ERROR(reader->Look());
    return reader;
  }
  reader->size_ = range->total;
  reader->head_begin_ = likely.begin;
  return reader;
}

absl::Status RangedReader::Look() {
  DH_ASSIGN_OR_RETURN(RangedObject::Attributes found, object_->Look());
  // Without one nobody could tell whether all ranges are of the same bytes.
  if (found.version.empty()) {
    return DataError(StrCat("reading ", uri_, ": expected its version, the store does not tell it"));
  }
  version_ = std::move(found.version);
  size_ = found.size;
  return absl::OkStatus();
}

bool RangedReader::IsRange(const HttpResponse& head, uint64_t offset) const {
  const auto range = ParseContentRange(HeaderOf(head.headers, "content-range"));
  return head.status == 206 && range && range->begin == offset && range->total == size_ &&
         object_->VersionIn(head) == version_;
}

absl::Status RangedReader::Unexpected(const HttpResponse& response) const {
  return DataError(StrCat("reading ", uri_, ": expected the range that was asked for, found status ", response.status,
                          " with the range \"", HeaderOf(response.headers, "content-range"), "\" of version ",
                          object_->VersionIn(response)));
}

absl::StatusOr<size_t> RangedReader::ReadAt(uint64_t offset, char* out, size_t size) const {
  if (offset >= size_ || size == 0) return 0;
  size = std::min<uint64_t>(size, size_ - offset);
  size_t done = 0;
  if (offset >= head_begin_ && offset < head_begin_ + head_.size()) {
    const std::string_view part = std::string_view(head_).substr(offset - head_begin_, size);
    std::memcpy(out, part.data(), part.size());
    done = part.size();
  }
  if (done == size) return done;
  absl::StatusOr<size_t> got = Fetch(offset + done, out + done, size - done);
  if (!got.ok() && done > 0 && RetryOf(got.status()) == Retry::kCall) return done;
  DH_RETURN_IF_ERROR(got.status());
  return done + *got;
}

absl::StatusOr<size_t> RangedReader::Fetch(uint64_t offset, char* out, size_t size) const {
  size_t got = 0;
  bool right = true;
  const auto response =
      object_->Get({offset, offset + size}, version_, [&](const HttpResponse& head, std::string_view bytes) {
        // Before the first byte: the connection may break after it.
        right = IsRange(head, offset) && bytes.size() <= size - got;
        if (!right) return false;
        std::memcpy(out + got, bytes.data(), bytes.size());
        got += bytes.size();
        return true;
      });
  const absl::StatusCode code = response.status().code();
  const bool gone = code == absl::StatusCode::kNotFound || code == absl::StatusCode::kOutOfRange;
  if (gone || code == absl::StatusCode::kAborted) {
    return HumanError(StrCat("reading ", uri_, " at byte ", offset, ": it ", gone ? "was deleted" : "changed",
                             " while being read; restore it and resume the job, or begin a new one"));
  }
  if (!response.ok()) {
    if (got > 0 && RetryOf(response.status()) == Retry::kCall) return got;
    return Annotate(response.status(), StrCat("at byte ", offset));
  }
  if (!right || got != size) return Unexpected(*response);
  return got;
}

}  // namespace datahaul
