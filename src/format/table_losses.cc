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

absl::Status TableLosses::Misfit(const Record& record, std::string_view field) const {
  return Changed(record, StrCat(", field \"", field, "\": ", misfit_));
}

absl::Status TableLosses::UnknownKind(const Record& record) {
  return Changed(record,
                 StrCat(": expected a kind of the schema, found another in namespace \"", record.key->ns, "\""));
}

absl::Status TableLosses::UnknownField(const Record& record, std::string_view field) {
  return Changed(record, StrCat(": expected fields of the schema, found \"", field, "\""));
}

bool TableLosses::CountNested(const Column& column, const Value& value) {
  switch (column.type) {
    case ColumnType::kVariants:
      return CountValue(*VariantFor(column, value.type), value);
    case ColumnType::kList:
      CountMarks(column, value);
      return CountItems(column, value);
    default:
      CountMarks(column, value);
      return column.wrapped ? CountItems(column.children[0], value) : CountMap(column, *value.map);
  }
}

bool TableLosses::CountItems(const Column& list, const Value& value) {
  const Column& element = list.children[0];
  for (uint32_t i = 0; i < value.size; ++i) {
    const Value& item = value.items[i];
    if (item.type == Type::kNull) {  // stays one
      indexed_dropped_ += item.indexed != element.indexed;
      meanings_dropped_ += item.meaning != meaning::kNone;
    } else if (!CountValue(element, item)) {
      return false;
    }
  }
  return true;
}

bool TableLosses::CountMap(const Column& structure, const Map& map) {
  FieldCursor fields(map);
  bool keyed = false;
  for (const Column& child : structure.children) {
    if (child.key) {
      keyed = true;
      continue;
    }
    const Value* const value = fields.Next(child);
    if (value != nullptr && !CountField(child, *value)) return false;
  }
  const Field* const stranger = fields.Stranger();
  if (stranger != nullptr) {
    misfit_ = StrCat("expected fields of the schema, found \"", stranger->name, "\"");
    return false;
  }
  if (map.key == nullptr || keyed) return true;
  misfit_ = "expected a map without a key, found one with a key";
  return false;
}

bool TableLosses::NoPlace(const Column& column, const Value& value) {
  misfit_ = StrCat("expected ", ColumnTypeName(column.type), ", found ", TypeName(value.type));
  return false;
}

}  // namespace datahaul
