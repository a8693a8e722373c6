#include "connector/objects/object_bytes.h"

#include <memory>

#include "base/status.h"
#include "base/text.h"
#include "objects/concurrently.h"

namespace datahaul {
namespace {

// A bucket that is missing is something for a person, and no empty folder.
bool IsAbsent(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound && RetryOf(status) != Retry::kHuman;
}

}  // namespace

absl::Status AppendRange(ObjectStore& store, const ObjectRange& range, std::string* out) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store.Read(range.uri, range.range));
  if (!range.version.empty() && !reader->version().empty() && reader->version() != range.version) {
    return WithRetry(absl::AbortedError(StrCat("reading ", range.uri, ": expected version ", range.version, ", found ",
                                               reader->version(), ": it has been replaced meanwhile")),
                     Retry::kTask);
  }
  const size_t before = out->size(), wanted = range.range.size();
  out->resize(before + wanted);
  DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(range.range.begin, out->data() + before, wanted));
  if (got == wanted) return absl::OkStatus();
  return DataError(
      StrCat("reading ", range.uri, " at byte ", range.range.begin, ": expected ", wanted, " bytes, found ", got));
}

absl::StatusOr<std::optional<std::string>> ReadWhole(ObjectStore& store, const std::string& uri, std::string* version) {
  const absl::StatusOr<std::unique_ptr<ByteReader>> reader = store.Read(uri);
  if (IsAbsent(reader.status())) return std::nullopt;
  DH_RETURN_IF_ERROR(reader.status());
  std::string bytes((*reader)->size(), '\0');
  DH_ASSIGN_OR_RETURN(const size_t got, (*reader)->ReadAt(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  if (version != nullptr) *version = (*reader)->version();
  return bytes;
}

absl::StatusOr<std::vector<ObjectInfo>> ListAll(ObjectStore& store, const std::string& uri) {
  absl::StatusOr<std::vector<ObjectInfo>> objects = store.List(uri);
  return IsAbsent(objects.status()) ? std::vector<ObjectInfo>() : std::move(objects);
}

Precondition Unchanged(const ObjectStore& store, const std::string& version) {
  return store.traits().conditional_replace ? Precondition::Is(version) : Precondition::None();
}

absl::Status DeleteSeen(ObjectStore& store, const std::string& uri, const std::string& version) {
  absl::Status status = store.Delete(uri, Unchanged(store, version));
  return status.code() == absl::StatusCode::kAborted ? absl::OkStatus() : status;
}

absl::Status DeleteSeen(ObjectStore& store, const std::vector<ObjectInfo>& objects) {
  return Concurrently(objects.size(), AfterFailure::kStop,
                      [&](size_t i) { return DeleteSeen(store, objects[i].uri, objects[i].version); });
}

}  // namespace datahaul
