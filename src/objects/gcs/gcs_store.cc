#include "objects/gcs/gcs_store.h"

#include <algorithm>
#include <map>

#include "base/random_name.h"
#include "base/status.h"
#include "base/text.h"
#include "http/digest.h"
#include "io/checksum.h"
#include "objects/concurrently.h"
#include "objects/gcs/gcs_error.h"
#include "objects/gcs/gcs_reader.h"
#include "objects/pieces.h"

namespace datahaul {
namespace {

constexpr ObjectStoreTraits kTraits{.conditional_replace = true,
                                    .most_piece_bytes = uint64_t{5} << 30,
                                    .most_pieces = 32 * 32 * 32};  // three levels of composing

constexpr size_t kMostUploadedKey = 900;  // so that the names of temporary objects, which hold it, have at most 1024

constexpr char kFinishing[] = "finishing the upload of", kAborting[] = "aborting the upload of";

absl::StatusOr<GcsUri> ParseObject(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(GcsUri object, ParseGcsUri(uri));
  if (object.key.empty()) return UsageError(StrCat("opening ", uri, ": expected gs://BUCKET/KEY, found no key"));
  if (!object.key.starts_with(kGcsUploads)) return object;
  return UsageError(
      StrCat("opening ", uri, ": expected another folder than ", kGcsUploads, ", which holds what uploads have sent"));
}

absl::Status CheckNumber(uint32_t number) {
  if (number < kTraits.most_pieces) return absl::OkStatus();
  return InternalError(StrCat("uploading a piece: expected a number below ", kTraits.most_pieces, ", found ", number));
}

absl::Status NoUpload(std::string_view action, const GcsUri& object) {
  return WithRetry(
      absl::NotFoundError(StrCat(action, " ", ToText(object), ": there is no such upload; it was finished or aborted")),
      Retry::kNever);
}

ObjectInfo InfoOf(const GcsUri& object, GcsObject found) {
  ObjectInfo info{.uri = ToText(object), .size = found.size, .version = std::move(found.generation)};
  info.name = object.key.substr(object.key.rfind('/') + 1);
  info.crc32c = found.crc32c;
  return info;
}

// Every attempt has a name of its own: whoever puts a piece again leaves the one before as it is.
std::string NameOfPiece(uint32_t number) { return StrCat("piece-", number, "-", RandomName(32)); }

std::string TagOf(std::string_view name, std::string_view generation) { return StrCat(name, "/", generation); }

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> GcsStore::New(HttpTransport* transport, Clock* clock,
                                                           const Environment& environment, const GcsOptions& options) {
  DH_ASSIGN_OR_RETURN(GcsOptions completed, Completed(options, environment));
  return std::unique_ptr<ObjectStore>(new GcsStore(transport, clock, environment, std::move(completed)));
}

const ObjectStoreTraits& GcsStore::traits() const { return kTraits; }

absl::StatusOr<std::optional<ObjectInfo>> GcsStore::Stat(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const GcsUri object, ParseGcsUri(uri));
  if (object.key.empty() || object.key.ends_with('/')) return std::nullopt;
  absl::StatusOr<GcsObject> found = api_.Look("looking at", object);
  if (IsAbsentInGcs(found.status())) {
    DH_RETURN_IF_ERROR(CheckBucket(object.bucket));
    return std::nullopt;
  }
  DH_RETURN_IF_ERROR(found.status());
  return InfoOf(object, *std::move(found));
}

// That there is no such object is also said where there is no such bucket, or no store.
absl::Status GcsStore::CheckBucket(const std::string& bucket) {
  {
    const std::lock_guard lock(mutex_);
    if (buckets_.contains(bucket)) return absl::OkStatus();
  }
  absl::Status status = api_.CheckBucket("looking at", bucket);
  if (!status.ok() && status.code() != absl::StatusCode::kPermissionDenied) return status;
  const std::lock_guard lock(mutex_);
  buckets_.insert(bucket);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ObjectInfo>> GcsStore::List(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(GcsUri folder, ParseGcsUri(uri));
  if (!folder.key.empty() && !folder.key.ends_with('/')) folder.key += '/';
  DH_ASSIGN_OR_RETURN(std::vector<GcsObject> found, api_.List("listing", folder));
  std::vector<ObjectInfo> objects;
  for (GcsObject& object : found) {
    if (object.name.ends_with('/') || object.name.starts_with(kGcsUploads)) continue;
    const GcsUri at{folder.bucket, object.name};
    objects.push_back(InfoOf(at, std::move(object)));
    objects.back().name = at.key.substr(folder.key.size());
  }
  if (objects.empty()) {
    return WithRetry(absl::NotFoundError(StrCat("listing ", ToText(folder), ": there are no objects below it")),
                     Retry::kNever);
  }
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return objects;
}

absl::StatusOr<std::unique_ptr<ByteReader>> GcsStore::Read(std::string_view uri, ByteRange likely) {
  DH_ASSIGN_OR_RETURN(GcsUri object, ParseObject(uri));
  return OpenGcsObject(&client_, std::move(object), likely);
}

absl::Status GcsStore::Write(std::string_view uri, const ByteViews& bytes, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const GcsUri object, ParseObject(uri));
  return api_.Insert("writing", object, bytes, when).status();
}

absl::Status GcsStore::Delete(std::string_view uri, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const GcsUri object, ParseObject(uri));
  return api_.Delete("deleting", object, when);
}

