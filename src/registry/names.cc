#include "registry/names.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/text.h"
#include "format/csv/format.h"
#include "format/ndjson/format.h"
#include "format/parquet_module.h"
#include "io/compress.h"
#include "layout/files/names.h"
#include "schema/plan.h"
#include "schema/render.h"

namespace datahaul {
namespace {

struct NamedFormat {
  std::string_view name;
  const Format& (*get)();  // null: Parquet, which is in a module
  bool readable = true;
  bool lossless = false;
};
// The order in which help names them.
constexpr NamedFormat kSinkFormats[] = {
    {"typed-ndjson", &TypedNdjson, true, true},
    {"ndjson", &PlainNdjson, false},
    {"csv", &Csv},
    {"parquet", nullptr},
};

}  // namespace

std::vector<std::string> SourceFormatNames() {
  std::vector<std::string> names = {std::string(kManagedExport)};
  for (const NamedFormat& format : kSinkFormats) {
    if (format.readable) names.emplace_back(format.name);
  }
  return names;
}

std::vector<std::string> SinkFormatNames() {
  std::vector<std::string> names;
  for (const NamedFormat& format : kSinkFormats) names.emplace_back(format.name);
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

std::vector<std::string> ConflictPolicyNames() {
  std::vector<std::string> names;
  for (const ConflictPolicy policy : {ConflictPolicy::kJson, ConflictPolicy::kWiden, ConflictPolicy::kVariants}) {
    names.emplace_back(ConflictPolicyName(policy));
  }
  return names;
}

std::vector<std::string> SchemaFormNames() {
  std::vector<std::string> names;
  for (const SchemaForm form : {SchemaForm::kArrow, SchemaForm::kBigQuery, SchemaForm::kSql, SchemaForm::kJson}) {
    names.emplace_back(SchemaFormName(form));
  }
  return names;
}

absl::StatusOr<const Format*> FindSinkFormat(std::string_view name) {
  for (const NamedFormat& format : kSinkFormats) {
    if (format.name == name) return format.get == nullptr ? OpenParquet() : &format.get();
  }
  return UsageError(StrCat("choosing a format: expected ", absl::StrJoin(SinkFormatNames(), " or "), ", found ", name));
}

bool IsReadable(std::string_view name) {
  return std::any_of(std::begin(kSinkFormats), std::end(kSinkFormats),
                     [name](const NamedFormat& format) { return format.name == name && format.readable; });
}

bool IsLossless(std::string_view name) {
  return std::any_of(std::begin(kSinkFormats), std::end(kSinkFormats),
                     [name](const NamedFormat& format) { return format.name == name && format.lossless; });
}

bool IsTable(std::string_view name) { return name == "csv" || name == "parquet"; }

}  // namespace datahaul
