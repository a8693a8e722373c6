#include "connector/objects/folder_target.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/build_manifest.h"
#include "connector/objects/empty_kinds.h"
#include "io/file.h"
#include "io/folder.h"

namespace datahaul {

FolderTarget::FolderTarget(FolderSettings settings, const ObjectHead* head)
    : settings_(std::move(settings)),
      head_(head),
      claim_(settings_.folder),
      destination_(settings_),
      syncs_(settings_.folder),
      files_(settings_.folder, &syncs_, [this] { return MayCreate(); }),
      places_(&settings_, head) {}

absl::Status FolderTarget::Prepare(const JobContext& context) {
  files_.CloseAll();
  DH_ASSIGN_OR_RETURN(const int made, MakeFolders(settings_.folder));
  const absl::Status status = TakeAndPrepare(context, made);
  // What was there before is as it was; the first error is the one to tell.
  if (!status.ok()) destination_.RemoveFolders(made).IgnoreError();
  return status;
}

absl::Status FolderTarget::TakeAndPrepare(const JobContext& context, int made) {
  DH_ASSIGN_OR_RETURN(const bool is_new, claim_.Take({context.job, context.data_dir, made}));
  DH_ASSIGN_OR_RETURN(const std::optional<File> lock, claim_.Lock(context.job));
  if (!lock) return NoClaim("preparing", context.job);
  absl::Status status = context.StillHeld();
  if (status.ok()) status = PrepareClaimed(context, is_new);
  if (!status.ok() && is_new) claim_.Release(context.job).IgnoreError();
  return status;
}

absl::Status FolderTarget::NoClaim(std::string_view action, const std::string& job) const {
  return WithRetry(
      absl::AbortedError(StrCat(action, " ", settings_.folder, ": job ", job, " has no claim on it any more")),
      Retry::kTask);
}

absl::Status FolderTarget::PrepareClaimed(const JobContext& context, bool is_new) {
  const absl::StatusOr<std::optional<Manifest>> old = destination_.ReadManifest();
  if (!old.ok() && RetryOf(old.status()) != Retry::kNever) return old.status();
  if (old.ok() && *old && (*old)->job == context.job) return absl::OkStatus();  // closed already, but for the claim
  DH_RETURN_IF_ERROR(destination_.CheckRoom());
  if (context.committed.empty()) DH_RETURN_IF_ERROR(destination_.CheckMayBegin(old, !is_new, context.schema));
  const std::optional<Manifest> before = old.ok() ? *old : std::nullopt;
  DH_ASSIGN_OR_RETURN(const ObjectSums sums, Sums(context, before));
  // Other processes of the job may be writing: nothing is cut off before Close. It need not be: whoever takes a shard
  // over writes the same bytes from its committed end on.
  if (!settings_.shared || !context.resumed) DH_RETURN_IF_ERROR(destination_.CutBack(sums));
  DH_ASSIGN_OR_RETURN(const std::optional<Claim::Holder> holder, claim_.Read());
  NoteFolders(holder ? holder->made_folders : 0);

  std::lock_guard lock(mutex_);
  job_ = context.job;
  failure_ = absl::OkStatus();
  places_.Reset(BeginsOf(settings_, before), sums);
  return absl::OkStatus();
}

absl::StatusOr<ObjectSums> FolderTarget::Sums(const JobContext& context, const std::optional<Manifest>& old) const {
  return SumByObject(context.committed, BeginsOf(settings_, old));
}

// The folder, and those that were made above it, have not been synced by this process.
void FolderTarget::NoteFolders(int made) {
  std::string folder = settings_.folder;
  for (; made >= 0; --made) {
    syncs_.NoteFolder(folder);
    folder = ParentFolder(folder);
  }
}

absl::Status FolderTarget::Place(EncodedSlice* slice) {
  std::lock_guard lock(mutex_);
  for (Piece& piece : slice->pieces()) {
    if (piece.extent.length > 0) DH_RETURN_IF_ERROR(places_.Place(&piece));
  }
  return absl::OkStatus();
}

absl::Status FolderTarget::BeginAt(uint64_t, const std::string& object, uint64_t offset) {
  std::lock_guard lock(mutex_);
  places_.EndAt(object, offset);
  return absl::OkStatus();
}

absl::Status FolderTarget::Write(EncodedSlice* slice) {
  {
    std::lock_guard lock(mutex_);
    if (!failure_.ok() && !settings_.shared) {
      return WithRetry(absl::AbortedError(StrCat("writing to ", settings_.folder,
                                                 " after an earlier slice failed: ", Message(failure_))),
                       Retry::kTask);
    }
  }
  const absl::Status status = WriteAndSync(slice);
  return status.ok() ? status : Fail(status);
}

absl::Status FolderTarget::WriteAndSync(EncodedSlice* slice) {
  std::vector<std::shared_ptr<const File>> files;
  const bool many = slice->pieces().size() > SyncGroup::kMostFiles;
  for (const Piece& piece : slice->pieces()) {
    if (piece.extent.length == 0) continue;
    DH_ASSIGN_OR_RETURN(std::shared_ptr<const File> file,
                        files_.Open(piece.extent.object, BeginOf(piece.extent.object)));
    DH_RETURN_IF_ERROR(file->WriteAt(piece.extent.offset, slice->Views(piece)));
    if (!many) files.push_back(std::move(file));
  }
  slice->Release();  // who waits for the disk needs no memory for it
  return syncs_.Sync(std::move(files), many);
}

uint64_t FolderTarget::BeginOf(const std::string& object) {
  std::lock_guard lock(mutex_);
  return places_.BeginOf(object);
}

// A process that slept through the end of its job must not leave a new file behind.
absl::Status FolderTarget::MayCreate() {
  std::string job;
  {
    std::lock_guard lock(mutex_);
    job = job_;
  }
  DH_ASSIGN_OR_RETURN(const bool ours, claim_.IsHeldBy(job));
  return ours ? absl::OkStatus() : NoClaim("writing to", job);
}

absl::Status FolderTarget::Fail(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  if (failure_.ok()) failure_ = status;
  return status;
}

void FolderTarget::Abandon() { Fail(absl::AbortedError("it was given up")).IgnoreError(); }

absl::StatusOr<Receipt> FolderTarget::Close(const JobContext& context, Outcome outcome) {
  files_.CloseAll();
  if (outcome == Outcome::kSucceeded) return Publish(context);
  DH_RETURN_IF_ERROR(Discard(context));
  return Receipt();
}

// In this order, so that a crash at any point leaves what can be continued: names, then the manifest, then the claim.
// Who reads by the manifest meanwhile gets the old data set, the new one, or an error because sizes do not match.
absl::StatusOr<Receipt> FolderTarget::Publish(const JobContext& context) {
  DH_ASSIGN_OR_RETURN(const std::optional<File> lock, claim_.Lock(context.job));
  const absl::StatusOr<std::optional<Manifest>> read = destination_.ReadManifest();
  if (!read.ok() && RetryOf(read.status()) != Retry::kNever) return read.status();
  const std::optional<Manifest> old = read.ok() ? *read : std::nullopt;
  if (!old || old->job != context.job) {
    if (!lock) return NoClaim("publishing", context.job);
    const Manifest* const append = settings_.if_exists == IfExists::kAppend && old ? &*old : nullptr;
    DH_ASSIGN_OR_RETURN(ObjectSums sums, Sums(context, old));
    DH_RETURN_IF_ERROR(destination_.Publish(sums));
    DH_ASSIGN_OR_RETURN(ObjectSums empty, WriteEmptyKinds(settings_, *head_, context.schema, sums, append,
                                                          [this](const auto& object, auto bytes) {
                                                            return WriteEmptyKind(object, bytes);
                                                          }));
    sums.merge(empty);
    for (const auto& [object, sum] : sums) syncs_.NoteFolder(ParentFolder(destination_.PathOf(object)));
    if (settings_.if_exists == IfExists::kReplace) DH_RETURN_IF_ERROR(destination_.RemoveReplaced(old, sums));
    DH_RETURN_IF_ERROR(destination_.WriteManifest(BuildManifest(settings_, context, sums, append)));
  }
  DH_RETURN_IF_ERROR(claim_.Release(context.job));
  syncs_.NoteFolder(settings_.folder);
  DH_RETURN_IF_ERROR(syncs_.Sync({}, false));
  return Receipt{{}, destination_.PathOf(kManifestName)};
}

absl::Status FolderTarget::WriteEmptyKind(const std::string& object, std::string_view bytes) const {
  const std::string path = destination_.PathOf(object);
  DH_RETURN_IF_ERROR(MakeFolders(ParentFolder(path)).status());
  return ReplaceFile(path, destination_.PartialPathOf(object), bytes);
}

absl::Status FolderTarget::Discard(const JobContext& context) {
  DH_ASSIGN_OR_RETURN(const std::optional<File> lock, claim_.Lock(context.job));
  if (!lock) return absl::OkStatus();  // nothing here is ours
  DH_ASSIGN_OR_RETURN(const std::optional<Claim::Holder> holder, claim_.Read());
  const absl::StatusOr<std::optional<Manifest>> old = destination_.ReadManifest();
  if (!old.ok() && RetryOf(old.status()) != Retry::kNever) return old.status();  // it may say that all is published
  const bool published = old.ok() && *old && (*old)->job == context.job;
  if (!published) {
    // A Close that was interrupted may have given files their final names; where nothing was before, these are ours
    // too. That nothing was, Prepare has seen before the first receipt. What somebody has put there since is not ours.
    std::vector<std::string> renamed;
    if (settings_.if_exists == IfExists::kFail && !context.committed.empty()) {
      DH_ASSIGN_OR_RETURN(const ObjectSums sums, PublishedBy(settings_, *head_, context));
      for (const auto& [object, sum] : sums) {
        DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> file, StatFile(destination_.PathOf(object)));
        if (file && !file->is_folder && file->size == sum.end) renamed.push_back(object);
      }
    }
    DH_RETURN_IF_ERROR(destination_.RemoveWritten(renamed));
  }
  DH_RETURN_IF_ERROR(claim_.Release(context.job));
  return published ? absl::OkStatus() : destination_.RemoveFolders(holder->made_folders);
}

}  // namespace datahaul
