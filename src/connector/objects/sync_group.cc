#include "connector/objects/sync_group.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/status.h"
#include "io/folder.h"

namespace datahaul {

void SyncGroup::NoteFolder(std::string folder) {
  std::lock_guard lock(mutex_);
  folders_.insert(std::move(folder));
}

absl::Status SyncGroup::Sync(std::vector<std::shared_ptr<const File>> files, bool everything) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Round> round = next_;
  round->everything = round->everything || everything;
  std::move(files.begin(), files.end(), std::back_inserter(round->files));
  done_.wait(lock, [&] { return round->done || !running_; });
  if (round->done) return round->status;
  running_ = true;
  next_ = std::make_shared<Round>();
  const std::set<std::string> folders = std::exchange(folders_, {});
  lock.unlock();
  absl::Status status = Run(*round, folders, folder_);
  lock.lock();
  if (!status.ok()) folders_.insert(folders.begin(), folders.end());
  round->files.clear();
  round->status = status;
  round->done = true;
  running_ = false;
  done_.notify_all();
  return status;
}

absl::Status SyncGroup::Run(const Round& round, const std::set<std::string>& folders, const std::string& folder) {
  std::set<const File*> files;
  for (const auto& file : round.files) files.insert(file.get());
  if (round.everything || files.size() + folders.size() > kMostFiles) {
    DH_ASSIGN_OR_RETURN(const File any, File::Open(folder, File::Mode::kRead));
    return any.SyncFileSystem();
  }
  for (const File* file : files) DH_RETURN_IF_ERROR(file->Sync());
  for (const std::string& name : folders) DH_RETURN_IF_ERROR(SyncFolder(name));
  return absl::OkStatus();
}

}  // namespace datahaul
