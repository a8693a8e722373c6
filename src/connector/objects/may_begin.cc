#include "connector/objects/may_begin.h"

#include <algorithm>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/object_names.h"
#include "io/folder.h"
#include "layout/files/names.h"

namespace datahaul {
namespace {

const Column* FindColumn(const KindSchema& kind, std::string_view name) {
  const auto found = std::find_if(kind.columns.begin(), kind.columns.end(),
                                  [name](const Column& column) { return column.name == name; });
  return found == kind.columns.end() ? nullptr : &*found;
}

// What `now` has otherwise than `before`, and what helps, up to the remedy that always does.
std::string FirstDifference(const KindSchema& before, const KindSchema& now, const std::string& manifest) {
  for (const Column& column : now.columns) {
    const Column* const earlier = FindColumn(before, column.name);
    if (earlier == nullptr) return StrCat("\"", column.name, "\" as well; ");
    if (*earlier == column) continue;
    if (earlier->type == column.type) return StrCat("\"", column.name, "\" with other members or marks; ");
    return StrCat(ColumnTypeName(column.type), " \"", column.name, "\" instead of ", ColumnTypeName(earlier->type),
                  "; say --against ", manifest, " --on-drift set-aside, or ");
  }
  for (const Column& column : before.columns) {
    if (FindColumn(now, column.name) == nullptr) {
      return StrCat("no \"", column.name, "\"; say --against ", manifest, " to keep it, or ");
    }
  }
  return "them in another order; ";
}

// A table has one set of columns from its first row to its last. The job's are settled: nobody can mend that.
absl::Status CheckSameTables(const FolderSettings& settings, const Manifest& old, const Schema& schema) {
  for (const auto& [name, columns] : schema.kinds) {
    const KindSchema* const before = old.schema ? old.schema->Find(name.ns, name.kind) : nullptr;
    if (before == nullptr || *before == columns) continue;
    return WithRetry(
        absl::FailedPreconditionError(StrCat(
            "appending to ", JoinPath(settings.folder, EmptyObjectOf(settings, name, true)),
            ": expected the columns that kind \"", name.kind, "\" has in the manifest, found ",
            FirstDifference(*before, columns, JoinPath(settings.folder, kManifestName)), "choose another folder")),
        Retry::kNever);
  }
  return absl::OkStatus();
}

absl::Status CheckSettings(const FolderSettings& settings, const Manifest& old) {
  const auto differs = [&](std::string_view what, std::string_view expected, std::string_view found) {
    return HumanError(StrCat("appending to ", settings.folder, ": expected --", what, " ", expected,
                             " as in its manifest, found ", found, "; say --", what, " ", expected,
                             ", or choose another folder"));
  };
  if (old.format != settings.format) return differs("format", old.format, settings.format);
  const std::string_view compression = CompressionName(settings.compression), layout = FileLayoutName(settings.layout);
  if (old.compression != compression) return differs("compression", old.compression, compression);
  if (old.layout != layout) return differs("layout", old.layout, layout);
  if (old.csv == settings.csv) return absl::OkStatus();
  return HumanError(StrCat("appending to ", settings.folder, ": expected --delimiter, --null and --guard-formulas as ",
                           "in its manifest, found others; say the same, or choose another folder"));
}

absl::Status CheckMayAppend(const FolderSettings& settings, const FoundOutput& found, const Schema* schema) {
  const Manifest& old = **found.manifest;
  DH_RETURN_IF_ERROR(CheckSettings(settings, old));
  for (const ManifestObject& object : old.objects) {
    DH_ASSIGN_OR_RETURN(const std::optional<uint64_t> size, found.size_of(object.name));
    if (size != object.bytes) {
      return HumanError(StrCat("appending to ", JoinPath(settings.folder, object.name), ": expected ", object.bytes,
                               " bytes as in the manifest, found ", size ? StrCat(*size) : "no file", "; restore it"));
    }
  }
  return schema == nullptr ? absl::OkStatus() : CheckSameTables(settings, old, *schema);
}

}  // namespace

absl::Status CheckMayBegin(const FolderSettings& settings, const FoundOutput& found, const Schema* schema) {
  if (settings.if_exists == IfExists::kReplace || found.any.empty()) return absl::OkStatus();
  if (settings.if_exists == IfExists::kFail) {
    return HumanError(StrCat("preparing ", settings.folder, ": expected an empty folder, found ", found.any,
                             "; choose another, or say --if-exists replace or --if-exists append"));
  }
  DH_RETURN_IF_ERROR(found.manifest.status());
  if (*found.manifest) return CheckMayAppend(settings, found, schema);
  return HumanError(StrCat("appending to ", settings.folder, ": expected ", kManifestName, ", found ", found.any,
                           " without it; choose another folder, or say --if-exists replace"));
}

}  // namespace datahaul
