#include "format/csv/nested_json.h"

#include <cstdint>

namespace datahaul {

char* NestedJson::Write(char* p, const Column& column, const Value& value) {
  if (IsLeaf(column.type) || value.type == Type::kNull) return text_.WriteValue(p, value);
  p = room_.Room(p, Text::kLeave);
  switch (column.type) {
    case ColumnType::kList:
      return WriteItems(p, column.children[0], value);
    case ColumnType::kVariants:
      return WriteVariant(p, column, value);
    default:
      return column.wrapped ? Write(p, column.children[0], value) : WriteStruct(p, column, *value.map);
  }
}

char* NestedJson::WriteItems(char* p, const Column& element, const Value& value) {
  const bool leaf = IsLeaf(element.type);
  *p++ = '[';
  for (uint32_t i = 0; i < value.size; ++i) {
    p = leaf ? text_.WriteValue(p, value.items[i]) : Write(p, element, value.items[i]);
    *p++ = ',';
  }
  p -= value.size != 0;
  *p++ = ']';
  return room_.Room(p, Text::kLeave);
}

char* NestedJson::WriteStruct(char* p, const Column& column, const Map& map) {
  const ShapeTexts::Text* const texts = names_.Of(map);
  const PairedFields pairs(map, column.children, &memory_);
  *p++ = '{';
  if (map.key != nullptr) {
    p = text_.WriteKey(Put(p, "\"\"__key__\"\":"), *map.key);
    *p++ = ',';
  }
  for (uint32_t i = 0; i < map.size; ++i) {
    const uint32_t at = map.sorted[i];
    p = text_.WriteName(p, texts, map, at);
    p = Write(p, *pairs[i].column, map.fields[at].value);
    *p++ = ',';
  }
  p -= map.size != 0 || map.key != nullptr;
  *p++ = '}';
  return room_.Room(p, Text::kLeave);
}

char* NestedJson::WriteVariant(char* p, const Column& column, const Value& value) {
  const Column& variant = *VariantFor(column, value.type);
  *p++ = '{';
  p = Write(text_.WriteName(p, variant.name), variant, value);
  *p++ = '}';
  return room_.Room(p, Text::kLeave);
}

}  // namespace datahaul
