#include <bit>

#include "schema/sketch.h"

namespace datahaul {
namespace {

// Up to this size every integer is exact as a double.
constexpr int64_t kExact = int64_t{1} << 53;

bool IsExactDouble(int64_t integer) {
  const uint64_t size = integer < 0 ? -static_cast<uint64_t>(integer) : static_cast<uint64_t>(integer);
  return size == 0 || std::bit_width(size) - std::countr_zero(size) <= 53;
}

// The hot loop: about 20 instructions for a field that is where it was in the record before.
class Adder {
 public:
  explicit Adder(FieldTable* table) : table_(*table) {}

  void AddFields(uint32_t place, const Map& map) {
    if (table_.open(place)) return;
    uint32_t previous = FieldTable::kNone, field = table_.FirstGuess(place);
    for (const Field *at = map.fields, *end = at + map.size; at != end; ++at) {
      if (!table_.Is(field, at->name)) [[unlikely]] {
        field = table_.Field(place, previous, at->name);
        if (field == FieldTable::kNone) {  // no room: the guess stays the one behind `previous`
          field = previous == FieldTable::kNone ? table_.FirstGuess(place) : table_.NextGuess(previous);
          continue;
        }
      }
      AddValue(field, at->value);
      previous = field;
      field = table_.NextGuess(field);
    }
  }

 private:
  void AddValue(uint32_t place, const Value& value) {
    table_.Count(place, value_tag::Of(value));
    if (value.type == Type::kInt) {
      if (static_cast<uint64_t>(value.integer) + kExact > 2 * uint64_t{kExact}) AddLargeInteger(place, value.integer);
    } else if (value.type == Type::kArray) {
      AddElements(place, value);
    } else if (value.type == Type::kMap) {
      if (value.map->key != nullptr) table_.Count(place, value_tag::kKeyedMap, 1);
      AddFields(place, *value.map);
    }
  }

  void AddElements(uint32_t place, const Value& value) {
    if (value.size == 0) return;
    const uint32_t elements = table_.Elements(place);
    if (elements == FieldTable::kNone) return;
    for (const Value *at = value.items, *end = at + value.size; at != end; ++at) AddValue(elements, *at);
  }

  void AddLargeInteger(uint32_t place, int64_t integer) {
    if (!IsExactDouble(integer)) table_.Count(place, value_tag::kInexactInteger, 1);
  }

  FieldTable& table_;
};

}  // namespace

void Add(const Record& record, KindSketch* sketch) {
  constexpr auto kRecord = static_cast<uint32_t>(Type::kMap);
  ++sketch->records;
  ++sketch->keys[static_cast<size_t>(record.key->path[record.key->size - 1].id)];
  sketch->unknown += !record.unknown.empty();
  if (record.op == Op::kDelete) {
    ++sketch->deletions;
    return;
  }
  sketch->table.Count(FieldTable::kRoot, kRecord);
  Adder(&sketch->table).AddFields(FieldTable::kRoot, record.properties);
}

}  // namespace datahaul
