#include "connector/objects/bucket_target.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "base/random_name.h"
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

namespace datahaul {
namespace {

PieceLimits LimitsOf(const ObjectStoreTraits& store, uint64_t least) {
  return {.least_bytes = std::max<uint64_t>({1, least, store.least_piece_bytes}),
          .most_bytes = store.most_piece_bytes,
          .most_pieces = store.most_pieces};
}

// `record`, and behind it what is staged of the slice.
std::vector<std::string_view> WithStaged(std::string_view record, const EncodedSlice& slice) {
  size_t most = 1;
  for (const Piece& piece : slice.pieces()) most += piece.number ? 0 : 1 + piece.runs.size();
  std::vector<std::string_view> bytes;
  bytes.reserve(most);
  bytes.push_back(record);
  for (const Piece& piece : slice.pieces()) {
    if (piece.number) continue;
    for (const std::string_view view : slice.Views(piece)) bytes.push_back(view);
  }
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
      slices_(store, settings_.folder, limits_),
      uploads_(store, settings_.folder),
      places_(&settings_, head) {}

std::string BucketTarget::UriOf(std::string_view object) const { return JoinPath(settings_.folder, object); }

absl::Status BucketTarget::NoClaim(std::string_view action, const std::string& job) const {
  return WithRetry(
      absl::AbortedError(StrCat(action, " ", settings_.folder, ": job ", job, " has no claim on it any more")),
      Retry::kTask);
}

absl::Status BucketTarget::CheckClaim(std::string_view action, const std::string& job) const {
  DH_ASSIGN_OR_RETURN(const bool ours, claim_.IsHeldBy(job));
  return ours ? absl::OkStatus() : NoClaim(action, job);
}

// A process that slept through the end of its job must not leave an upload behind.
void BucketTarget::UseJob(const std::string& job) {
  uploads_.Reset(job, [this, job] { return CheckClaim("writing to", job); });
}

// ---- the beginning

absl::Status BucketTarget::Prepare(const JobContext& context) {
  DH_RETURN_IF_ERROR(context.StillHeld());
  const std::string taker = RandomName(16);
  DH_ASSIGN_OR_RETURN(const bool is_new, claim_.Take({context.job, context.data_dir, 0, taker}));
  absl::Status status = context.StillHeld();
  if (status.ok()) status = PrepareClaimed(context);
  // The first error is the one to tell. If another process has gone on with the job meanwhile, the claim is that one's.
  if (!status.ok() && is_new) claim_.Release(context.job, taker).IgnoreError();
  return status;
}

// Nothing that this job has stored is removed: another of its processes may have taken over meanwhile.
absl::Status BucketTarget::PrepareClaimed(const JobContext& context) {
  const absl::StatusOr<std::optional<Manifest>> old = ReadManifest(*store_, settings_.folder);
  if (!old.ok() && RetryOf(old.status()) != Retry::kNever) return old.status();
  if (old.ok() && *old && (*old)->job == context.job) return RefuseSlices(context.job);
  if (context.committed.empty()) DH_RETURN_IF_ERROR(CheckMayBegin(old, context.schema));
  if (!context.resumed) DH_RETURN_IF_ERROR(CheckGrants(context.job));
  if (context.committed.empty()) {
    DH_ASSIGN_OR_RETURN(const Traces others, FindTracesOfOthers(*store_, settings_.folder, context.job));
    DH_RETURN_IF_ERROR(CheckClaim("preparing", context.job));  // they have none, then
    DH_RETURN_IF_ERROR(Remove(*store_, others));
  }
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
  GoOn(output);
  return absl::OkStatus();
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
  absl::Status status = TryUploads(UriOf(probe));
  const absl::Status deleted = store_->Delete(note);
  return status.ok() ? deleted : status;
}

absl::Status BucketTarget::TryUploads(const std::string& uri) const {
  DH_ASSIGN_OR_RETURN(const std::string upload, store_->BeginUpload(uri));
  DH_RETURN_IF_ERROR(store_->AbortUpload(upload));
  DH_ASSIGN_OR_RETURN(const std::vector<UploadInfo> others, store_->ListUploads(uri));
  for (const UploadInfo& other : others) DH_RETURN_IF_ERROR(store_->AbortUpload(other.upload));  // of who died here
  return absl::OkStatus();
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
void BucketTarget::GoOn(const StoredOutput& output) {
  for (const auto& [object, stored] : output.objects) {
    numbers_.insert_or_assign(object, stored.numbers);
    if (!stored.upload.empty()) uploads_.Know(object, stored.upload);
  }
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
  GoOn(output);
  return absl::OkStatus();
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
  record.extents.reserve(slice->pieces().size());
  std::vector<std::pair<const Piece*, StoredExtent*>> large;
  uint64_t staged = 0;
  for (const Piece& piece : slice->pieces()) {
    if (piece.extent.length == 0) continue;
    StoredExtent& stored = record.extents.emplace_back();
    stored.object = piece.extent.object;
    stored.offset = piece.extent.offset;
    stored.length = piece.extent.length;
    if (piece.number) {
      large.emplace_back(&piece, &stored);
    } else {
      stored.staged_at = std::exchange(staged, staged + stored.length);
    }
  }
  if (record.extents.empty()) return absl::OkStatus();
  DH_RETURN_IF_ERROR(Concurrently(large.size(), AfterFailure::kStop,
                                  [&](size_t i) { return Upload(*slice, *large[i].first, large[i].second); }));
  const std::string text = ToText(record);
  const std::vector<std::string_view> bytes = WithStaged(text, *slice);
  std::string job;
  {
    std::lock_guard lock(mutex_);
    job = job_;
  }
  DH_RETURN_IF_ERROR(slices_.Write(job, slice->stamp(), bytes));
  slice->Release();
  // Who slept through the end of the job leaves nothing behind.
  absl::Status claimed = CheckClaim("writing to", job);
  if (claimed.code() == absl::StatusCode::kAborted) store_->Delete(slices_.UriOf(job, slice->stamp())).IgnoreError();
  return claimed;
}

absl::Status BucketTarget::Upload(const EncodedSlice& slice, const Piece& piece, StoredExtent* stored) {
  DH_ASSIGN_OR_RETURN(stored->upload, uploads_.Of(stored->object));
  const std::vector<std::string_view> bytes = slice.Views(piece);
  DH_ASSIGN_OR_RETURN(stored->piece, store_->PutPiece(stored->upload, *piece.number, bytes));
  return absl::OkStatus();
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
// not needed any more, then the claim. What will be replaced or removed is looked at before the claim is seen: who sees
// it, and is frozen then until another job has the claim, harms nothing of that.
absl::Status BucketTarget::Publish(const JobContext& context) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> info, store_->Stat(UriOf(kManifestName)));
  const absl::StatusOr<std::optional<Manifest>> read = ReadManifest(*store_, settings_.folder);
  if (!read.ok() && RetryOf(read.status()) != Retry::kNever) return read.status();
  const std::optional<Manifest> old = read.ok() ? *read : std::nullopt;
  if (!old || old->job != context.job) {
    DH_RETURN_IF_ERROR(CheckClaim("publishing", context.job));
    const Precondition when = info ? Unchanged(*store_, info->version) : Precondition::Absent();
    DH_RETURN_IF_ERROR(PublishObjects(context, old, when));
  }
  return RemoveTraces(context.job);
}

absl::Status BucketTarget::PublishObjects(const JobContext& context, const std::optional<Manifest>& old,
                                          const Precondition& when) {
  const Manifest* const append = settings_.if_exists == IfExists::kAppend && old ? &*old : nullptr;
  DH_ASSIGN_OR_RETURN(const ObjectSums written, SumByObject(context.committed, BeginsOf(settings_, old)));
  DH_ASSIGN_OR_RETURN(ObjectSums sums, WithEmptyKinds(context, written, append, nullptr));
  BucketPublisher publisher(store_, &settings_, &limits_, &uploads_);
  DH_RETURN_IF_ERROR(publisher.Look(sums, append));
  DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> replaced, Replaced(old, sums));
  DH_RETURN_IF_ERROR(CheckClaim("publishing", context.job));

  DH_ASSIGN_OR_RETURN(const StoredOutput output, slices_.Load(context.job, written, std::nullopt));
  UseJob(context.job);
  DH_RETURN_IF_ERROR(publisher.Publish(output));
  DH_RETURN_IF_ERROR(WithEmptyKinds(context, written, append, &publisher).status());
  DH_RETURN_IF_ERROR(DeleteSeen(*store_, replaced));
  return store_->Write(UriOf(kManifestName), ToJson(BuildManifest(settings_, context, sums, append)), when);
}

// `written`, and the objects of kinds without records. These get their names, if `publisher` is there.
absl::StatusOr<ObjectSums> BucketTarget::WithEmptyKinds(const JobContext& context, const ObjectSums& written,
                                                        const Manifest* append, BucketPublisher* publisher) const {
  DH_ASSIGN_OR_RETURN(ObjectSums sums, WriteEmptyKinds(settings_, *head_, context.schema, written, append,
                                                       [&](const std::string& object, std::string_view bytes) {
                                                         return publisher ? publisher->Write(object, bytes)
                                                                          : absl::OkStatus();
                                                       }));
  sums.insert(written.begin(), written.end());
  return sums;
}

// What is there of earlier jobs, and is replaced by none of `sums`.
absl::StatusOr<std::vector<ObjectInfo>> BucketTarget::Replaced(const std::optional<Manifest>& old,
                                                               const ObjectSums& sums) const {
  std::vector<ObjectInfo> found;
  if (settings_.if_exists != IfExists::kReplace) return found;
  DH_ASSIGN_OR_RETURN(found, ListAll(*store_, settings_.folder));
  std::vector<std::string> names;
  for (const ObjectInfo& object : found) names.push_back(object.name);
  const std::set<std::string, std::less<>> replaced = ReplacedNames(old, names);
  std::erase_if(
      found, [&](const ObjectInfo& object) { return sums.contains(object.name) || !replaced.contains(object.name); });
  return found;
}

// The last of what a job does: the claim is given up with them.
absl::Status BucketTarget::RemoveTraces(const std::string& job) const {
  DH_ASSIGN_OR_RETURN(const Traces traces, FindTraces(*store_, settings_.folder, job));
  DH_ASSIGN_OR_RETURN(const bool ours, claim_.IsHeldBy(job));
  if (!ours) return absl::OkStatus();  // it was given up behind them
  DH_RETURN_IF_ERROR(Remove(*store_, traces));
  return claim_.Release(job);
}

absl::Status BucketTarget::Discard(const JobContext& context) {
  DH_ASSIGN_OR_RETURN(const bool claimed, claim_.IsHeldBy(context.job));
  if (!claimed) return absl::OkStatus();  // nothing here is ours
  const absl::StatusOr<std::optional<Manifest>> old = ReadManifest(*store_, settings_.folder);
  if (!old.ok() && RetryOf(old.status()) != Retry::kNever) return old.status();
  const bool published = old.ok() && *old && (*old)->job == context.job;
  // A Close that was interrupted may have made objects; where nothing was before, these are ours too. That nothing was,
  // Prepare has seen before the first receipt.
  if (!published && settings_.if_exists == IfExists::kFail && !context.committed.empty()) {
    DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, Published(context));
    DH_ASSIGN_OR_RETURN(const bool ours, claim_.IsHeldBy(context.job));
    if (!ours) return absl::OkStatus();  // not any more
    DH_RETURN_IF_ERROR(DeleteSeen(*store_, objects));
  }
  return RemoveTraces(context.job);
}

// What somebody else has put there meanwhile is not the job's.
absl::StatusOr<std::vector<ObjectInfo>> BucketTarget::Published(const JobContext& context) const {
  DH_ASSIGN_OR_RETURN(const ObjectSums sums, PublishedBy(settings_, *head_, context));
  DH_ASSIGN_OR_RETURN(std::vector<ObjectInfo> objects, ListAll(*store_, settings_.folder));
  std::erase_if(objects, [&sums](const ObjectInfo& object) {
    const auto sum = sums.find(object.name);
    return sum == sums.end() || object.size != sum->second.end ||
           object.crc32c.value_or(sum->second.crc32c) != sum->second.crc32c;
  });
  return objects;
}

}  // namespace datahaul
