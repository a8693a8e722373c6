#include "connector/objects/bucket_traces.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/bucket_names.h"
#include "connector/objects/object_bytes.h"
#include "objects/concurrently.h"

namespace datahaul {
namespace {

absl::StatusOr<std::vector<std::string>> UploadsOf(ObjectStore& store, const std::string& folder,
                                                   const std::string& note) {
  std::vector<std::string> found;
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> object, ReadWhole(store, note));
  if (!object) return found;
  const std::string uri = JoinPath(folder, *object);
  DH_ASSIGN_OR_RETURN(const std::vector<UploadInfo> uploads, store.ListUploads(uri));
  for (const UploadInfo& upload : uploads) {
    if (upload.uri == uri) found.push_back(upload.upload);
  }
  return found;
}

absl::StatusOr<Traces> Sorted(ObjectStore& store, const std::string& folder, std::vector<ObjectInfo> objects) {
  Traces traces;
  for (ObjectInfo& object : objects) {
    const bool is_note = StrCat("/", object.name).find(StrCat("/", kUploadsName, "/")) != std::string::npos;
    (is_note ? traces.notes : traces.staged).push_back(std::move(object.uri));
  }
  std::vector<std::vector<std::string>> uploads(traces.notes.size());
  DH_RETURN_IF_ERROR(Concurrently(uploads.size(), AfterFailure::kStop, [&](size_t i) {
    DH_ASSIGN_OR_RETURN(uploads[i], UploadsOf(store, folder, traces.notes[i]));
    return absl::OkStatus();
  }));
  for (std::vector<std::string>& some : uploads) traces.uploads.insert(traces.uploads.end(), some.begin(), some.end());
  return traces;
}

}  // namespace

absl::StatusOr<Traces> FindTraces(ObjectStore& store, const std::string& folder, const std::string& job) {
  DH_ASSIGN_OR_RETURN(std::vector<ObjectInfo> objects, ListAll(store, JobTracesUri(folder, job)));
  return Sorted(store, folder, std::move(objects));
}

absl::StatusOr<Traces> FindTracesOfOthers(ObjectStore& store, const std::string& folder, const std::string& job) {
  DH_ASSIGN_OR_RETURN(std::vector<ObjectInfo> objects, ListAll(store, TracesUri(folder)));
  std::erase_if(objects, [&](const ObjectInfo& object) { return object.name.starts_with(StrCat(job, "/")); });
  return Sorted(store, folder, std::move(objects));
}

// Nobody else writes what has these names. The notes of uploads go last: what is left of them after a crash is found by
// them.
absl::Status Remove(ObjectStore& store, const Traces& traces) {
  const auto remove = [&store](const std::vector<std::string>& uris) {
    return Concurrently(uris.size(), AfterFailure::kStop, [&](size_t i) { return store.Delete(uris[i]); });
  };
  DH_RETURN_IF_ERROR(Concurrently(traces.uploads.size(), AfterFailure::kStop,
                                  [&](size_t i) { return store.AbortUpload(traces.uploads[i]); }));
  DH_RETURN_IF_ERROR(remove(traces.staged));
  return remove(traces.notes);
}

}  // namespace datahaul
