#include "format/csv/nested_json.h"

#include <cstdint>

#include "format/columns.h"

namespace datahaul {

void NestedJsonWriter::Append(const Column& column, const Value& value, ByteBuffer* out) {
  if (value.type == Type::kNull) return out->Append("null");
  switch (column.type) {
    case ColumnType::kList:
      return AppendItems(column.children[0], value, out);
    case ColumnType::kStruct:
      if (column.wrapped) return Append(column.children[0], value, out);
      return AppendStruct(column, *value.map, out);
    case ColumnType::kVariants: {
      const Column& variant = *VariantFor(column, value.type);
      out->Append("{");
      plain_.AppendFieldName(variant.name, out);
      Append(variant, value, out);
      return out->Append("}");
    }
    default:
      return plain_.AppendValue(value, out);
  }
}

void NestedJsonWriter::AppendObject(const Map& map, ByteBuffer* out) {
  out->Append("{");
  plain_.AppendFields(map, true, out);
  out->Append("}");
}

void NestedJsonWriter::AppendItems(const Column& element, const Value& value, ByteBuffer* out) {
  out->Append("[");
  for (uint32_t i = 0; i < value.size; ++i) {
    if (i != 0) out->Append(",");
    Append(element, value.items[i], out);
  }
  out->Append("]");
}

void NestedJsonWriter::AppendStruct(const Column& column, const Map& map, ByteBuffer* out) {
  FieldCursor fields(map);
  bool first = true;
  out->Append("{");
  for (const Column& child : column.children) {
    const Value* const value = child.key ? nullptr : fields.Next(child);
    const bool has_key = child.key && map.key != nullptr;
    if (value == nullptr && !has_key) continue;
    if (!first) out->Append(",");
    first = false;
    if (has_key) {
      out->Append("\"__key__\":");
      plain_.AppendKey(*map.key, out);
    } else {
      plain_.AppendFieldName(child.field, out);
      Append(child, *value, out);
    }
  }
  out->Append("}");
}

}  // namespace datahaul
