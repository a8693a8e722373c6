#include "layout/managed_export/overall_metadata.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "format/entity_proto/log_reader.h"
#include "layout/managed_export/field_reader.h"

namespace datahaul {
namespace {

constexpr std::string_view kVersion = "3";  // the only first record ever seen

// Modes of a filter; other numbers were never seen and would mean something unknown.
constexpr uint64_t kOneKind = 1, kAllKinds = 2, kOneNamespace = 2, kAllNamespaces = 3;

absl::Status CheckMode(const FieldReader& fields, std::string_view what, uint64_t mode, uint64_t one, uint64_t all) {
  if (mode == one || mode == all) return absl::OkStatus();
  return fields.Expected(StrCat(what, " mode ", one, " or ", all), StrCat(mode));
}

absl::Status ParseFilter(FieldReader fields, OverallEntry* entry) {
  uint64_t kind_mode = kAllKinds, ns_mode = kAllNamespaces;
  std::string kind, ns;
  for (;;) {
    DH_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) break;
    switch (fields.number()) {
      case 1: {
        DH_ASSIGN_OR_RETURN(kind_mode, fields.TakeVarint());
        DH_RETURN_IF_ERROR(CheckMode(fields, "kind", kind_mode, kOneKind, kAllKinds));
        break;
      }
      case 2: {
        DH_ASSIGN_OR_RETURN(kind, fields.TakeBytes());
        break;
      }
      case 3: {
        DH_ASSIGN_OR_RETURN(ns_mode, fields.TakeVarint());
        DH_RETURN_IF_ERROR(CheckMode(fields, "namespace", ns_mode, kOneNamespace, kAllNamespaces));
        break;
      }
      case 4: {
        DH_ASSIGN_OR_RETURN(ns, fields.TakeBytes());
        break;
      }
    }
  }
  if (kind_mode == kOneKind) entry->kind = std::move(kind);
  if (ns_mode == kOneNamespace) entry->ns = std::move(ns);
  return absl::OkStatus();
}

absl::StatusOr<OverallEntry> ParseEntry(FieldReader fields) {
  OverallEntry entry;
  for (;;) {
    DH_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) break;
    switch (fields.number()) {
      case 1: {
        DH_ASSIGN_OR_RETURN(FieldReader filter, fields.TakeMessage());
        DH_RETURN_IF_ERROR(ParseFilter(std::move(filter), &entry));
        break;
      }
      case 2: {
        DH_ASSIGN_OR_RETURN(const std::string_view text, fields.TakeBytes());
        const std::optional<std::string> path = NormalPath(text);
        if (!path) return fields.Expected("a path below this folder", StrCat("\"", text, "\""));
        entry.path = *path;
        break;
      }
      case 3: {
        DH_ASSIGN_OR_RETURN(entry.records, fields.TakeVarint());
        break;
      }
      case 4: {
        DH_ASSIGN_OR_RETURN(entry.bytes, fields.TakeVarint());
        break;
      }
    }
  }
  if (entry.path.empty()) return fields.Expected("the path of a partition's metadata", "none");
  return entry;
}

absl::Status ParseRecord(FieldReader fields, std::vector<OverallEntry>* entries) {
  for (;;) {
    DH_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) return absl::OkStatus();
    if (fields.number() != 1) continue;
    DH_ASSIGN_OR_RETURN(FieldReader message, fields.TakeMessage());
    DH_ASSIGN_OR_RETURN(OverallEntry entry, ParseEntry(std::move(message)));
    const auto same = [&](const OverallEntry& other) { return other.path == entry.path; };
    if (std::any_of(entries->begin(), entries->end(), same)) {
      return fields.Expected("each partition once", StrCat("\"", entry.path, "\" again"));
    }
    entries->push_back(std::move(entry));
  }
}

}  // namespace

absl::StatusOr<std::vector<OverallEntry>> ReadOverallMetadata(const ByteReader& file) {
  DH_ASSIGN_OR_RETURN(const std::vector<std::string> records, ReadLog(file));
  if (records.empty() || records[0] != kVersion) {
    return DataError(StrCat("reading ", file.uri(), " at byte 0: expected a first record holding \"", kVersion,
                            "\", found ", records.empty() ? "none" : "another"));
  }
  std::vector<OverallEntry> entries;
  for (size_t i = 1; i < records.size(); ++i) {
    DH_RETURN_IF_ERROR(
        ParseRecord(FieldReader(records[i], StrCat("reading ", file.uri(), ", record ", i, ",")), &entries));
  }
  if (entries.empty()) {
    return DataError(
        StrCat("reading ", file.uri(), " at byte ", file.size(),
               ": expected at least one partition, found the end of the file; restore it, or move it away to ",
               "read the export by its other metadata"));
  }
  return entries;
}

std::optional<std::string> NormalPath(std::string_view path) {
  std::string text(path);
  std::replace(text.begin(), text.end(), '\\', '/');
  std::string normal;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view segment = std::string_view(text).substr(begin, end - begin);
    if (segment.empty() || segment == "..") return std::nullopt;
    if (segment != ".") StrAppend(&normal, normal.empty() ? "" : "/", segment);
    begin = end + 1;
  }
  if (normal.empty()) return std::nullopt;
  return normal;
}

}  // namespace datahaul