absl::StatusOr<std::string> GcsStore::BeginUpload(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(GcsUri object, ParseObject(uri));
  if (object.key.size() > kMostUploadedKey) {
    return UsageError(StrCat("beginning to upload ", uri, ": expected a key of at most ", kMostUploadedKey,
                             " bytes, found ", object.key.size()));
  }
  const GcsUpload upload{std::move(object), RandomName(32)};
  DH_RETURN_IF_ERROR(api_.Insert("beginning to upload", TemporaryOf(upload, kGcsUploadMark), "", {}).status());
  return ToText(upload);
}

absl::StatusOr<UploadPiece> GcsStore::PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) {
  DH_ASSIGN_OR_RETURN(const GcsUpload target, ParseGcsUpload(upload));
  DH_RETURN_IF_ERROR(CheckNumber(number));
  const GcsUri piece = TemporaryOf(target, NameOfPiece(number));
  DH_ASSIGN_OR_RETURN(const GcsObject stored, api_.Insert("uploading a piece to", piece, bytes, {}));
  return Keep(target, number, stored, *stored.crc32c);
}

// Aborting removes the mark before it looks for pieces: either it finds this one, or this finds no mark.
absl::StatusOr<UploadPiece> GcsStore::Keep(const GcsUpload& upload, uint32_t number, const GcsObject& stored,
                                           uint32_t crc32c) {
  constexpr char kAction[] = "uploading a piece of";
  const absl::Status mark = api_.Look(kAction, TemporaryOf(upload, kGcsUploadMark)).status();
  if (IsAbsentInGcs(mark)) {
    DH_RETURN_IF_ERROR(api_.Delete(kAction, {upload.object.bucket, stored.name}));
    return NoUpload(kAction, upload.object);
  }
  DH_RETURN_IF_ERROR(mark);
  const std::string name = stored.name.substr(stored.name.rfind('/') + 1);
  return UploadPiece{number, stored.size, crc32c, TagOf(name, stored.generation)};
}

absl::StatusOr<UploadPiece> GcsStore::CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                                ByteRange range) {
  DH_ASSIGN_OR_RETURN(const GcsUpload target, ParseGcsUpload(upload));
  DH_ASSIGN_OR_RETURN(const GcsUri from, ParseObject(source.uri));
  DH_RETURN_IF_ERROR(CheckNumber(number));
  if (range == ByteRange{0, source.size}) {
    const GcsUri piece = TemporaryOf(target, NameOfPiece(number));
    DH_ASSIGN_OR_RETURN(const GcsObject stored, api_.Copy("copying", from, source.version, piece));
    if (stored.crc32c && stored.size == source.size) return Keep(target, number, stored, *stored.crc32c);
  }
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, OpenGcsObject(&client_, from, range, source.version));
  std::string bytes(range.size(), '\0');
  DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(range.begin, bytes.data(), bytes.size()));
  if (got == bytes.size()) return PutPiece(upload, number, bytes);
  return WithRetry(absl::UnavailableError(StrCat("reading ", source.uri, ": the connection broke")), Retry::kCall);
}

absl::StatusOr<std::vector<GcsObject>> GcsStore::Find(const GcsUpload& upload, std::span<const UploadPiece> pieces) {
  const GcsUri folder = TemporaryOf(upload, "");
  DH_ASSIGN_OR_RETURN(std::vector<GcsObject> all, api_.List(kFinishing, folder));
  std::map<std::string, GcsObject> by_tag;
  for (GcsObject& object : all) {
    std::string tag = TagOf(std::string_view(object.name).substr(folder.key.size()), object.generation);
    by_tag.emplace(std::move(tag), std::move(object));
  }
  std::vector<GcsObject> found;
  for (const UploadPiece& piece : pieces) {
    const auto at = by_tag.find(piece.tag);
    if (at == by_tag.end() || at->second.size != piece.size) return NoUpload(kFinishing, upload.object);
    found.push_back(at->second);
    found.back().crc32c = piece.crc32c;
  }
  return found;
}

// The name says what it is made of, so that whoever finishes again, after an attempt that broke off, finds it.
absl::StatusOr<GcsObject> GcsStore::JoinGroup(const GcsUpload& upload, std::span<const GcsObject> group) {
  std::string sources;
  for (const GcsObject& object : group) StrAppend(&sources, object.name, " ", object.generation, "\n");
  DH_ASSIGN_OR_RETURN(const std::string digest, Sha256(sources));
  const GcsUri joined = TemporaryOf(upload, "joined-" + Hex(digest));
  absl::StatusOr<GcsObject> composed = api_.Compose(kFinishing, joined, group, Precondition::Absent());
  if (composed.status().code() == absl::StatusCode::kAlreadyExists) return api_.Look(kFinishing, joined);
  return composed;
}

