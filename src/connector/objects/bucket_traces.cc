#include "connector/objects/bucket_traces.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/bucket_names.h"
#include "connector/objects/object_bytes.h"
#include "objects/concurrently.h"

namespace datahaul {
namespace {

absl::Status AbortUploads(ObjectStore& store, const std::string& folder, const std::string& note) {
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> object, ReadWhole(store, note));
  if (!object) return absl::OkStatus();
  const std::string uri = JoinPath(folder, *object);
  DH_ASSIGN_OR_RETURN(const std::vector<UploadInfo> uploads, store.ListUploads(uri));
  for (const UploadInfo& upload : uploads) {
    if (upload.uri == uri) DH_RETURN_IF_ERROR(store.AbortUpload(upload.upload));
  }
  return absl::OkStatus();
}

// The notes of uploads go last: what is left of them after a crash is found by them.
absl::Status Remove(ObjectStore& store, const std::string& folder, const std::vector<ObjectInfo>& traces) {
  std::vector<std::string> notes, others;
  for (const ObjectInfo& trace : traces) {
    const bool is_note = StrCat("/", trace.name).find(StrCat("/", kUploadsName, "/")) != std::string::npos;
    (is_note ? notes : others).push_back(trace.uri);
  }
  const auto remove = [&store](const std::vector<std::string>& uris) {
    return Concurrently(uris.size(), AfterFailure::kStop, [&](size_t i) { return store.Delete(uris[i]); });
  };
  DH_RETURN_IF_ERROR(
      Concurrently(notes.size(), AfterFailure::kStop, [&](size_t i) { return AbortUploads(store, folder, notes[i]); }));
  DH_RETURN_IF_ERROR(remove(others));
  return remove(notes);
}

}  // namespace

absl::Status RemoveTraces(ObjectStore& store, const std::string& folder, const std::string& job) {
  DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> traces, ListAll(store, JobTracesUri(folder, job)));
  return Remove(store, folder, traces);
}

absl::Status RemoveTracesOfOthers(ObjectStore& store, const std::string& folder, const std::string& job) {
  DH_ASSIGN_OR_RETURN(std::vector<ObjectInfo> traces, ListAll(store, TracesUri(folder)));
  std::erase_if(traces, [&](const ObjectInfo& trace) { return trace.name.starts_with(StrCat(job, "/")); });
  return Remove(store, folder, traces);
}

}  // namespace datahaul
