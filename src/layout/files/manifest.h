// The manifest: what an output consists of, and the proof of what it holds. Specified in docs/formats/manifest.md.
#ifndef DATAHAUL_LAYOUT_FILES_MANIFEST_H_
#define DATAHAUL_LAYOUT_FILES_MANIFEST_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/format.h"
#include "model/receipt.h"
#include "model/schema.h"
#include "model/selection.h"

namespace datahaul {

inline constexpr int kManifestVersion = 1;

struct ManifestObject {
  std::string name;  // relative to the manifest's folder
  uint64_t bytes = 0;
  uint32_t crc32c = 0;
  uint64_t records = 0;
  std::optional<KindName> only;  // all of its records are of this kind; absent where kinds are mixed
  bool operator==(const ManifestObject&) const = default;
};

struct ManifestKind {
  KindName name;
  Tally tally;
  Hash128 digest;  // over the records written
  bool operator==(const ManifestKind&) const = default;
};

struct Manifest {
  std::string tool;  // "datahaul 0.1.0"
  std::string job;
  std::string source;  // without secrets
  Selection selection;
  std::string format, compression, layout;  // as in --format, --compression, --layout
  std::optional<Schema> schema;             // of tables: the columns of every kind
  std::optional<CsvOptions> csv;            // of CSV
  // Everything that was selected is in it: no limit, no rejects, nothing lost.
  bool complete = false;
  std::vector<ManifestObject> objects;    // by name
  std::optional<ManifestObject> rejects;  // the file of rejects and lost ranges, if there are any
  std::vector<ManifestKind> kinds;        // by name
  std::map<std::string, uint64_t> counters;
  std::vector<std::string> notes;

  Tally Total() const;  // over all kinds
  bool operator==(const Manifest&) const = default;
};

std::string ToJson(const Manifest& manifest);

// `uri` is for messages. DATA_LOSS if it is no manifest or of a newer version; unknown members are passed over.
absl::StatusOr<Manifest> ParseManifest(std::string_view json, std::string_view uri);

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_FILES_MANIFEST_H_
