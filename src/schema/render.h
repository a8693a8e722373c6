// A schema as other systems write theirs.
#ifndef DATAHAUL_SCHEMA_RENDER_H_
#define DATAHAUL_SCHEMA_RENDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/schema.h"

namespace datahaul {

enum class SchemaForm : uint8_t {
  kArrow,     // as pyarrow prints a Schema: what the Parquet files have
  kBigQuery,  // the JSON array of fields that `bq` takes
  kSql,       // CREATE TABLE for PostgreSQL, nested values as JSONB
  kJson,      // docs/formats/schema.md
};
// As in --as: arrow, bigquery, sql, json.
std::string_view SchemaFormName(SchemaForm form);
std::optional<SchemaForm> ParseSchemaForm(std::string_view name);

// One kind's columns, without a line end after the last line. kJson: a schema of that kind alone.
std::string Render(const KindName& name, const KindSchema& kind, SchemaForm form);

// All kinds, ready to be printed. Arrow and BigQuery, which have no word for several tables: each kind under a line
// with its name ("-- Order", "-- eu/Order"), unless there is but one.
std::string Render(const Schema& schema, SchemaForm form);

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_RENDER_H_
