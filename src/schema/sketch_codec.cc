// Encode and DecodeKindSketch.
//
//   sketch = version (1), records, deletions, unknown, keys by id (3), place
//   place  = flags (1: open, 2: has fields, 4: has elements), number of cells, cell…, [number of fields, (name's size,
//            name, place)…], [place of the elements]
//   cell   = type | indexed << 5 | mixed meanings << 6 (a byte), [meaning, unless mixed], count
//
// Numbers are varints; cells ascend by their byte without the mixed bit, names bytewise.
#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "schema/sketch.h"

namespace datahaul {
namespace {

constexpr uint64_t kVersion = 1;
constexpr int kDeepest = 250;  // places in places: maps nest 100 deep, lists between them
constexpr uint8_t kOpenFlag = 1, kFieldsFlag = 2, kElementsFlag = 4;
constexpr uint8_t kIndexedBit = 0x20, kMixedBit = 0x40;

void PutNumber(uint64_t number, std::string* out) {
  for (; number > 0x7f; number >>= 7) *out += static_cast<char>(number | 0x80);
  *out += static_cast<char>(number);
}

void PutCells(const FieldTable& table, uint32_t place, std::string* out) {
  std::vector<std::pair<uint32_t, uint64_t>> cells;
  table.EachCell(place, [&](uint32_t tag, uint64_t count) { cells.emplace_back(tag, count); });
  const auto order = [](uint32_t tag) {
    return (tag & value_tag::kTypeMask) | ((tag & value_tag::kIndexed) != 0 ? kIndexedBit : 0u);
  };
  std::sort(cells.begin(), cells.end(), [&](const auto& a, const auto& b) { return order(a.first) < order(b.first); });
  PutNumber(cells.size(), out);
  for (const auto& [tag, count] : cells) {
    const bool mixed = (tag & value_tag::kMixed) != 0;
    *out += static_cast<char>(order(tag) | (mixed ? kMixedBit : 0u));
    if (!mixed) PutNumber(tag >> value_tag::kMeaningShift, out);
    PutNumber(count, out);
  }
}

void PutPlace(const FieldTable& table, uint32_t place, std::string* out) {
  const uint32_t elements = table.elements(place);
  const bool fields = table.has_fields(place);
  *out += static_cast<char>((table.open(place) ? kOpenFlag : 0) | (fields ? kFieldsFlag : 0) |
                            (elements != FieldTable::kNone ? kElementsFlag : 0));
  PutCells(table, place, out);
  if (fields) {
    const std::vector<uint32_t> sorted = table.Fields(place);
    PutNumber(sorted.size(), out);
    for (const uint32_t field : sorted) {
      PutNumber(table.name(field).size(), out);
      out->append(table.name(field));
      PutPlace(table, field, out);
    }
  }
  if (elements != FieldTable::kNone) PutPlace(table, elements, out);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  bool Read(KindSketch* sketch) {
    uint64_t version;
    if (!Number(&version) || version != kVersion) return Fail(StrCat("version ", kVersion));
    for (uint64_t* number : {&sketch->records, &sketch->deletions, &sketch->unknown, &sketch->keys[0], &sketch->keys[1],
                             &sketch->keys[2]}) {
      if (!Number(number)) return false;
    }
    if (!Place(FieldTable::kRoot, 0, &sketch->table)) return false;
    return left_.empty() || Fail("the end");
  }
  const std::string& expected() const { return expected_; }
  size_t left() const { return left_.size(); }

 private:
  bool Fail(std::string expected) {
    if (expected_.empty()) expected_ = std::move(expected);
    return false;
  }
  bool Byte(uint8_t* byte) {
    if (left_.empty()) return Fail("more bytes");
    *byte = static_cast<uint8_t>(left_.front());
    left_.remove_prefix(1);
    return true;
  }
  bool Number(uint64_t* number) {
    *number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t byte;
      if (!Byte(&byte)) return false;
      if (shift == 63 && byte > 1) break;
      *number |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return byte != 0 || shift == 0 || Fail("a number in its shortest form");
    }
    return Fail("a number of 64 bits");
  }
  // Copied, as a table reads a little past the ends of names.
  bool Name() {
    uint64_t size;
    if (!Number(&size)) return false;
    if (size > left_.size()) return Fail("more bytes");
    name_.clear();
    name_.append(left_.substr(0, static_cast<size_t>(size)));
    name_.append(8, '\0');
    left_.remove_prefix(static_cast<size_t>(size));
    return true;
  }

