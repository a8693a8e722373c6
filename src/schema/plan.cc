#include "schema/plan.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/text.h"
#include "model/type_name.h"
#include "schema/names.h"

namespace datahaul {
namespace {

constexpr int kTypes = 16;

std::vector<Type> TypesOf(const FieldSketch& sketch) {
  std::vector<Type> types;
  for (int i = 0; i < kTypes; ++i) {
    const auto type = static_cast<Type>(i);
    if (type != Type::kNull && sketch.count(type) != 0) types.push_back(type);
  }
  return types;
}

ColumnType ScalarType(Type type) {
  switch (type) {
    case Type::kBool:
      return ColumnType::kBool;
    case Type::kInt:
      return ColumnType::kInt;
    case Type::kDouble:
      return ColumnType::kDouble;
    case Type::kTimestamp:
      return ColumnType::kTimestamp;
    case Type::kBytes:
      return ColumnType::kBytes;
    case Type::kReference:
      return ColumnType::kReference;
    case Type::kGeoPoint:
      return ColumnType::kGeoPoint;
    case Type::kUser:
      return ColumnType::kUser;
    case Type::kDecimal:
      return ColumnType::kDecimal;
    case Type::kDate:
      return ColumnType::kDate;
    case Type::kTime:
      return ColumnType::kTime;
    case Type::kUuid:
      return ColumnType::kUuid;
    default:
      return ColumnType::kString;
  }
}

uint16_t ImpliedMeaningOf(Type type) {
  Value value;
  value.type = type;
  return ImpliedMeaning(value);
}

std::string Values(uint64_t count) { return StrCat(count, count == 1 ? " value" : " values"); }

// One kind's columns.
class Planner {
 public:
  Planner(const KindName& kind, ConflictPolicy policy, std::vector<Decision>* decisions)
      : kind_(kind), policy_(policy), decisions_(*decisions) {}

  KindSchema Plan(const KindSketch& sketch) {
    KindSchema schema;
    schema.columns = KeyColumns();
    if (sketch.deletions != 0) {
      schema.columns.push_back(KeyColumn(kDeletedColumn, ColumnType::kBool));
      Decide("", StrCat(sketch.deletions, sketch.deletions == 1 ? " deletion: column " : " deletions: column ",
                        kDeletedColumn));
    }
    if (sketch.unknown != 0) {
      Decide("", StrCat(sketch.unknown, sketch.unknown == 1 ? " record has" : " records have",
                        " parts that nothing but typed NDJSON holds: they are left out"));
    }
    if (sketch.root().open()) {
      schema.columns.emplace_back();
      schema.columns.back().name = kPropertiesColumn;
      schema.columns.back().type = ColumnType::kJson;
      Decide("", StrCat("too many different property names (more than ", FieldTable::kMostFields,
                        ", or too much below them): all properties are JSON text in ", kPropertiesColumn));
      return schema;
    }
    const std::string_view reserved[] = {kKeyColumn,  kNamespaceColumn, kIdColumn,
                                         kNameColumn, kDeletedColumn,   kPropertiesColumn};
    AddFields(sketch.root(), "", 0, reserved, &schema.columns);
    return schema;
  }

 private:
  static Column KeyColumn(std::string_view name, ColumnType type) {
    Column column;
    column.name = name;
    column.type = type;
    column.key = true;
    return column;
  }

  void Decide(const std::string& path, std::string what) { decisions_.push_back({kind_, path, std::move(what)}); }
  // For what several variants of one field may have in common.
  void DecideOnce(const std::string& path, std::string_view what) {
    for (auto last = decisions_.rbegin(); last != decisions_.rend(); ++last) {
      if (last->kind != kind_ || !last->path.starts_with(path)) break;
      if (last->path == path && last->what == what) return;
    }
    Decide(path, std::string(what));
  }

