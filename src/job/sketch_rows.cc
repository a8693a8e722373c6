#include "job/sketch_rows.h"

#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "model/schema_json.h"

namespace datahaul {
namespace {

absl::StatusOr<KindSketch> StoredSketch(Sql& db, int64_t job, const KindName& name) {
  Query query(db, "SELECT sketch FROM sketches WHERE job = ? AND ns = ? AND kind = ?", job, name.ns, name.kind);
  if (query.Next()) return DecodeKindSketch(query.Text(0));
  DH_RETURN_IF_ERROR(query.status());
  return KindSketch();
}

}  // namespace

absl::Status AddSketch(Sql& db, int64_t job, const SchemaSketch& more) {
  for (const auto& [name, sketch] : more) {
    DH_ASSIGN_OR_RETURN(KindSketch sum, StoredSketch(db, job, name));
    Merge(sketch, &sum);
    const std::string blob = Encode(sum);
    DH_RETURN_IF_ERROR(db.Run(
        "INSERT INTO sketches VALUES(?, ?, ?, ?) ON CONFLICT (job, ns, kind) DO UPDATE SET sketch = excluded.sketch",
        job, name.ns, name.kind, Blob{blob}));
  }
  return absl::OkStatus();
}

absl::StatusOr<SchemaSketch> LoadSketch(Sql& db, int64_t job) {
  Query query(db, "SELECT ns, kind, sketch FROM sketches WHERE job = ?", job);
  SchemaSketch sketch;
  while (query.Next()) {
    KindName name{std::string(query.Text(0)), std::string(query.Text(1))};
    DH_ASSIGN_OR_RETURN(sketch[std::move(name)], DecodeKindSketch(query.Text(2)));
  }
  DH_RETURN_IF_ERROR(query.status());
  return sketch;
}

absl::Status DropSketch(Sql& db, int64_t job) { return db.Run("DELETE FROM sketches WHERE job = ?", job); }

absl::Status StoreSchema(Sql& db, int64_t job, const Schema& schema) {
  DH_RETURN_IF_ERROR(db.Run("INSERT INTO schemas VALUES(?, ?) ON CONFLICT (job) DO UPDATE SET json = excluded.json",
                            job, ToJson(schema)));
  return DropSketch(db, job);
}

absl::StatusOr<std::optional<Schema>> LoadSchema(Sql& db, int64_t job) {
  Query query(db, "SELECT json FROM schemas WHERE job = ?", job);
  std::optional<Schema> schema;
  if (query.Next()) {
    DH_ASSIGN_OR_RETURN(schema, ParseSchemaJson(query.Text(0), StrCat("job store ", db.name())));
  }
  DH_RETURN_IF_ERROR(query.status());
  return schema;
}

absl::Status DropSchema(Sql& db, int64_t job) { return db.Run("DELETE FROM schemas WHERE job = ?", job); }

}  // namespace datahaul
