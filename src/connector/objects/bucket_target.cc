#include "connector/objects/bucket_target.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/bucket_names.h"
#include "connector/objects/bucket_publisher.h"
#include "connector/objects/bucket_traces.h"
#include "connector/objects/build_manifest.h"
#include "connector/objects/empty_kinds.h"
#include "connector/objects/may_begin.h"
#include "connector/objects/object_bytes.h"
#include "connector/objects/object_names.h"
#include "io/folder.h"
#include "layout/files/find_files.h"
#include "objects/concurrently.h"
#include "objects/local/local_uploads.h"

namespace datahaul {
namespace {

PieceLimits LimitsOf(const ObjectStoreTraits& store, uint64_t least) {
  return {.least_bytes = std::max<uint64_t>({1, least, store.least_piece_bytes}),
          .most_bytes = store.most_piece_bytes,
          .most_pieces = store.most_pieces};
}

std::string Joined(const std::vector<std::string_view>& views) {
  std::string bytes;
  for (const std::string_view view : views) bytes += view;
  return bytes;
}

}  // namespace

BucketTarget::BucketTarget(FolderSettings settings, ObjectStore* store, uint64_t least_piece_bytes,
                           const ObjectHead* head)
    : settings_(std::move(settings)),
      store_(store),
      limits_(LimitsOf(store->traits(), least_piece_bytes)),
      head_(head),
      claim_(store, settings_.folder),
      slices_(store, settings_.folder),
      uploads_(store, settings_.folder),
      places_(&settings_, head) {}

std::string BucketTarget::UriOf(std::string_view object) const { return JoinPath(settings_.folder, object); }

absl::Status BucketTarget::NoClaim(std::string_view action, const std::string& job) const {
  return WithRetry(
      absl::AbortedError(StrCat(action, " ", settings_.folder, ": job ", job, " has no claim on it any more")),
      Retry::kTask);
}

// A process that slept through the end of its job must not leave an upload behind.
void BucketTarget::UseJob(const std::string& job) {
  uploads_.Reset(job, [this, job] {
    DH_ASSIGN_OR_RETURN(const bool ours, claim_.IsHeldBy(job));
    return ours ? absl::OkStatus() : NoClaim("writing to", job);
  });
}

// ---- the beginning

absl::Status BucketTarget::Prepare(const JobContext& context) {
  DH_RETURN_IF_ERROR(context.StillHeld());
  DH_ASSIGN_OR_RETURN(const bool is_new, claim_.Take({context.job, context.data_dir, 0, RandomName()}));
  absl::Status status = context.StillHeld();
  if (status.ok()) status = PrepareClaimed(context, is_new);
  // The first error is the one to tell. If the job has gone to another process meanwhile, so has the claim.
  if (!status.ok() && is_new && context.StillHeld().ok()) claim_.Release(context.job).IgnoreError();
  return status;
}

// Nothing that this job has stored is removed: another of its processes may have taken over meanwhile.
absl::Status BucketTarget::PrepareClaimed(const JobContext& context, bool is_new) {
  const absl::StatusOr<std::optional<Manifest>> old = ReadManifest(*store_, settings_.folder);
  if (!old.ok() && RetryOf(old.status()) != Retry::kNever) return old.status();
  if (old.ok() && *old && (*old)->job == context.job) return RefuseSlices(context.job);
  if (context.committed.empty()) DH_RETURN_IF_ERROR(CheckMayBegin(old, context.schema));
  if (!context.resumed) DH_RETURN_IF_ERROR(CheckGrants(context.job));
  if (is_new) DH_RETURN_IF_ERROR(RemoveTracesOfOthers(*store_, settings_.folder, context.job));
  const std::map<std::string, uint64_t> begins = BeginsOf(settings_, old.ok() ? *old : std::nullopt);
  DH_ASSIGN_OR_RETURN(const ObjectSums sums, SumByObject(context.committed, begins));
  StoredOutput output;
  if (!settings_.shared && !sums.empty()) {  // otherwise each shard is loaded by who goes on with it
    DH_ASSIGN_OR_RETURN(output, slices_.Load(context.job, sums, std::nullopt));
  }
  UseJob(context.job);
  std::lock_guard lock(mutex_);
  job_ = context.job;
  closed_ = false;
  failure_ = absl::OkStatus();
  places_.Reset(begins, sums);
  numbers_.clear();
  return settings_.shared ? absl::OkStatus() : GoOn(output, sums);
}

// The job has been closed already: there is nothing to do but closing it again. A job store that has missed that, after
// a fail-over, may still give slices away.
absl::Status BucketTarget::RefuseSlices(const std::string& job) {
  UseJob(job);
  std::lock_guard lock(mutex_);
  job_ = job;
  closed_ = true;
  failure_ = NoClaim("writing to", job);
  return absl::OkStatus();
}

// What the job will do beyond reading, claiming and listing: what is not granted is told before there is anything to
// lose.
absl::Status BucketTarget::CheckGrants(const std::string& job) const {
  const std::string probe = StrCat(kTracesName, "/", job, "/probe");
  const std::string note = UploadNoteUri(settings_.folder, job, probe);
  DH_RETURN_IF_ERROR(store_->Write(note, probe));
  DH_ASSIGN_OR_RETURN(const std::string upload, store_->BeginUpload(UriOf(probe)));
  DH_RETURN_IF_ERROR(store_->AbortUpload(upload));
  DH_ASSIGN_OR_RETURN(const std::vector<UploadInfo> others, store_->ListUploads(UriOf(probe)));
  for (const UploadInfo& other : others) DH_RETURN_IF_ERROR(store_->AbortUpload(other.upload));  // of who died here
  return store_->Delete(note);
}

absl::Status BucketTarget::CheckMayBegin(const absl::StatusOr<std::optional<Manifest>>& old,
                                         const Schema* schema) const {
  if (settings_.if_exists == IfExists::kReplace) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, ListAll(*store_, settings_.folder));
  FoundOutput found{.manifest = old, .size_of = [&](const std::string& object) {
                      const auto at = std::lower_bound(
                          objects.begin(), objects.end(), object,
                          [](const ObjectInfo& info, const std::string& name) { return info.name < name; });
                      const bool is_there = at != objects.end() && at->name == object;
                      return is_there ? std::optional(at->size) : std::nullopt;
                    }};
  const auto any =
      std::find_if(objects.begin(), objects.end(), [](const ObjectInfo& object) { return !IsHiddenName(object.name); });
  if (any != objects.end()) found.any = any->name;
  return datahaul::CheckMayBegin(settings_, found, schema);
}