  // `level`: how many structures the columns are in.
  void AddFields(const FieldSketch& sketch, const std::string& path, int level,
                 std::span<const std::string_view> reserved, std::vector<Column>* columns) {
    const std::vector<FieldSketch> fields = sketch.fields();
    std::vector<std::string_view> own;
    own.reserve(fields.size());
    for (const FieldSketch& field : fields) own.push_back(field.name());
    std::vector<std::string> names = ColumnNames(own, reserved);
    columns->reserve(columns->size() + fields.size());
    for (size_t i = 0; i < fields.size(); ++i) {
      const std::string field_path = path.empty() ? std::string(own[i]) : StrCat(path, ".", own[i]);
      if (names[i] != own[i]) Decide(field_path, StrCat("the column is called ", Shortened(names[i])));
      Column column = PlanPlace(fields[i], field_path, level);
      column.name = std::move(names[i]);
      column.field = own[i];
      columns->push_back(std::move(column));
    }
  }

  // A column without its name.
  Column PlanPlace(const FieldSketch& sketch, const std::string& path, int level) {
    const std::vector<Type> types = TypesOf(sketch);
    if (sketch.open()) {
      Decide(path, "too many different names of fields below it: JSON text");
      return Json();
    }
    if (types.empty()) {
      Decide(path, "nothing but null: string");
      Column column;
      column.guessed = true;
      return column;
    }
    if (types.size() == 1) return PlanType(sketch, types[0], path, level);
    return PlanConflict(sketch, types, path, level);
  }

  Column PlanConflict(const FieldSketch& sketch, const std::vector<Type>& types, const std::string& path, int level) {
    std::string found;
    for (const Type type : types) {
      const uint64_t count = sketch.count(type);
      StrAppend(&found, found.empty() ? "" : ", ", TypeName(type), " in ",
                found.empty() ? Values(count) : StrCat(count));
    }
    const bool numbers = types == std::vector{Type::kInt, Type::kDouble};
    if (policy_ == ConflictPolicy::kWiden && numbers) {
      if (sketch.inexact() == 0) {
        Decide(path, found + ": double");
        return Widened(sketch, path);
      }
      StrAppend(&found, " (", sketch.inexact(), " of the integers would lose digits as double)");
    } else if (policy_ == ConflictPolicy::kVariants) {
      const bool empty_maps = sketch.count(Type::kMap) != 0 && !HasMembers(sketch);
      const bool deep = level + 2 > kMostLevels;  // the structure of variants, and one that is a variant
      if (!empty_maps && !deep) {
        Decide(path, found + ": variants");
        return Variants(sketch, types, path, level);
      }
      StrAppend(&found, deep ? " (variants would be nested too deep)" : " (but empty maps)");
    }
    Decide(path, found + ": JSON text");
    return Json();
  }

  Column Variants(const FieldSketch& sketch, const std::vector<Type>& types, const std::string& path, int level) {
    Column column;
    column.type = ColumnType::kVariants;
    for (const Type type : types) {
      Column variant = PlanType(sketch, type, path, level + 1);
      variant.name = ColumnTypeName(variant.type);
      column.children.push_back(std::move(variant));
    }
    std::sort(column.children.begin(), column.children.end(),
              [](const Column& a, const Column& b) { return a.type < b.type; });
    return column;
  }

  // A column for the values of one type.
  Column PlanType(const FieldSketch& sketch, Type type, const std::string& path, int level) {
    if (type == Type::kArray) return List(sketch, path, level);
    if (type == Type::kMap) return Struct(sketch, path, level);
    Column column;
    column.type = ScalarType(type);
    if ((type == Type::kGeoPoint || type == Type::kUser) && level >= kMostLevels) return TooDeep(path);
    const FieldSketch::Common common = sketch.common(type);
    SetCommon(common.indexed, common.meaning, ImpliedMeaningOf(type), path, &column);
    return column;
  }

  Column Widened(const FieldSketch& sketch, const std::string& path) {
    Column column;
    column.type = ColumnType::kDouble;
    column.widened = true;
    FieldSketch::Common common = sketch.common(Type::kInt);
    const FieldSketch::Common doubles = sketch.common(Type::kDouble);
    if (common.indexed != doubles.indexed) common.indexed = std::nullopt;
    if (common.meaning != doubles.meaning) common.meaning = std::nullopt;
    SetCommon(common.indexed, common.meaning, meaning::kNone, path, &column);
    return column;
  }

