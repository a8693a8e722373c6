#include "connector/objects/splitter.h"

#include <algorithm>

namespace datahaul {

Span Splitter::Rest(const Span& span, const Position& cursor) const {
  if (cursor <= Position{span.begin.object, span.resume}) return span;
  if (cursor.offset >= EndIn(span, cursor.object)) return {{cursor.object + 1, 0}, 0, span.end};
  // Strictly before the cursor: a decoder that begins at its range's first byte passes over the end of a record of the
  // range before, and a cursor is no such place.
  const uint64_t unit = traits_.split_unit;
  uint64_t begin = cursor.object == span.begin.object ? span.begin.offset : 0;
  if (CanCut(objects_[cursor.object]) && cursor.offset > 0) begin = std::max(begin, (cursor.offset - 1) / unit * unit);
  return {{cursor.object, begin}, cursor.offset, span.end};
}

uint64_t Splitter::EndIn(const Span& span, uint64_t object) const {
  if (object == span.end.object) return span.end.offset;
  return objects_[object].compression == Compression::kNone ? objects_[object].size : UINT64_MAX;
}

std::vector<SizedSpan> Splitter::Split(const Span& span, uint64_t target) const {
  std::vector<SizedSpan> pieces;
  SizedSpan piece{span, 0};
  const auto cut = [&](const Position& at) {
    piece.span.end = at;
    pieces.push_back(piece);
    piece = {{at, at.offset, span.end}, 0};
  };
  for (uint64_t i = span.begin.object; i < objects_.size() && Position{i, 0} < span.end; ++i) {
    uint64_t from = i == span.begin.object ? span.resume : 0;
    if (!CanCut(objects_[i])) {
      piece.bytes += objects_[i].size;
    } else {
      const uint64_t end = EndIn(span, i), unit = traits_.split_unit;
      while (from < end && piece.bytes + (end - from) > target) {
        const uint64_t at = (from + (target - piece.bytes) + unit - 1) / unit * unit;
        if (at >= end) break;
        piece.bytes += at - from;
        from = at;
        cut({i, at});
      }
      piece.bytes += end - std::min(from, end);
    }
    if (piece.bytes >= target && Position{i + 1, 0} < span.end) cut({i + 1, 0});
  }
  if (piece.span.begin < span.end) pieces.push_back(piece);
  return pieces;
}

}  // namespace datahaul
