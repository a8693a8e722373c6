// Parts of a list of objects that is thought of as one long run of bytes.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_SPAN_H_
#define DATAHAUL_CONNECTOR_OBJECTS_SPAN_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace datahaul {

// A place in a list of objects; also a cursor. Offsets in compressed objects count the bytes decompressed.
struct Position {
  uint64_t object = 0;
  uint64_t offset = 0;
  auto operator<=>(const Position&) const = default;
};

// The records that begin in [begin, end), read from `resume` on, which lies in begin's object at or after it. `begin`
// is where a decoder can begin; `resume` where an earlier one stopped.
struct Span {
  Position begin;
  uint64_t resume = 0;
  Position end;
  bool operator==(const Span&) const = default;
};

std::string ToText(const Position& position);  // "3:65536"
std::optional<Position> ParsePosition(std::string_view text);
std::string ToText(const Span& span);  // "3:65536@70000-5:0"
std::optional<Span> ParseSpan(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_SPAN_H_
