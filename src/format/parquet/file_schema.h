#ifndef DATAHAUL_FORMAT_PARQUET_FILE_SCHEMA_H_
#define DATAHAUL_FORMAT_PARQUET_FILE_SCHEMA_H_

#include <string>

#include "model/digest.h"
#include "model/schema.h"
#include "model/schema_json.h"

namespace datahaul {

// The key of a file's metadata whose value is the schema of its one kind, as docs/formats/schema.md has it.
inline constexpr char kSchemaKey[] = "datahaul.schema";

inline std::string FileSchemaText(const KindName& kind, const KindSchema& columns) {
  Schema schema;
  schema.kinds[kind] = columns;
  return ToJson(schema);
}

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_FILE_SCHEMA_H_