// Uploads and numbers are as those had them who have stored `output`. mutex_ is held.
absl::Status BucketTarget::GoOn(const StoredOutput& output, const ObjectSums& sums) {
  for (const auto& [object, parts] : output.objects) {
    PieceNumbers numbers(limits_, sums.at(object).begin);
    for (const StoredOutput::Part& part : parts) {
      const std::optional<uint32_t> number = numbers.Add(part.length);
      if (number.has_value() == part.upload.empty() || (number && *number != part.piece.number)) {
        return InternalError(StrCat("continuing ", UriOf(object), " at byte ", part.offset,
                                    ": its pieces are numbered in another way; cancel the job and begin a new one"));
      }
      if (number) uploads_.Know(object, part.upload);
    }
    numbers_.insert_or_assign(object, numbers);
  }
  return absl::OkStatus();
}

absl::Status BucketTarget::BeginAt(uint64_t shard, const std::string& object, uint64_t offset) {
  std::string job;
  {
    std::lock_guard lock(mutex_);
    job = job_;
  }
  ObjectSums sums;
  StoredOutput output;
  if (offset > 0) {
    sums[object] = {.end = offset};
    DH_ASSIGN_OR_RETURN(output, slices_.Load(job, sums, shard));
  }
  std::lock_guard lock(mutex_);
  places_.EndAt(object, offset);
  numbers_.erase(object);
  return GoOn(output, sums);
}

// ---- slices

