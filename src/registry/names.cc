#include "registry/names.h"

#include <array>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/text.h"
#include "format/ndjson/format.h"
#include "io/compress.h"
#include "layout/files/names.h"

namespace datahaul {
namespace {

// The order in which help names them.
std::array<const Format*, 2> SinkFormats() { return {&TypedNdjson(), &PlainNdjson()}; }

}  // namespace

std::vector<std::string> SourceFormatNames() {
  std::vector<std::string> names = {std::string(kManagedExport)};
  for (const Format* format : SinkFormats()) {
    if (format->traits().readable) names.emplace_back(format->traits().name);
  }
  return names;
}

std::vector<std::string> SinkFormatNames() {
  std::vector<std::string> names;
  for (const Format* format : SinkFormats()) names.emplace_back(format->traits().name);
  return names;
}

std::vector<std::string> CompressionNames() {
  std::vector<std::string> names;
  for (const Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    names.emplace_back(CompressionName(compression));
  }
  return names;
}

std::vector<std::string> LayoutNames() {
  std::vector<std::string> names;
  for (const FileLayout layout : {FileLayout::kKind, FileLayout::kNamespace, FileLayout::kSingle, FileLayout::kShard}) {
    names.emplace_back(FileLayoutName(layout));
  }
  return names;
}

absl::StatusOr<const Format*> FindSinkFormat(std::string_view name) {
  for (const Format* format : SinkFormats()) {
    if (format->traits().name == name) return format;
  }
  return UsageError(StrCat("choosing a format: expected ", absl::StrJoin(SinkFormatNames(), " or "), ", found ", name));
}

bool IsReadable(std::string_view name) {
  const absl::StatusOr<const Format*> format = FindSinkFormat(name);
  return format.ok() && (*format)->traits().readable;
}

}  // namespace datahaul
