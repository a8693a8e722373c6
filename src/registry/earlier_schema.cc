#include "registry/earlier_schema.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "layout/files/manifest.h"
#include "layout/files/names.h"
#include "model/schema_json.h"
#include "registry/address.h"

namespace datahaul {

absl::StatusOr<Schema> ReadEarlierSchema(ObjectStore& store, std::string_view address) {
  DH_ASSIGN_OR_RETURN(const std::string path, AbsoluteAddress(address));
  DH_ASSIGN_OR_RETURN(std::optional<ObjectInfo> file, store.Stat(path));
  if (!file) {
    DH_ASSIGN_OR_RETURN(file, store.Stat(StrCat(path, "/", kManifestName)));
  }
  if (!file) {
    return UsageError(StrCat("reading --against ", address, ": expected a ", kManifestName,
                             ", a folder with one, or a schema, found no such file"));
  }
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store.Read(file->uri));
  std::string json(reader->size(), '\0');
  DH_RETURN_IF_ERROR(reader->ReadAt(0, json.data(), json.size()).status());
  const absl::StatusOr<Manifest> manifest = ParseManifest(json, file->uri);
  if (!manifest.ok()) {
    absl::StatusOr<Schema> schema = ParseSchemaJson(json, file->uri);
    return schema.ok() ? std::move(schema) : manifest.status();
  }
  if (manifest->schema) return *manifest->schema;
  return UsageError(StrCat("reading --against ", file->uri,
                           ": expected the manifest of a copy as csv or parquet, found one "
                           "of ",
                           manifest->format, ", which has no schema"));
}

}  // namespace datahaul
