#include "connector/objects/bucket_publisher.h"

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/object_bytes.h"
#include "io/checksum.h"
#include "io/folder.h"
#include "objects/concurrently.h"

namespace datahaul {
namespace {

using ObjectsByName = std::map<std::string_view, const ManifestObject*>;

ObjectsByName ObjectsOf(const Manifest* manifest) {
  ObjectsByName objects;
  if (manifest == nullptr) return objects;
  for (const ManifestObject& object : manifest->objects) objects[object.name] = &object;
  if (manifest->rejects) objects[manifest->rejects->name] = &*manifest->rejects;
  return objects;
}

absl::Status OtherBytes(const std::string& uri) {
  return DataError(StrCat("publishing ", uri,
                          ": what was stored has not the checksum that it was written with; cancel the job and begin ",
                          "a new one"));
}

}  // namespace

std::string BucketPublisher::UriOf(std::string_view object) const { return JoinPath(settings_.folder, object); }

Precondition BucketPublisher::Replacing(const ObjectInfo& info) const {
  return store_.traits().conditional_replace ? Precondition::Is(info.version) : Precondition::None();
}

absl::Status BucketPublisher::Publish(const ObjectSums& sums, const StoredOutput& output, const Manifest* append) {
  const ObjectsByName old = ObjectsOf(append);
  std::vector<Target> targets;
  targets.reserve(sums.size());
  for (const auto& [object, sum] : sums) {
    Target& target = targets.emplace_back();
    target.object = object;
    target.whole = {sum.end, sum.crc32c, nullptr};
    if (const auto before = old.find(object); before != old.end()) {
      target.whole.before = before->second;
      target.whole.crc32c = Crc32cCombine(before->second->crc32c, sum.crc32c, sum.end - sum.begin);
    }
  }
  DH_RETURN_IF_ERROR(
      Concurrently(targets.size(), AfterFailure::kStop, [&](size_t i) { return Plan(output, &targets[i]); }));
  std::vector<std::pair<Target*, size_t>> missing;
  for (Target& target : targets) {
    if (!target.plan.upload.empty()) uploads_.Know(target.object, target.plan.upload);
    if (target.is_there || target.plan.is_small()) continue;
    for (size_t i = 0; i < target.plan.pieces.size(); ++i) missing.emplace_back(&target, i);
  }
  DH_RETURN_IF_ERROR(Concurrently(missing.size(), AfterFailure::kStop,
                                  [&](size_t i) { return UploadPieceOf(missing[i].first, missing[i].second); }));
  return Concurrently(targets.size(), AfterFailure::kStop,
                      [&](size_t i) { return targets[i].is_there ? absl::OkStatus() : Finish(&targets[i]); });
}

absl::Status BucketPublisher::Plan(const StoredOutput& output, Target* target) {
  ObjectRange before;
  DH_RETURN_IF_ERROR(Look(target, &before));
  if (target->is_there) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(target->plan, PlanObject(limits_, before, output.objects.at(target->object)));
  target->uploaded.resize(target->plan.pieces.size());
  return absl::OkStatus();
}

// What is under the object's name, and so how it may be replaced.
absl::Status BucketPublisher::Look(Target* target, ObjectRange* before) {
  const std::string uri = UriOf(target->object);
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> info, store_.Stat(uri));
  const ManifestObject* const old = target->whole.before;
  if (info) {
    DH_ASSIGN_OR_RETURN(target->is_there, IsThere(*info, target->whole));
    if (target->is_there) return absl::OkStatus();
    target->when = Replacing(*info);
  } else {
    target->when = Precondition::Absent();
  }
  if (old != nullptr) {
    const bool same = info && info->size == old->bytes && info->crc32c.value_or(old->crc32c) == old->crc32c;
    *before = {uri, info ? info->version : "", old->bytes, {0, old->bytes}};
    if (same) return absl::OkStatus();
    return HumanError(StrCat("appending to ", uri, ": expected ", old->bytes, " bytes as in the manifest, found ",
                             info ? StrCat(info->size, " others") : "no object", "; restore it"));
  }
  if (!info || settings_.if_exists != IfExists::kFail) return absl::OkStatus();
  return HumanError(
      StrCat("publishing ", uri, ": another has written it while the job ran; remove it and resume the job"));
}

