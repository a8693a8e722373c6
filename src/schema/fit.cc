#include "schema/fit.h"

#include <span>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "model/type_name.h"
#include "schema/exact_double.h"

namespace datahaul {
namespace {

// Checks a record, and where `told` notes what did not fit; the path grows as the calls return.
class Check {
 public:
  explicit Check(bool told) : told_(told) {}

  bool FitsRecord(const Record& record, const KindSchema& schema) {
    std::span<const Column> columns = schema.columns;
    bool deletions = false;
    for (; !columns.empty() && columns.front().key; columns = columns.subspan(1)) {
      deletions |= columns.front().name == kDeletedColumn;
    }
    if (record.op == Op::kDelete) return deletions || Fail("no deletion", "one");
    return PropertiesColumn(schema.columns) != nullptr || FitsFields(record.properties, columns);
  }

  std::string Why() const { return path_.empty() ? problem_ : StrCat("field \"", path_, "\": ", problem_); }

 private:
  bool Fail(std::string_view expected, std::string_view found) {
    if (told_) problem_ = StrCat("expected ", expected, ", found ", found);
    return false;
  }
  bool Under(std::string_view name) {
    if (!told_) return false;
    const bool dot = !path_.empty() && !path_.starts_with('[');
    path_ = StrCat(name, dot ? "." : "", path_);
    return false;
  }

  bool FitsFields(const Map& map, std::span<const Column> columns) {
    auto column = columns.begin();
    for (uint32_t i = 0; i < map.size; ++i) {
      const Field& field = map.fields[map.sorted[i]];
      while (column != columns.end() && column->field < field.name) ++column;
      if (column == columns.end() || column->field != field.name) {
        if (field.value.type == Type::kNull) continue;  // as good as absent
        Fail("no field of this name", TypeName(field.value.type));
        return Under(field.name);
      }
      if (!FitsValue(field.value, *column)) return Under(field.name);
      ++column;
    }
    return true;
  }

  bool FitsValue(const Value& value, const Column& column) {
    if (!Takes(column, value.type)) return Fail(ColumnTypeName(column.type), TypeName(value.type));
    if (value.type == Type::kNull) return true;
    switch (column.type) {
      case ColumnType::kDouble:
        if (value.type == Type::kDouble || IsExactDouble(value.integer)) return true;
        return Fail("an integer that a double holds exactly", "a larger one");
      case ColumnType::kList:
        return FitsList(value, column.children[0]);
      case ColumnType::kStruct:
        return column.wrapped ? FitsValue(value, column.children[0]) : FitsMap(*value.map, column.children);
      case ColumnType::kVariants:
        return FitsValue(value, *VariantFor(column, value.type));
      default:
        return true;
    }
  }

  bool FitsList(const Value& value, const Column& element) {
    for (uint32_t i = 0; i < value.size; ++i) {
      if (!FitsValue(value.items[i], element)) return Under("[]");
    }
    return true;
  }

  bool FitsMap(const Map& map, std::span<const Column> columns) {
    const bool keyed = !columns.empty() && columns.front().key;
    if (map.key != nullptr && !keyed) return Fail("a map without a key", "one with a key");
    return FitsFields(map, columns.subspan(keyed ? 1 : 0));
  }

  const bool told_;
  std::string path_, problem_;
};

}  // namespace

bool Fits(const Record& record, const KindSchema& schema) { return Check(false).FitsRecord(record, schema); }

std::string WhyMisfit(const Record& record, const KindSchema& schema) {
  Check check(true);
  check.FitsRecord(record, schema);
  return check.Why();
}

}  // namespace datahaul
