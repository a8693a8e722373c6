#include "format/table_losses.h"

#include "base/status.h"
#include "base/text.h"
#include "model/type_name.h"

namespace datahaul {
namespace {

// The schema was planned over the whole source: what does not fit it was not there then.
absl::Status Changed(const Record& record, std::string_view problem) {
  return WithRetry(absl::DataLossError(StrCat("writing kind \"", record.key->kind(), "\", record at byte ",
                                              record.offset, " of its object", problem,
                                              "; the source changed after it was scanned: copy it again")),
                   Retry::kNever);
}

}  // namespace

void TableLosses::AddCounters(Counters* counters) const {
  const auto add = [&](const char* name, uint64_t count) {
    if (count != 0) counters->named[name] += count;
  };
  add("nulls", nulls_);
  add("indexed_dropped", indexed_dropped_);
  add("meanings_dropped", meanings_dropped_);
  add("json_values", json_values_);
  add("widened", widened_);
  add("not_expressible", not_expressible_);
}

absl::Status TableLosses::Misfit(const Record& record, const FieldColumn& pair, const Field& property) const {
  if (pair.column == nullptr) return Changed(record, StrCat(": ", misfit_));
  return Changed(record, StrCat(", field \"", property.name, "\": ", misfit_));
}

absl::Status TableLosses::UnknownKind(const Record& record) {
  return Changed(record,
                 StrCat(": expected a kind of the schema, found another in namespace \"", record.key->ns, "\""));
}

bool TableLosses::CountInside(const Column& column, const Value& value) {
  if (column.type == ColumnType::kList) return CountItems(column, value);
  return column.wrapped ? CountItems(column.children[0], value) : CountMap(column, *value.map);
}

bool TableLosses::CountItems(const Column& list, const Value& value) {
  const Column& element = list.children[0];
  const uint32_t plain = PlainHead(element);
  const bool leaf = IsLeaf(element.type);
  for (uint32_t i = 0; i < value.size; ++i) {
    const Value& item = value.items[i];
    if (HeadOf(item) == plain) {
      if (!leaf && !CountInside(element, item)) return false;
    } else if (item.type == Type::kNull) {  // stays one
      indexed_dropped_ += item.indexed != element.indexed;
      meanings_dropped_ += item.meaning != meaning::kNone;
    } else if (!CountOther(element, item)) {
      return false;
    }
  }
  return true;
}

bool TableLosses::CountMap(const Column& structure, const Map& map) {
  const PairedFields pairs(map, structure.children, memory_);
  for (uint32_t i = 0; i < map.size; ++i) {
    if (!CountField(pairs[i], map.fields[map.sorted[i]])) return false;
  }
  const bool keyed = !structure.children.empty() && structure.children[0].key;
  if (map.key == nullptr || keyed) return true;
  misfit_ = "expected a map without a key, found one with a key";
  return false;
}

bool TableLosses::CountOtherField(const FieldColumn& pair, const Field& field) {
  if (pair.column == nullptr) [[unlikely]] {
    misfit_ = StrCat("expected fields of the schema, found \"", field.name, "\"");
    return false;
  }
  if (field.value.type != Type::kNull) return CountOther(*pair.column, field.value);
  ++nulls_;  // comes back as absent
  return true;
}

bool TableLosses::CountOther(const Column& column, const Value& value) {
  if (column.type == ColumnType::kJson) {
    ++json_values_;
    return true;
  }
  if (!Takes(column, value.type)) return NoPlace(column, value);
  if (column.type == ColumnType::kVariants) return CountOther(*VariantFor(column, value.type), value);
  widened_ += column.widened && value.type == Type::kInt;
  indexed_dropped_ += value.indexed != column.indexed;
  meanings_dropped_ += value.meaning != (column.meaning != 0 ? column.meaning : ImpliedMeaning(value));
  return IsLeaf(column.type) || CountInside(column, value);
}

bool TableLosses::NoPlace(const Column& column, const Value& value) {
  misfit_ = StrCat("expected ", ColumnTypeName(column.type), ", found ", TypeName(value.type));
  return false;
}

}  // namespace datahaul