absl::Status BucketTarget::Place(EncodedSlice* slice) {
  std::lock_guard lock(mutex_);
  for (Piece& piece : slice->pieces()) {
    if (piece.extent.length == 0) continue;
    DH_RETURN_IF_ERROR(places_.Place(&piece));
    const std::string& object = piece.extent.object;
    PieceNumbers& numbers = numbers_.try_emplace(object, limits_, places_.BeginOf(object)).first->second;
    piece.number = numbers.Add(piece.extent.length);
    if (!numbers.fits()) return TooManyPieces(object);
  }
  return absl::OkStatus();
}

absl::Status BucketTarget::TooManyPieces(const std::string& object) const {
  return WithRetry(absl::OutOfRangeError(StrCat("writing ", UriOf(object), ": expected at most ", limits_.most_pieces,
                                                " pieces, as the store joins no more into one object, found more; ",
                                                "say --layout shard, or copy fewer kinds or namespaces at once")),
                   Retry::kNever);
}

absl::Status BucketTarget::Write(EncodedSlice* slice) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return failure_;
    if (!failure_.ok() && !settings_.shared) {
      return WithRetry(absl::AbortedError(StrCat("writing to ", settings_.folder,
                                                 " after an earlier slice failed: ", Message(failure_))),
                       Retry::kTask);
    }
  }
  const absl::Status status = Store(slice);
  return status.ok() ? status : Fail(status);
}

// The record comes last: it tells of what is durable only.
absl::Status BucketTarget::Store(EncodedSlice* slice) {
  SliceRecord record;
  std::string staged;
  for (const Piece& piece : slice->pieces()) {
    const Extent& extent = piece.extent;
    if (extent.length == 0) continue;
    if (piece.number) {
      DH_ASSIGN_OR_RETURN(StoredExtent stored, Upload(*slice, piece));
      record.extents.push_back(std::move(stored));
      continue;
    }
    record.extents.push_back({.object = extent.object,
                              .offset = extent.offset,
                              .length = extent.length,
                              .crc32c = extent.crc32c,
                              .staged_at = staged.size()});
    for (const std::string_view view : slice->Views(piece)) staged += view;
  }
  slice->Release();
  if (record.extents.empty()) return absl::OkStatus();
  std::string job;
  {
    std::lock_guard lock(mutex_);
    job = job_;
  }
  return slices_.Write(job, slice->stamp(), record, staged);
}

absl::StatusOr<StoredExtent> BucketTarget::Upload(const EncodedSlice& slice, const Piece& piece) {
  const Extent& extent = piece.extent;
  StoredExtent stored{
      .object = extent.object, .offset = extent.offset, .length = extent.length, .crc32c = extent.crc32c};
  DH_ASSIGN_OR_RETURN(stored.upload, uploads_.Of(extent.object));
  const std::vector<std::string_view> views = slice.Views(piece);
  const std::string joined = views.size() == 1 ? std::string() : Joined(views);
  DH_ASSIGN_OR_RETURN(stored.piece,
                      store_->PutPiece(stored.upload, *piece.number, views.size() == 1 ? views[0] : joined));
  return stored;
}

absl::Status BucketTarget::Fail(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  if (failure_.ok()) failure_ = status;
  return status;
}

void BucketTarget::Abandon() { Fail(absl::AbortedError("it was given up")).IgnoreError(); }

// ---- the end

absl::StatusOr<Receipt> BucketTarget::Close(const JobContext& context, Outcome outcome) {
  if (outcome == Outcome::kSucceeded) {
    DH_RETURN_IF_ERROR(Publish(context));
    return Receipt{{}, UriOf(kManifestName)};
  }
  DH_RETURN_IF_ERROR(Discard(context));
  return Receipt();
}

// In this order, so that a crash at any point leaves what can be continued: objects, then the manifest, then what is
// not needed any more, then the claim.
absl::Status BucketTarget::Publish(const JobContext& context) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> info, store_->Stat(UriOf(kManifestName)));
  const absl::StatusOr<std::optional<Manifest>> read = ReadManifest(*store_, settings_.folder);
  if (!read.ok() && RetryOf(read.status()) != Retry::kNever) return read.status();
  const std::optional<Manifest> old = read.ok() ? *read : std::nullopt;
  if (!old || old->job != context.job) {
    DH_ASSIGN_OR_RETURN(const bool ours, claim_.IsHeldBy(context.job));
    if (!ours) return NoClaim("publishing", context.job);
    Precondition when = Precondition::Absent();
    if (info) when = store_->traits().conditional_replace ? Precondition::Is(info->version) : Precondition::None();
    DH_RETURN_IF_ERROR(PublishClaimed(context, old, when));
  }
  DH_RETURN_IF_ERROR(RemoveTraces(*store_, settings_.folder, context.job));
  return claim_.Release(context.job);
}

