#include "registry/recognise.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "io/compress.h"
#include "layout/files/find_files.h"
#include "layout/files/names.h"
#include "layout/managed_export/find_managed_export.h"
#include "registry/names.h"

namespace datahaul {
namespace {

constexpr std::string_view kTypedNdjson = "typed-ndjson";
constexpr std::string_view kExpected =
    "a managed export (*.overall_export_metadata, *.export_metadata or output-* files) or typed NDJSON "
    "(*.typed.ndjson), CSV (*.csv) or Parquet (*.parquet)";

absl::Status NotRecognised(std::string_view uri) {
  return UsageError(
      StrCat("opening ", uri, ": expected ", kExpected, ", found none of them; --from-format says which it is"));
}

std::string FormatNamed(std::string_view name) {
  return IsManagedExportName(name) ? std::string(kManagedExport) : std::string(FormatOfFile(name));
}

// The first record of a LevelDB log: a checksum, a plausible length, a known type.
bool LooksLikeLog(std::string_view head) {
  constexpr size_t kHeader = 7, kBlock = 32768;
  if (head.size() < kHeader) return false;
  const auto length = LoadLE<uint16_t>(head.data() + 4);
  const auto type = static_cast<unsigned char>(head[6]);
  return (type == 1 || type == 2) && length + kHeader <= kBlock && LoadLE<uint32_t>(head.data()) != 0;
}

absl::StatusOr<std::string> FromContent(ObjectStore& store, const ObjectInfo& file) {
  if (CompressionOfFile(file.name) != Compression::kNone) return NotRecognised(file.uri);
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store.Read(file.uri));
  std::array<char, 8> bytes{};
  DH_ASSIGN_OR_RETURN(const size_t size, reader->ReadAt(0, bytes.data(), bytes.size()));
  const std::string_view head(bytes.data(), size);
  if (head.starts_with("PAR1")) return std::string("parquet");
  if (head.starts_with("{\"key\":")) return std::string(kTypedNdjson);
  if (LooksLikeLog(head)) return std::string(kManagedExport);
  return NotRecognised(file.uri);
}

absl::StatusOr<std::string> FromFolder(ObjectStore& store, std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store.List(uri));
  const auto named = [&objects](auto&& matches) {
    return std::find_if(objects.begin(), objects.end(), [&](const ObjectInfo& object) { return matches(object.name); });
  };
  const auto data = named(IsDataFileName);
  if (named([](std::string_view name) { return name == kManifestName; }) != objects.end()) {
    DH_ASSIGN_OR_RETURN(const std::optional<Manifest> manifest, ReadManifest(store, uri));
    if (manifest) return manifest->format;
  }
  if (named(IsManagedExportName) != objects.end()) return std::string(kManagedExport);
  if (data != objects.end()) return FormatNamed(data->name);
  return NotRecognised(uri);
}

}  // namespace

absl::StatusOr<std::string> Recognise(ObjectStore& store, std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> file, store.Stat(uri));
  if (!file) return FromFolder(store, uri);
  if (file->name == kManifestName) return FromFolder(store, uri.substr(0, uri.size() - kManifestName.size()));
  if (std::string format = FormatNamed(file->name); !format.empty()) return format;
  return FromContent(store, *file);
}

}  // namespace datahaul
