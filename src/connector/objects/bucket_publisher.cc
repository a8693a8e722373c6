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
#include "objects/pieces.h"

namespace datahaul {
namespace {

constexpr size_t kPiecesAtOnce = 5;  // each is held in memory

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

absl::Status BucketPublisher::Look(const ObjectSums& sums, const Manifest* append) {
  const ObjectsByName old = ObjectsOf(append);
  std::vector<std::pair<const ManifestObject*, Target*>> looked;
  for (const auto& [object, sum] : sums) {
    Target& target = targets_[object];
    target.uri = JoinPath(settings_.folder, object);
    target.size = sum.end;
    target.crc32c = sum.crc32c;
    const auto before = old.find(object);
    const ManifestObject* const continued = before == old.end() ? nullptr : before->second;
    if (continued != nullptr) target.crc32c = Crc32cCombine(continued->crc32c, sum.crc32c, sum.end - sum.begin);
    looked.emplace_back(continued, &target);
  }
  return Concurrently(looked.size(), AfterFailure::kStop,
                      [&](size_t i) { return LookAt(looked[i].first, looked[i].second); });
}

// What is under the object's name, and so how it may be replaced.
absl::Status BucketPublisher::LookAt(const ManifestObject* old, Target* target) {
  const std::string& uri = target->uri;
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> info, store_.Stat(uri));
  if (info) {
    DH_ASSIGN_OR_RETURN(target->is_there, IsThere(*info, *target));
    if (target->is_there) return absl::OkStatus();
  }
  target->when = info ? Unchanged(store_, info->version) : Precondition::Absent();
  if (old != nullptr) {
    const bool same = info && info->size == old->bytes && info->crc32c.value_or(old->crc32c) == old->crc32c;
    target->before = {uri, info ? info->version : "", old->bytes, {0, old->bytes}};
    if (same) return absl::OkStatus();
    return HumanError(StrCat("appending to ", uri, ": expected ", old->bytes, " bytes as in the manifest, found ",
                             info ? StrCat(info->size, " others") : "no object", "; restore it"));
  }
  if (!info || settings_.if_exists != IfExists::kFail) return absl::OkStatus();
  return HumanError(
      StrCat("publishing ", uri, ": another has written it while the job ran; remove it and resume the job"));
}

absl::StatusOr<bool> BucketPublisher::IsThere(const ObjectInfo& info, const Target& target) {
  if (info.size != target.size) return false;
  if (info.crc32c) return *info.crc32c == target.crc32c;
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store_.Read(info.uri));
  std::string buffer(1 << 20, '\0');
  uint32_t crc = 0;
  for (uint64_t at = 0; at < target.size;) {
    DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(at, buffer.data(), buffer.size()));
    if (got == 0) return false;
    crc = Crc32c(std::string_view(buffer).substr(0, got), crc);
    at += got;
  }
  return crc == target.crc32c;
}

absl::Status BucketPublisher::Publish(const StoredOutput& output) {
  const std::vector<Targets::value_type*> targets = Plan(output);
  std::vector<std::pair<Targets::value_type*, size_t>> missing;
  for (Targets::value_type* target : targets) {
    const ObjectPlan& plan = target->second.plan;
    for (size_t i = 0; i < plan.pieces.size() && !plan.is_small(); ++i) missing.emplace_back(target, i);
  }
  DH_RETURN_IF_ERROR(Concurrently(
      missing.size(), AfterFailure::kStop,
      [&](size_t i) { return UploadPieceOf(output, missing[i].first, missing[i].second); }, kPiecesAtOnce));
  DH_RETURN_IF_ERROR(Concurrently(
      targets.size(), AfterFailure::kStop, [&](size_t i) { return MakeWhole(output, targets[i]); }, kPiecesAtOnce));
  return Concurrently(
      targets.size(), AfterFailure::kStop, [&](size_t i) { return Finish(output, *targets[i]); }, kPiecesAtOnce);
}

// Those that are not there yet.
std::vector<BucketPublisher::Targets::value_type*> BucketPublisher::Plan(const StoredOutput& output) {
  std::vector<Targets::value_type*> planned;
  for (const auto& [object, stored] : output.objects) {
    const auto at = targets_.find(object);
    Target& target = at->second;
    if (target.is_there) continue;
    if (!stored.upload.empty()) uploads_.Know(object, stored.upload);
    target.stored = &stored;
    target.plan = PlanObject(limits_, target.before.range.size(), stored);
    target.uploaded.resize(target.plan.pieces.size());
    planned.push_back(&*at);
  }
  return planned;
}