// Joins just so many, from the front, that one call can join what is left; where that is too many for one level, all.
// What is joined here is copied once more than the rest by stores that copy when they compose.
absl::StatusOr<std::vector<GcsObject>> GcsStore::JoinLevel(const GcsUpload& upload,
                                                           std::span<const GcsObject> objects) {
  constexpr size_t kMost = GcsApi::kMostComposed;
  const size_t too_many = objects.size() - kMost;
  size_t groups = (too_many + kMost - 2) / (kMost - 1), grouped = too_many + groups;
  if (grouped > objects.size()) {
    grouped = objects.size();
    groups = (grouped + kMost - 1) / kMost;
  }
  std::vector<GcsObject> joined(groups);
  DH_RETURN_IF_ERROR(Concurrently(groups, AfterFailure::kGoOn, [&](size_t i) -> absl::Status {
    const size_t begin = grouped * i / groups, end = grouped * (i + 1) / groups;
    const auto group = objects.subspan(begin, end - begin);
    uint32_t crc32c = 0;
    for (const GcsObject& object : group) crc32c = Crc32cCombine(crc32c, *object.crc32c, object.size);
    DH_ASSIGN_OR_RETURN(joined[i], JoinGroup(upload, group));
    joined[i].crc32c = crc32c;
    return absl::OkStatus();
  }));
  joined.insert(joined.end(), objects.begin() + static_cast<std::ptrdiff_t>(grouped), objects.end());
  return joined;
}

absl::Status GcsStore::Join(const GcsUpload& upload, std::span<const UploadPiece> pieces, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(std::vector<GcsObject> objects, Find(upload, pieces));
  while (objects.size() > GcsApi::kMostComposed) {
    DH_ASSIGN_OR_RETURN(objects, JoinLevel(upload, objects));
  }
  return api_.Compose(kFinishing, upload.object, objects, when).status();
}

absl::StatusOr<bool> GcsStore::Holds(const GcsUri& object, std::span<const UploadPiece> pieces) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> info, Stat(ToText(object)));
  const Whole whole = WholeOf(pieces);
  return info && info->size == whole.size && info->crc32c == whole.crc32c;
}

absl::Status GcsStore::FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                                    const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const GcsUpload target, ParseGcsUpload(upload));
  DH_RETURN_IF_ERROR(CheckOrder(ToText(target.object), pieces));
  absl::Status status = pieces.empty() ? Write(ToText(target.object), "", when) : Join(target, pieces, when);
  const absl::StatusCode code = status.code();
  if (code == absl::StatusCode::kNotFound || code == absl::StatusCode::kAlreadyExists ||
      code == absl::StatusCode::kAborted) {
    DH_ASSIGN_OR_RETURN(const bool done, Holds(target.object, pieces));
    if (!done) return status;
  } else {
    DH_RETURN_IF_ERROR(status);
  }
  return AbortUpload(upload);  // what is temporary is not needed any more
}

absl::Status GcsStore::AbortUpload(std::string_view upload) {
  DH_ASSIGN_OR_RETURN(const GcsUpload target, ParseGcsUpload(upload));
  DH_RETURN_IF_ERROR(api_.Delete(kAborting, TemporaryOf(target, kGcsUploadMark)));
  DH_ASSIGN_OR_RETURN(const std::vector<GcsObject> left, api_.List(kAborting, TemporaryOf(target, "")));
  return Concurrently(left.size(), AfterFailure::kGoOn, [&](size_t i) -> absl::Status {
    const GcsUri object{target.object.bucket, left[i].name};
    const std::optional<GcsTemporary> temporary = ParseGcsTemporary(object);
    const bool ours = temporary && ToText(temporary->upload) == upload;  // not of a key that begins like the folder
    return ours ? api_.Delete(kAborting, object) : absl::OkStatus();
  });
}

absl::StatusOr<std::vector<UploadInfo>> GcsStore::ListUploads(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const GcsUri at, ParseGcsUri(uri));
  const std::string below = at.key.empty() || at.key.ends_with('/') ? at.key : at.key + "/";
  DH_ASSIGN_OR_RETURN(const std::vector<GcsObject> found,
                      api_.List("listing uploads to", {at.bucket, StrCat(kGcsUploads, at.key)}));
  std::map<GcsUpload, Micros> begun;
  for (const GcsObject& object : found) {
    const std::optional<GcsTemporary> temporary = ParseGcsTemporary({at.bucket, object.name});
    if (!temporary) continue;
    const std::string& key = temporary->upload.object.key;
    if (key != at.key && !key.starts_with(below)) continue;
    const auto known = begun.emplace(temporary->upload, object.created).first;
    known->second = std::min(known->second, object.created);
  }
  std::vector<UploadInfo> uploads;
  for (const auto& [upload, time] : begun) uploads.push_back({ToText(upload), ToText(upload.object), time});
  return uploads;
}

}  // namespace datahaul
