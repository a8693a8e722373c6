// Which file a record goes into, and what it is called. docs/formats/manifest.md has the rules for people.
#ifndef DATAHAUL_LAYOUT_FILES_NAMES_H_
#define DATAHAUL_LAYOUT_FILES_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace datahaul {

enum class FileLayout : uint8_t {
  kKind,       // a file for each kind: KIND.EXT, or NAMESPACE/KIND.EXT
  kNamespace,  // a file for each namespace: NAMESPACE.EXT
  kSingle,     // one file: data.EXT
  kShard,      // a file for each shard: shard-00000.EXT
};
// As in --layout: kind, namespace, single, shard.
std::string_view FileLayoutName(FileLayout layout);
std::optional<FileLayout> ParseFileLayout(std::string_view name);

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kRejectsName = "_rejects/rejects.ndjson";
inline constexpr std::string_view kPartialSuffix = ".partial";  // of files that a job still writes

// A kind or namespace as part of a file name: everything outside [A-Za-z0-9._-] and a leading dot percent-encoded, ""
// as "%", above 200 bytes cut and a hash added. Different names stay different.
std::string EncodeName(std::string_view name);

// The file, relative to the destination, for records of `kind` in `ns`, read by shard number `shard`. `extension`
// begins with a dot. Different (ns, kind) never share a file unless the layout says so, and no file is called as a
// folder is.
std::string DataFileName(FileLayout layout, std::string_view ns, std::string_view kind, uint64_t shard,
                         std::string_view extension);

// A format whose pieces can't be joined makes a folder of what would be a file, with a file for each piece:
// KIND.parquet/part-00000.parquet. `folder` is a DataFileName; `extension` as there.
std::string PartFileName(std::string_view folder, uint64_t part, std::string_view extension);

struct PartName {
  std::string_view folder;
  uint64_t part = 0;
};
// Nothing if `name` is no PartFileName with this extension.
std::optional<PartName> ParsePartFileName(std::string_view name, std::string_view extension);

// True for a name that holds records: by one of the extensions that datahaul writes, outside hidden and _ folders of
// ours.
bool IsDataFileName(std::string_view name);

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_FILES_NAMES_H_