  bool Cells(uint32_t place, FieldTable* table) {
    uint64_t cells, meaning = 0, count;
    if (!Number(&cells)) return false;
    for (int last = -1; cells != 0; --cells) {
      uint8_t byte;
      if (!Byte(&byte)) return false;
      const int order = byte & ~kMixedBit;
      const uint32_t type = byte & 0x1f;
      if (byte > 0x7f || order <= last || type > value_tag::kKeyedMap) return Fail("ascending types");
      last = order;
      const bool mixed = (byte & kMixedBit) != 0;
      if (!mixed && !Number(&meaning)) return false;
      if (!mixed && meaning > 0xffff) return Fail("a meaning up to 65535");
      if (!Number(&count)) return false;
      if (count == 0) return Fail("a count");
      const auto high = mixed ? value_tag::kMixed : static_cast<uint32_t>(meaning) << value_tag::kMeaningShift;
      table->Count(place, type | ((byte & kIndexedBit) != 0 ? value_tag::kIndexed : 0) | high, count);
    }
    return true;
  }

  bool Place(uint32_t place, int depth, FieldTable* table) {
    uint8_t flags;
    if (depth > kDeepest) return Fail(StrCat("at most ", kDeepest, " levels"));
    if (!Byte(&flags)) return false;
    if (flags > kOpenFlag && (flags & ~(kFieldsFlag | kElementsFlag)) != 0) return Fail("flags");
    if (!Cells(place, table)) return false;
    if (flags == kOpenFlag) table->Open(place);
    if ((flags & kFieldsFlag) != 0 && !Fields(place, depth, table)) return false;
    if ((flags & kElementsFlag) == 0) return true;
    const uint32_t elements = table->Elements(place);
    return elements != FieldTable::kNone ? Place(elements, depth + 1, table) : Fail("fewer places");
  }

  bool Fields(uint32_t place, int depth, FieldTable* table) {
    uint64_t fields;
    if (!Number(&fields)) return false;
    if (fields == 0) return Fail("a field");
    uint32_t previous = FieldTable::kNone;
    for (; fields != 0; --fields) {
      if (!Name()) return false;
      const std::string_view name(name_.data(), name_.size() - 8);
      if (previous != FieldTable::kNone && name <= table->name(previous)) return Fail("ascending names");
      previous = table->Field(place, previous, name);
      if (previous == FieldTable::kNone) return Fail("fewer places");
      if (!Place(previous, depth + 1, table)) return false;
    }
    return true;
  }

  std::string_view left_;
  std::string name_;  // and 8 bytes
  std::string expected_;
};

}  // namespace

std::string Encode(const KindSketch& sketch) {
  std::string out;
  for (const uint64_t number :
       {kVersion, sketch.records, sketch.deletions, sketch.unknown, sketch.keys[0], sketch.keys[1], sketch.keys[2]}) {
    PutNumber(number, &out);
  }
  PutPlace(sketch.table, FieldTable::kRoot, &out);
  return out;
}

absl::StatusOr<KindSketch> DecodeKindSketch(std::string_view bytes) {
  absl::StatusOr<KindSketch> sketch{KindSketch()};
  Reader reader(bytes);
  if (reader.Read(&*sketch)) return sketch;
  return DataError(StrCat("reading a schema sketch at byte ", bytes.size() - reader.left(), " of ", bytes.size(),
                          ": expected ", reader.expected()));
}

}  // namespace datahaul
