// The places of a kind's records and what was counted at each, in flat arrays: some 70 bytes a place, names included.
#ifndef DATAHAUL_SCHEMA_FIELD_TABLE_H_
#define DATAHAUL_SCHEMA_FIELD_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/value.h"

namespace datahaul {

// What a value is counted as: its type, whether it is indexed, and its meaning, just as they lie in a Value.
namespace value_tag {
inline constexpr uint32_t kTypeMask = 0xff, kIndexed = 0x100, kMixed = 0x200;  // kMixed: meanings differ
inline constexpr uint32_t kCellMask = kTypeMask | kIndexed;                    // what has a count of its own
inline constexpr int kMeaningShift = 16;
// Not values but facts about some of them, counted the same way: integers that no double holds exactly, maps with a
// key of their own.
inline constexpr uint32_t kInexactInteger = 16, kKeyedMap = 17;

inline uint32_t Of(const Value& value) { return LoadLE<uint32_t>(&value); }
static_assert(offsetof(Value, type) == 0 && offsetof(Value, indexed) == 1 && offsetof(Value, meaning) == 2);
}  // namespace value_tag

// A tree of places: 0 is the record itself, others are fields of maps and elements of lists. Copyable. Not safe for
// concurrent use.
//
// A map whose names are data (ids, dates) must not eat up the memory: a place with more places below it than MostPlaces
// allows is `open`, and what is below it is forgotten. An open place weighs on those above it what it weighed when it
// was opened, so that what is open depends on the set of places seen, and never on the order in which they were.
class FieldTable {
 public:
  static constexpr uint32_t kNone = 0;  // no place: the root is nobody's field
  static constexpr uint32_t kRoot = 0;

  // Of a kind's own properties.
  static constexpr uint32_t kMostFields = 15'000;
  // Below a place `depth` levels below the record. Long names count more.
  static constexpr uint32_t MostPlaces(int depth) {
    if (depth == 0) return 100'000;
    return depth < 5 ? 16'000u >> depth : 500;
  }

  // Opens places with too much below them.
  FieldTable() : FieldTable(~size_t{0}, nullptr) {}
  // Opens none, but leaves out new places beyond `most`, or when *shared_left, which several tables count down, is 0.
  FieldTable(size_t most, size_t* shared_left);

  // Whether `place` is a field of this name, which may be read 8 bytes past its end, here and below. The root is none.
  bool Is(uint32_t place, std::string_view name) const {
    const Node& node = nodes_[place];
    return node.name_size == name.size() && SameText(names_.data() + node.name, name.data(), name.size());
  }
  // Which field came first in the last map here, or after this field: a guess for the next one.
  uint32_t FirstGuess(uint32_t parent) const { return nodes_[parent].guess; }
  uint32_t NextGuess(uint32_t field) const { return nodes_[field].follow; }
  // The field of `parent`, behind `previous` (or kNone) in its map; added if new. kNone if there is no place for it.
  uint32_t Field(uint32_t parent, uint32_t previous, std::string_view name);
  uint32_t Elements(uint32_t parent);

  // Counts a value (or `count` of them) with this tag.
  void Count(uint32_t place, uint32_t tag) {
    Node& node = nodes_[place];
    if (node.tag == tag) {
      ++node.count;
    } else {
      CountOther(place, tag, 1);
    }
  }
  void Count(uint32_t place, uint32_t tag, uint64_t count) { CountOther(place, tag, count); }
  void Open(uint32_t place);
  void Merge(const FieldTable& from);

  // Looking at it:
  bool complete() const { return complete_; }  // false once a place was left out
  bool open(uint32_t place) const { return nodes_[place].children == kOpen; }
  std::string_view name(uint32_t field) const { return {names_.data() + nodes_[field].name, nodes_[field].name_size}; }
  std::vector<uint32_t> Fields(uint32_t parent) const;  // by name, bytewise
  bool has_fields(uint32_t parent) const { return nodes_[parent].first != kNone; }
  uint32_t elements(uint32_t parent) const { return nodes_[parent].elements; }  // or kNone
  // What was counted: at most one cell for each type and indexed or not. In no order.
  template <typename Visit>  // void(uint32_t tag, uint64_t count)
  void EachCell(uint32_t place, Visit visit) const {
    const Node& node = nodes_[place];
    if (node.count != 0) visit(node.tag, node.count);
    for (uint32_t cell = node.cells; cell != kNone; cell = cells_[cell].next)
      visit(cells_[cell].tag, cells_[cell].count);
  }
  size_t bytes_held() const;

 private:
  static constexpr uint32_t kOpen = ~uint32_t{0};    // in `children`
  static constexpr uint32_t kNoName = ~uint32_t{0};  // in `name_size`
  static constexpr uint32_t kNarrow = 16;            // so many fields are looked through, more are hashed

  struct Node {
    uint64_t count = 0;  // of values with `tag`; the other cells are in a list
    uint32_t tag = 0;
    uint32_t cells = kNone;
    uint32_t name = 0, name_size = kNoName;
    uint32_t parent = kNone;
    uint32_t next = kNone, first = kNone, children = 0;  // a map's fields, about in the order in which they are stored
    uint32_t elements = kNone;
    uint32_t guess = kNone, follow = kNone;
    uint32_t places = 0;  // below it
  };
  struct Cell {
    uint64_t count;
    uint32_t tag;
    uint32_t next;
  };

  static bool SameText(const char* a, const char* b, size_t size) {
    for (; size > 8; a += 8, b += 8, size -= 8) {
      if (LoadLE<uint64_t>(a) != LoadLE<uint64_t>(b)) return false;
    }
    return (LoadLE<uint64_t>(a) ^ LoadLE<uint64_t>(b)) << (8 * (8 - size) & 63) == 0 || size == 0;
  }
  void CountOther(uint32_t place, uint32_t tag, uint64_t count);
  uint32_t Find(uint32_t parent, uint32_t previous, std::string_view name) const;
  uint32_t Add(uint32_t parent, std::string_view name);
  void Link(uint32_t parent, uint32_t previous, uint32_t field);
  bool TakePlaces(uint32_t parent, uint32_t count);
  bool AddWeight(uint32_t place, uint32_t weight);
  void Forget(uint32_t place);
  void MergePlace(const FieldTable& from, uint32_t from_place, uint32_t place);
  void Index(uint32_t field);
  size_t IndexSlot(uint32_t parent, std::string_view name) const;

  std::vector<Node> nodes_;
  std::vector<Cell> cells_;      // [0] is unused
  std::string names_;            // and 8 bytes that may be read
  std::vector<uint32_t> index_;  // fields of maps that are not narrow, by hash; a power of two, half of it free
  uint32_t indexed_ = 0;
  bool complete_ = true;
  size_t left_;
  size_t* shared_left_;
};

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_FIELD_TABLE_H_