  void SetCommon(std::optional<bool> indexed, std::optional<uint16_t> meaning, uint16_t implied,
                 const std::string& path, Column* column) {
    column->indexed = indexed.value_or(false);
    if (meaning.value_or(implied) != implied) column->meaning = *meaning;
    if (!indexed) DecideOnce(path, "some values are indexed and some are not: the flag is left out");
    if (!meaning) DecideOnce(path, "meanings differ: they are left out");
  }

  Column List(const FieldSketch& sketch, const std::string& path, int level) {
    Column list;
    list.type = ColumnType::kList;
    Column element;
    if (const std::optional<FieldSketch> elements = sketch.elements()) {
      element = Element(*elements, path + "[]", level);
    } else {
      Decide(path, "nothing but empty lists: list of strings");
      element.guessed = true;
    }
    element.name = "element";
    list.children.push_back(std::move(element));
    return list;
  }

  // Tables have no lists of lists.
  Column Element(const FieldSketch& sketch, const std::string& path, int level) {
    const std::vector<Type> types = TypesOf(sketch);
    if (types != std::vector{Type::kArray} || sketch.open()) return PlanPlace(sketch, path, level);
    if (level >= kMostLevels) return TooDeep(path);
    Column list = List(sketch, path, level + 1);
    list.name = "values";
    Column wrapper;
    wrapper.type = ColumnType::kStruct;
    wrapper.wrapped = true;
    wrapper.children.push_back(std::move(list));
    Decide(path, "lists in a list: each is wrapped in a structure, as \"values\"");
    return wrapper;
  }

  static bool HasMembers(const FieldSketch& sketch) { return sketch.has_fields() || sketch.keyed() != 0; }

  Column Struct(const FieldSketch& sketch, const std::string& path, int level) {
    Column column;
    if (!HasMembers(sketch)) {
      Decide(path, "nothing but empty maps: JSON text");
      column = Json();
      column.guessed = true;
      return column;
    }
    if (level >= kMostLevels) return TooDeep(path);
    column.type = ColumnType::kStruct;
    const FieldSketch::Common common = sketch.common(Type::kMap);
    SetCommon(common.indexed, common.meaning, meaning::kEntity, path, &column);
    if (sketch.keyed() != 0) column.children.push_back(KeyColumn(kKeyColumn, ColumnType::kReference));
    const std::string_view reserved[] = {kKeyColumn};
    AddFields(sketch, path, level + 1, std::span(reserved).first(column.children.size()), &column.children);
    return column;
  }

  Column TooDeep(const std::string& path) {
    Decide(path, StrCat("nested more than ", kMostLevels, " levels deep: JSON text"));
    return Json();
  }

  static Column Json() {
    Column column;
    column.type = ColumnType::kJson;
    return column;
  }

  const KindName& kind_;
  const ConflictPolicy policy_;
  std::vector<Decision>& decisions_;
};

constexpr std::array kPolicies = {std::pair(ConflictPolicy::kJson, std::string_view("json")),
                                  std::pair(ConflictPolicy::kWiden, std::string_view("widen")),
                                  std::pair(ConflictPolicy::kVariants, std::string_view("variants"))};

}  // namespace

std::string_view ConflictPolicyName(ConflictPolicy policy) { return kPolicies[static_cast<size_t>(policy)].second; }

std::optional<ConflictPolicy> ParseConflictPolicy(std::string_view name) {
  for (const auto& [policy, known] : kPolicies) {
    if (known == name) return policy;
  }
  return std::nullopt;
}

std::string PlaceOf(const KindName& kind, std::string_view path) {
  return StrCat(Shortened(kind.ns), kind.ns.empty() ? "" : "/", Shortened(kind.kind), path.empty() ? "" : ": ",
                Shortened(path));
}

void PlanKind(const KindName& name, const KindSketch& sketch, ConflictPolicy policy, SchemaPlan* plan) {
  plan->schema.kinds[name] = Planner(name, policy, &plan->decisions).Plan(sketch);
}

SchemaPlan PlanSchema(const SchemaSketch& sketch, ConflictPolicy policy) {
  SchemaPlan plan;
  for (const auto& [name, kind] : sketch) PlanKind(name, kind, policy, &plan);
  return plan;
}

}  // namespace datahaul
