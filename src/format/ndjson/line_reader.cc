#include "format/ndjson/line_reader.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

// What is read beyond the range's end at a time, to find the end of its last line.
constexpr size_t kTail = 16 << 10;

}  // namespace

LineReader::LineReader(const ByteReader* reader, uint64_t begin, uint64_t end, uint64_t chunk)
    : reader_(reader),
      end_(end),
      chunk_(static_cast<size_t>(std::clamp<uint64_t>(chunk, 1, kLongestLine))),
      offset_(begin),
      position_(begin == 0 ? 0 : begin - 1),
      must_skip_(begin > 0) {}

absl::Status LineReader::Next(ByteBuffer* lines) {
  lines->clear();
  if (must_skip_) DH_RETURN_IF_ERROR(SkipPartialLine());
  must_skip_ = false;
  offset_ = position_ - rest_.size();
  if (done_ || offset_ >= end_) return absl::OkStatus();
  lines->Append(rest_.view());
  rest_.clear();
  size_t whole = 0;
  while (whole == 0 && !done_) {
    if (lines->size() > kLongestLine) {
      return DataError(StrCat("reading ", reader_->uri(), " at byte ", offset_, ": expected lines of at most ",
                              kLongestLine, " bytes, found a longer one"));
    }
    DH_RETURN_IF_ERROR(ReadMore(NextStep(*lines), lines));
    whole = WholeLines(*lines);
  }
  rest_.Append(lines->view().substr(whole));
  lines->resize(whole);
  lines->Reserve(0);  // for the slack alone, if there is nothing else
  std::memset(lines->end(), 0, kSlack);
  return absl::OkStatus();
}

absl::Status LineReader::SkipPartialLine() {
  // The byte before the range is looked at too: a line end there means that a line begins right with the range.
  while (position_ + 1 < end_ && !at_end_) {
    const uint64_t from = position_;
    rest_.clear();
    DH_RETURN_IF_ERROR(ReadMore(static_cast<size_t>(std::min<uint64_t>(chunk_, end_ - position_)), &rest_));
    const size_t line_end = rest_.view().find('\n');
    if (line_end == std::string_view::npos) continue;
    ByteBuffer after;
    after.Append(rest_.view().substr(line_end + 1));
    std::swap(rest_, after);
    done_ = from + line_end + 1 >= end_;
    return absl::OkStatus();
  }
  rest_.clear();
  done_ = true;
  return absl::OkStatus();
}

absl::Status LineReader::ReadMore(size_t size, ByteBuffer* lines) {
  lines->Reserve(size);
  auto got = reader_->ReadAt(position_, lines->end(), size);
  if (!got.ok()) return std::move(got).status();
  lines->Advance(*got);
  position_ += *got;
  at_end_ = *got < size;
  return absl::OkStatus();
}

size_t LineReader::NextStep(const ByteBuffer& lines) const {
  const uint64_t left_in_range = end_ > position_ ? end_ - position_ : kTail;
  const size_t step = static_cast<size_t>(std::min<uint64_t>(left_in_range, chunk_));
  // A line that outgrows the chunk is read in ever larger steps.
  return std::min(std::max(step, lines.size()), kLongestLine + 1 - lines.size());
}

size_t LineReader::WholeLines(const ByteBuffer& lines) {
  const std::string_view text = lines.view();
  if (offset_ + text.size() >= end_) {
    const size_t last = text.find('\n', end_ - 1 - offset_);  // ends the line that holds the range's last byte
    if (last != std::string_view::npos) {
      done_ = true;
      return last + 1;
    }
  }
  if (at_end_) {
    done_ = true;
    return text.size();
  }
  const size_t last = text.rfind('\n');
  return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace datahaul