absl::StatusOr<bool> BucketPublisher::IsThere(const ObjectInfo& info, const Whole& whole) {
  if (info.size != whole.size) return false;
  if (info.crc32c) return *info.crc32c == whole.crc32c;
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store_.Read(info.uri));
  std::string buffer(1 << 20, '\0');
  uint32_t crc = 0;
  for (uint64_t at = 0; at < whole.size;) {
    DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(at, buffer.data(), buffer.size()));
    if (got == 0) return false;
    crc = Crc32c(std::string_view(buffer).substr(0, got), crc);
    at += got;
  }
  return crc == whole.crc32c;
}

absl::Status BucketPublisher::UploadPieceOf(Target* target, size_t piece) {
  const ObjectPlan::Piece& planned = target->plan.pieces[piece];
  UploadPiece& uploaded = target->uploaded[piece];
  if (planned.uploaded) {
    uploaded = *planned.uploaded;
    return absl::OkStatus();
  }
  DH_ASSIGN_OR_RETURN(const std::string upload, uploads_.Of(target->object));
  if (planned.from.size() == 1 && !planned.from[0].version.empty() && target->may_copy) {
    const ObjectRange& from = planned.from[0];
    const ObjectInfo source{.uri = from.uri, .size = from.size, .version = from.version};
    DH_ASSIGN_OR_RETURN(uploaded, store_.CopyPiece(upload, planned.number, source, from.range));
    return absl::OkStatus();
  }
  std::string bytes;
  for (const ObjectRange& range : planned.from) DH_RETURN_IF_ERROR(AppendRange(store_, range, &bytes));
  DH_ASSIGN_OR_RETURN(uploaded, store_.PutPiece(upload, planned.number, bytes));
  return absl::OkStatus();
}

bool BucketPublisher::IsWhole(const Target& target) {
  uint64_t size = 0;
  uint32_t crc = 0;
  for (const UploadPiece& piece : target.uploaded) {
    crc = Crc32cCombine(crc, piece.crc32c, piece.size);
    size += piece.size;
  }
  return size == target.whole.size && crc == target.whole.crc32c;
}

absl::Status BucketPublisher::Finish(Target* target) {
  if (target->plan.is_small()) return FinishSmall(*target);
  if (!IsWhole(*target)) {
    // Some stores tell a wrong checksum of what they have copied (versitygw does).
    target->may_copy = false;
    for (size_t i = 0; i < target->plan.pieces.size(); ++i) DH_RETURN_IF_ERROR(UploadPieceOf(target, i));
  }
  if (!IsWhole(*target)) return OtherBytes(UriOf(target->object));
  DH_ASSIGN_OR_RETURN(const std::string upload, uploads_.Of(target->object));
  return store_.FinishUpload(upload, target->uploaded, target->when);
}

absl::Status BucketPublisher::FinishSmall(const Target& target) {
  const std::string uri = UriOf(target.object);
  std::string bytes;
  for (const ObjectRange& range : target.plan.pieces[0].from) DH_RETURN_IF_ERROR(AppendRange(store_, range, &bytes));
  if (bytes.size() != target.whole.size || Crc32c(bytes) != target.whole.crc32c) return OtherBytes(uri);
  return store_.Write(uri, bytes, target.when);
}

absl::Status BucketPublisher::Write(const std::string& object, std::string_view bytes) {
  Target target;
  target.object = object;
  target.whole = {bytes.size(), Crc32c(bytes), nullptr};
  ObjectRange before;
  DH_RETURN_IF_ERROR(Look(&target, &before));
  return target.is_there ? absl::OkStatus() : store_.Write(UriOf(object), bytes, target.when);
}

}  // namespace datahaul
