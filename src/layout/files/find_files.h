#ifndef DATAHAUL_LAYOUT_FILES_FIND_FILES_H_
#define DATAHAUL_LAYOUT_FILES_FIND_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "io/compress.h"
#include "layout/files/manifest.h"
#include "model/object_store.h"

namespace datahaul {

struct DataFile {
  std::string uri;
  std::string name;  // relative to the data set
  uint64_t size = 0;
  std::string version;  // as the store listed it
  Compression compression = Compression::kNone;
  // From the manifest, absent without one.
  std::optional<uint32_t> crc32c;
  std::optional<uint64_t> records;
  std::optional<KindName> only;  // all of its records are of this kind
};

// A data set made of files of one format.
struct FileSet {
  std::string format;  // as in --format
  std::optional<Manifest> manifest;
  std::vector<DataFile> files;     // by name
  std::vector<std::string> notes;  // what a person should know
};

// Finds the data set at `uri`: a folder with a manifest.json, that file itself, a folder of files with the extensions
// that datahaul writes, or one such file. Reads the manifest only.
//
// DATA_LOSS: a file that the manifest names and that is missing or of another size. FAILED_PRECONDITION: a folder of
// several formats, or one that a job still writes. NOT_FOUND: no data set. What can't be known is in `notes`.
absl::StatusOr<FileSet> FindFiles(ObjectStore& store, std::string_view uri);

// The format that a file's name tells: "typed-ndjson", "ndjson", "csv", "parquet", "akka-export"; "" if it tells none.
std::string_view FormatOfFile(std::string_view name);

// The manifest in the folder `uri`, or nothing if there is none.
absl::StatusOr<std::optional<Manifest>> ReadManifest(ObjectStore& store, std::string_view uri);

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_FILES_FIND_FILES_H_
