#ifndef DATAHAUL_CONNECTOR_OBJECTS_FOLDER_SETTINGS_H_
#define DATAHAUL_CONNECTOR_OBJECTS_FOLDER_SETTINGS_H_

#include <optional>
#include <string>

#include "io/compress.h"
#include "layout/files/names.h"
#include "model/format.h"
#include "model/sink.h"

namespace datahaul {

// What a job's output in a folder looks like.
struct FolderSettings {
  std::string folder;     // a path, or a uri in a bucket
  std::string tool;       // "datahaul 0.1.0", for the manifest
  std::string format;     // as in --format
  std::string extension;  // of its files, ".typed.ndjson.gz"
  Compression compression = Compression::kNone;
  FileLayout layout = FileLayout::kKind;
  IfExists if_exists = IfExists::kFail;
  bool shared = false;            // several processes write at once, each shard into a file of its own
  std::optional<CsvOptions> csv;  // of CSV, for the manifest
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_FOLDER_SETTINGS_H_