absl::Status BucketPublisher::UploadPieceOf(const StoredOutput& output, Targets::value_type* target, size_t piece) {
  auto& [object, state] = *target;
  const ObjectPlan::Piece& planned = state.plan.pieces[piece];
  UploadPiece& uploaded = state.uploaded[piece];
  if (planned.uploaded != nullptr) {
    uploaded = *planned.uploaded;
    return absl::OkStatus();
  }
  DH_ASSIGN_OR_RETURN(const std::string upload, uploads_.Of(object));
  const std::vector<ObjectRange> from = RangesOf(output, *state.stored, state.before, planned.range);
  if (from.size() == 1 && !from[0].version.empty() && state.may_copy) {
    const ObjectInfo source{.uri = from[0].uri, .size = from[0].size, .version = from[0].version};
    DH_ASSIGN_OR_RETURN(uploaded, store_.CopyPiece(upload, planned.number, source, from[0].range));
    return absl::OkStatus();
  }
  DH_ASSIGN_OR_RETURN(const std::string bytes, BytesOf(output, state, planned.range));
  DH_ASSIGN_OR_RETURN(uploaded, store_.PutPiece(upload, planned.number, bytes));
  return absl::OkStatus();
}

absl::StatusOr<std::string> BucketPublisher::BytesOf(const StoredOutput& output, const Target& target,
                                                     ByteRange range) {
  std::string bytes;
  bytes.reserve(range.size());
  for (const ObjectRange& part : RangesOf(output, *target.stored, target.before, range)) {
    DH_RETURN_IF_ERROR(AppendRange(store_, part, &bytes));
  }
  return bytes;
}

absl::StatusOr<std::string> BucketPublisher::SmallBytes(const StoredOutput& output, const Target& target) {
  DH_ASSIGN_OR_RETURN(std::string bytes, BytesOf(output, target, {0, target.size}));
  if (bytes.size() != target.size || Crc32c(bytes) != target.crc32c) return OtherBytes(target.uri);
  return bytes;
}

bool BucketPublisher::IsWhole(const Target& target) {
  const Whole whole = WholeOf(target.uploaded);
  return whole.size == target.size && whole.crc32c == target.crc32c;
}

absl::Status BucketPublisher::MakeWhole(const StoredOutput& output, Targets::value_type* target) {
  Target& state = target->second;
  if (state.plan.is_small()) {
    // Where nothing was before, it does when they get their names: those that a failed job has named are removed.
    if (settings_.if_exists == IfExists::kFail) return absl::OkStatus();
    return SmallBytes(output, state).status();
  }
  if (!IsWhole(state)) {
    // Some stores tell a wrong checksum of what they have copied (versitygw does).
    state.may_copy = false;
    for (size_t i = 0; i < state.plan.pieces.size(); ++i) DH_RETURN_IF_ERROR(UploadPieceOf(output, target, i));
  }
  return IsWhole(state) ? CheckUpload(*target) : OtherBytes(state.uri);
}

absl::Status BucketPublisher::CheckUpload(const Targets::value_type& target) {
  const auto& [object, state] = target;
  DH_ASSIGN_OR_RETURN(const std::string upload, uploads_.Of(object));
  DH_ASSIGN_OR_RETURN(const std::vector<UploadInfo> unfinished, store_.ListUploads(state.uri));
  for (const UploadInfo& one : unfinished) {
    if (one.upload == upload) return absl::OkStatus();
  }
  return DataError(StrCat("publishing ", state.uri,
                          ": expected its upload, found none, as if a life-cycle rule had dropped it; cancel the job ",
                          "and begin a new one"));
}

absl::Status BucketPublisher::Finish(const StoredOutput& output, const Targets::value_type& target) {
  const auto& [object, state] = target;
  if (!state.plan.is_small()) {
    DH_ASSIGN_OR_RETURN(const std::string upload, uploads_.Of(object));
    return store_.FinishUpload(upload, state.uploaded, state.when);
  }
  DH_ASSIGN_OR_RETURN(const std::string bytes, SmallBytes(output, state));
  return store_.Write(state.uri, bytes, state.when);
}

absl::Status BucketPublisher::Write(const std::string& object, std::string_view bytes) {
  const Target& target = targets_.at(object);
  return target.is_there ? absl::OkStatus() : store_.Write(target.uri, bytes, target.when);
}

}  // namespace datahaul