absl::Status BucketTarget::PublishClaimed(const JobContext& context, const std::optional<Manifest>& old,
                                          const Precondition& when) {
  const Manifest* const append = settings_.if_exists == IfExists::kAppend && old ? &*old : nullptr;
  DH_ASSIGN_OR_RETURN(ObjectSums sums, SumByObject(context.committed, BeginsOf(settings_, old)));
  DH_ASSIGN_OR_RETURN(const StoredOutput output, slices_.Load(context.job, sums, std::nullopt));
  UseJob(context.job);
  BucketPublisher publisher(store_, &settings_, &limits_, &uploads_);
  DH_RETURN_IF_ERROR(publisher.Publish(sums, output, append));
  DH_ASSIGN_OR_RETURN(ObjectSums empty, WriteEmptyKinds(settings_, *head_, context.schema, sums, append,
                                                        [&](const std::string& object, std::string_view bytes) {
                                                          return publisher.Write(object, bytes);
                                                        }));
  sums.merge(empty);
  if (settings_.if_exists == IfExists::kReplace) DH_RETURN_IF_ERROR(RemoveReplaced(old, sums));
  return store_->Write(UriOf(kManifestName), ToJson(BuildManifest(settings_, context, sums, append)), when);
}

absl::Status BucketTarget::RemoveReplaced(const std::optional<Manifest>& old, const ObjectSums& sums) const {
  std::vector<std::string> objects;
  if (old) {
    for (const ManifestObject& object : old->objects) objects.push_back(object.name);
  } else {
    DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> found, ListAll(*store_, settings_.folder));
    for (const ObjectInfo& object : found) {
      if (IsReplaceable(object.name)) objects.push_back(object.name);
    }
  }
  objects.emplace_back(kRejectsName);
  std::erase_if(objects, [&](const std::string& object) { return sums.contains(object); });
  return Concurrently(objects.size(), AfterFailure::kStop, [&](size_t i) { return store_->Delete(UriOf(objects[i])); });
}

absl::Status BucketTarget::Discard(const JobContext& context) {
  DH_ASSIGN_OR_RETURN(const bool ours, claim_.IsHeldBy(context.job));
  if (!ours) return absl::OkStatus();  // nothing here is ours
  const absl::StatusOr<std::optional<Manifest>> old = ReadManifest(*store_, settings_.folder);
  if (!old.ok() && RetryOf(old.status()) != Retry::kNever) return old.status();
  const bool published = old.ok() && *old && (*old)->job == context.job;
  // A Close that was interrupted may have made objects; where nothing was before, these are ours too. That nothing was,
  // Prepare has seen before the first receipt.
  if (!published && settings_.if_exists == IfExists::kFail && !context.committed.empty()) {
    DH_RETURN_IF_ERROR(RemovePublished(context));
  }
  DH_RETURN_IF_ERROR(RemoveTraces(*store_, settings_.folder, context.job));
  return claim_.Release(context.job);
}

// What somebody else has put there meanwhile stays.
absl::Status BucketTarget::RemovePublished(const JobContext& context) const {
  DH_ASSIGN_OR_RETURN(const ObjectSums sums, PublishedBy(settings_, *head_, context));
  DH_ASSIGN_OR_RETURN(std::vector<ObjectInfo> objects, ListAll(*store_, settings_.folder));
  std::erase_if(objects, [&sums](const ObjectInfo& object) {
    const auto sum = sums.find(object.name);
    return sum == sums.end() || object.size != sum->second.end ||
           object.crc32c.value_or(sum->second.crc32c) != sum->second.crc32c;
  });
  return Concurrently(objects.size(), AfterFailure::kStop, [&](size_t i) { return store_->Delete(objects[i].uri); });
}

}  // namespace datahaul
