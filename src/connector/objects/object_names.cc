#include "connector/objects/object_names.h"

#include <algorithm>

#include "base/text.h"
#include "io/folder.h"
#include "layout/files/names.h"

namespace datahaul {
namespace {

constexpr std::string_view kPartExtension = ".parquet";  // of the only files that come in parts

int Depth(std::string_view name) { return static_cast<int>(std::count(name.begin(), name.end(), '/')); }

bool IsReplaceable(std::string_view name) {
  const bool part = ParsePartFileName(name, kPartExtension).has_value();
  return IsDataFileName(name) && Depth(name) <= (part ? 2 : 1);
}

}  // namespace

bool IsHiddenName(std::string_view name) { return name.starts_with('.') || name.find("/.") != std::string_view::npos; }

// A file in the folder, or in a namespace's; a part lies one deeper.
bool IsOurObject(const FolderSettings& settings, std::string_view name) {
  if (IsHiddenName(name)) return false;
  if (name == kRejectsName) return true;
  if (const std::optional<PartName> part = ParsePartFileName(name, settings.extension)) name = part->folder;
  return name.ends_with(settings.extension) && Depth(name) <= 1;
}

std::set<std::string, std::less<>> ReplacedNames(const std::optional<Manifest>& old,
                                                 const std::vector<std::string>& names) {
  std::set<std::string, std::less<>> replaced = {std::string(kRejectsName)};
  if (old) {
    for (const ManifestObject& object : old->objects) replaced.insert(object.name);
    return replaced;
  }
  std::set<std::string, std::less<>> data_sets;
  for (const std::string& name : names) {
    if (name.ends_with(StrCat("/", kManifestName))) data_sets.insert(ParentFolder(name));
  }
  for (const std::string& name : names) {
    if (IsReplaceable(name) && !data_sets.contains(name.substr(0, name.find('/')))) replaced.insert(name);
  }
  return replaced;
}

std::string EmptyObjectOf(const FolderSettings& settings, const KindName& name, bool joins) {
  std::string object = DataFileName(FileLayout::kKind, name.ns, name.kind, 0, settings.extension);
  return joins ? object : PartFileName(object, 0, settings.extension);
}

}  // namespace datahaul
