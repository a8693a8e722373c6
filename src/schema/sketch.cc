#include "schema/sketch.h"

namespace datahaul {
namespace {

using value_tag::kTypeMask;

uint64_t Sum(const FieldTable& table, uint32_t place, uint32_t type) {
  uint64_t sum = 0;
  table.EachCell(place, [&](uint32_t tag, uint64_t count) {
    if ((tag & kTypeMask) == type) sum += count;
  });
  return sum;
}

// Keeps what both have.
template <typename T>
void Unite(bool first, std::optional<T> other, std::optional<T>* common) {
  if (first) {
    *common = other;
  } else if (*common != other) {
    *common = std::nullopt;
  }
}

}  // namespace

uint64_t FieldSketch::present() const {
  uint64_t sum = 0;
  table_->EachCell(place_, [&](uint32_t tag, uint64_t count) {
    if ((tag & kTypeMask) < value_tag::kInexactInteger) sum += count;
  });
  return sum;
}

uint64_t FieldSketch::indexed() const {
  uint64_t sum = 0;
  table_->EachCell(place_, [&](uint32_t tag, uint64_t count) {
    if ((tag & value_tag::kIndexed) != 0) sum += count;
  });
  return sum;
}

uint64_t FieldSketch::count(Type type) const { return Sum(*table_, place_, static_cast<uint32_t>(type)); }
uint64_t FieldSketch::inexact() const { return Sum(*table_, place_, value_tag::kInexactInteger); }
uint64_t FieldSketch::keyed() const { return Sum(*table_, place_, value_tag::kKeyedMap); }

FieldSketch::Common FieldSketch::common(Type type) const {
  Common common;
  bool first = true;
  table_->EachCell(place_, [&](uint32_t tag, uint64_t) {
    if ((tag & kTypeMask) != static_cast<uint32_t>(type)) return;
    std::optional<uint16_t> meaning;
    if ((tag & value_tag::kMixed) == 0) meaning = static_cast<uint16_t>(tag >> value_tag::kMeaningShift);
    Unite<bool>(first, (tag & value_tag::kIndexed) != 0, &common.indexed);
    Unite(first, meaning, &common.meaning);
    first = false;
  });
  return common;
}

std::vector<FieldSketch> FieldSketch::fields() const {
  std::vector<FieldSketch> fields;
  for (const uint32_t field : table_->Fields(place_)) fields.emplace_back(table_, field);
  return fields;
}

std::optional<FieldSketch> FieldSketch::elements() const {
  const uint32_t place = table_->elements(place_);
  if (place == FieldTable::kNone) return std::nullopt;
  return FieldSketch(table_, place);
}

void Merge(const KindSketch& from, KindSketch* to) {
  to->records += from.records;
  to->deletions += from.deletions;
  to->unknown += from.unknown;
  for (size_t i = 0; i < to->keys.size(); ++i) to->keys[i] += from.keys[i];
  to->table.Merge(from.table);
}

void Merge(const SchemaSketch& from, SchemaSketch* to) {
  for (const auto& [name, sketch] : from) Merge(sketch, &(*to)[name]);
}

}  // namespace datahaul
