#include "layout/managed_export/export_names.h"

#include <charconv>

#include "base/text.h"

namespace datahaul {

std::string_view FolderOf(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

std::string_view LastSegment(std::string_view name) { return name.substr(name.rfind('/') + 1); }

std::string Below(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : StrCat(folder, "/", name);
}

bool IsBelow(std::string_view folder, std::string_view name) {
  return folder.empty() || (name.size() > folder.size() && name.starts_with(folder) && name[folder.size()] == '/');
}

bool IsOverallName(std::string_view name) { return name.ends_with(".overall_export_metadata"); }

bool IsPartitionName(std::string_view name) { return name.ends_with(".export_metadata"); }

std::optional<uint64_t> OutputNumber(std::string_view name) {
  constexpr std::string_view kPrefix = "output-";
  name = LastSegment(name);
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  uint64_t number;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

std::optional<PartitionFolder> ParsePartitionFolder(std::string_view folder) {
  constexpr std::string_view kNamespace = "namespace_", kKind = "kind_";
  PartitionFolder result;
  const std::string_view ns = LastSegment(FolderOf(folder)), kind = LastSegment(folder);
  if (ns == "default_namespace") {
    result.ns = "";
  } else if (ns.starts_with(kNamespace)) {
    result.ns = ns.substr(kNamespace.size());
  } else if (ns != "all_namespaces") {
    return std::nullopt;
  }
  if (kind.starts_with(kKind)) {
    result.kind = kind.substr(kKind.size());
  } else if (kind != "all_kinds") {
    return std::nullopt;
  }
  result.root = FolderOf(FolderOf(folder));
  return result;
}

std::string_view ExportRoot(std::string_view folder) {
  const std::optional<PartitionFolder> parsed = ParsePartitionFolder(folder);
  return parsed ? parsed->root : folder;
}

}  // namespace datahaul
