#include "connector/objects/build_manifest.h"

#include <map>
#include <utility>

#include "io/checksum.h"

namespace datahaul {
namespace {

using Objects = std::map<std::string, ManifestObject>;
using Kinds = std::map<KindName, ManifestKind>;

void AddObject(const std::string& name, const ObjectSum& sum, Objects* objects) {
  const auto [at, is_new] = objects->try_emplace(name);
  ManifestObject& object = at->second;
  if (is_new) object = {name, 0, 0, 0, sum.only};
  if (object.only != sum.only) object.only.reset();
  object.crc32c = Crc32cCombine(object.crc32c, sum.crc32c, sum.end - sum.begin);
  object.bytes += sum.end - sum.begin;
  object.records += sum.records;
}

ManifestKind& KindOf(const KindName& name, Kinds* kinds) {
  ManifestKind& kind = (*kinds)[name];
  kind.name = name;
  return kind;
}

void AddJob(const JobContext& context, Manifest* manifest, Kinds* kinds) {
  manifest->job = context.job;
  manifest->source = context.source;
  if (context.selection != nullptr) manifest->selection = *context.selection;
  manifest->notes.insert(manifest->notes.end(), context.notes.begin(), context.notes.end());
  if (context.counters != nullptr) {
    for (const auto& [name, count] : context.counters->named) manifest->counters[name] += count;
    for (const auto& [name, tally] : context.counters->kinds) KindOf(name, kinds).tally += tally;
  }
  if (context.digests != nullptr) {
    for (const auto& [name, digest] : *context.digests) KindOf(name, kinds).digest += digest.sum;
  }
}

// Moves out of `objects` what is not data.
void TakeRejects(Objects* objects, Manifest* manifest) {
  const auto at = objects->find(std::string(kRejectsName));
  if (at == objects->end()) return;
  manifest->rejects = std::move(at->second);
  objects->erase(at);
}

bool IsComplete(const Manifest& manifest) {
  const auto none = [&](const char* name) {
    const auto found = manifest.counters.find(name);
    return found == manifest.counters.end() || found->second == 0;
  };
  return !manifest.selection.limit && none("lost_ranges") && none("lost_records") && manifest.Total().rejected == 0;
}

}  // namespace

Manifest BuildManifest(const FolderSettings& settings, const JobContext& context, const ObjectSums& sums,
                       const Manifest* appended_to) {
  Manifest manifest;
  Objects objects;
  Kinds kinds;
  if (appended_to != nullptr) {
    manifest.counters = appended_to->counters;
    manifest.notes = appended_to->notes;
    for (const ManifestObject& object : appended_to->objects) objects[object.name] = object;
    if (appended_to->rejects) objects[std::string(kRejectsName)] = *appended_to->rejects;
    for (const ManifestKind& kind : appended_to->kinds) kinds[kind.name] = kind;
  }
  manifest.tool = settings.tool;
  manifest.format = settings.format;
  manifest.compression = CompressionName(settings.compression);
  manifest.layout = FileLayoutName(settings.layout);
  manifest.csv = settings.csv;
  if (context.schema != nullptr) {
    manifest.schema = *context.schema;
    if (appended_to != nullptr && appended_to->schema) {
      manifest.schema->kinds.insert(appended_to->schema->kinds.begin(), appended_to->schema->kinds.end());
    }
  }
  AddJob(context, &manifest, &kinds);
  for (const auto& [name, sum] : sums) AddObject(name, sum, &objects);
  TakeRejects(&objects, &manifest);
  for (auto& [name, object] : objects) manifest.objects.push_back(std::move(object));
  for (auto& [name, kind] : kinds) manifest.kinds.push_back(std::move(kind));
  manifest.complete = IsComplete(manifest) && (appended_to == nullptr || appended_to->complete);
  return manifest;
}

}  // namespace datahaul
