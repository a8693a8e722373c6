// The columns of a kind: what a format of rows and columns needs to know before it writes the first record.
//
// docs/formats/tables.md says how values become columns and back, and what of that is promised.
#ifndef DATAHAUL_MODEL_SCHEMA_H_
#define DATAHAUL_MODEL_SCHEMA_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/digest.h"
#include "model/value.h"

namespace datahaul {

enum class ColumnType : uint8_t {
  kBool,
  kInt,        // int64
  kDouble,     // with `widened`: integers too, all of which a double holds exactly
  kTimestamp,  // microseconds UTC
  kString,     // also where nothing but null was ever seen
  kBytes,
  kReference,  // text: //database/namespace/path, as docs/formats/plain_ndjson.md writes references
  kGeoPoint,   // a structure of latitude, longitude
  kUser,       // a structure of texts and the number gaiaid
  kDecimal,    // these four: text
  kDate,
  kTime,
  kUuid,
  kJson,      // JSON text, as plain NDJSON writes the value: mixed types, maps without or with too many fields
  kList,      // children[0] is the element
  kStruct,    // a map: children are its fields; a keyed map's first child has kind kKey
  kVariants,  // a structure with one child for each type that occurs, of which at most one is not null; none is kJson
};

// One column, or one member of a structure, or the element of a list. Every column may be null: a field that is absent
// and one that is null are the same to a table.
struct Column {
  std::string name;   // clean, and unique among its siblings whatever the case
  std::string field;  // the property's or map field's own name; "" for elements, variants and wrapped lists
  ColumnType type = ColumnType::kString;
  bool key = false;  // not a field but the record's (or embedded entity's) key; see KeyColumns
  bool widened = false;
  bool guessed = false;  // nothing but null, or but empty lists or maps, was seen here: another type would do as well
  bool wrapped = false;  // kStruct around a list in a list: children[0], called "values", is the list
  // What all values here had in common (but nulls), so that reading back restores it. Never set on lists, wrapped ones
  // too, on variants (they have their own) and on JSON text.
  bool indexed = false;
  uint16_t meaning = 0;  // 0 = the type's own
  std::vector<Column> children;

  bool operator==(const Column&) const = default;
};

// The key columns, kDeletedColumn where there were deletions, and then the properties' columns in the order of their
// fields' names (bytewise); so are the fields of a struct, behind its key. Each field has one column. Where a kind's
// property names are data, all its properties are in kPropertiesColumn instead.
struct KindSchema {
  std::vector<Column> columns;
  bool operator==(const KindSchema&) const = default;
};

// The plan for all kinds of a job. Immutable once planned; safe for concurrent use.
struct Schema {
  std::map<KindName, KindSchema> kinds;

  // Null if the kind is not in it.
  const KindSchema* Find(std::string_view ns, std::string_view kind) const;
  bool operator==(const Schema&) const = default;
};

// The columns in front of every kind's own: __key__ (the reference text; identifies the record), __namespace__,
// __id__ (kInt, null with a name), __name__ (null with an id).
inline constexpr std::string_view kKeyColumn = "__key__", kNamespaceColumn = "__namespace__", kIdColumn = "__id__",
                                  kNameColumn = "__name__";
std::vector<Column> KeyColumns();

// A key column (kBool) behind these: true where the record is a deletion.
inline constexpr std::string_view kDeletedColumn = "__deleted__";
// Not a key column: JSON text, an object of all properties. Its `field` is "", as of no other column of a kind but that
// of a property called "", whose name is another.
inline constexpr std::string_view kPropertiesColumn = "__properties__";

// The column of `columns` that holds all properties as JSON text; null where each has its own.
inline const Column* PropertiesColumn(const std::vector<Column>& columns) {
  if (columns.empty()) return nullptr;
  const Column& last = columns.back();
  return last.name == kPropertiesColumn && last.field.empty() && !last.key ? &last : nullptr;
}

// The type of the values in columns of `type`; kNull where they have several.
constexpr Type ValueType(ColumnType type) {
  constexpr Type kTypes[] = {Type::kBool,  Type::kInt,       Type::kDouble,   Type::kTimestamp, Type::kString,
                             Type::kBytes, Type::kReference, Type::kGeoPoint, Type::kUser,      Type::kDecimal,
                             Type::kDate,  Type::kTime,      Type::kUuid,     Type::kNull,      Type::kArray,
                             Type::kMap,   Type::kNull};
  static_assert(std::size(kTypes) == static_cast<size_t>(ColumnType::kVariants) + 1);
  return kTypes[static_cast<size_t>(type)];
}

// The columns inside one that is a structure in tables: its children, or what a geo point and a user consist of.
const std::vector<Column>& MembersOf(const Column& column);

// The child of a kVariants column that holds values of `type`; null if none does.
const Column* VariantFor(const Column& variants, Type type);

// Whether `column` can hold a value of `type`; what lies in the value aside. Null fits everywhere.
bool TakesUnlike(const Column& column, Type type);  // where it is not the column's ValueType
inline bool Takes(const Column& column, Type type) {
  if (type != ValueType(column.type)) return TakesUnlike(column, type);
  return type != Type::kMap || !column.wrapped;
}

// As schemas, reports and --as json call a column's type: "integer", "list", ….
std::string_view ColumnTypeName(ColumnType type);

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_SCHEMA_H_
