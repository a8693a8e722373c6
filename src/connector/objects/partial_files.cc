#include "connector/objects/partial_files.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"
#include "layout/files/names.h"

namespace datahaul {

absl::StatusOr<std::shared_ptr<const File>> PartialFiles::Open(const std::string& object, uint64_t seed) {
  std::lock_guard lock(mutex_);
  if (const auto found = by_object_.find(object); found != by_object_.end()) {
    opened_.splice(opened_.begin(), opened_, found->second);
    return found->second->second;
  }
  const std::string path = StrCat(JoinPath(folder_, object), kPartialSuffix);
  absl::StatusOr<File> file = File::Open(path, File::Mode::kWrite);
  if (file.status().code() == absl::StatusCode::kNotFound) file = Create(object, path, seed);
  DH_RETURN_IF_ERROR(file.status());
  opened_.emplace_front(object, std::make_shared<const File>(*std::move(file)));
  by_object_[object] = opened_.begin();
  if (opened_.size() > kMostOpen) {
    by_object_.erase(opened_.back().first);
    opened_.pop_back();  // closed when the last who writes to it is done
  }
  return opened_.front().second;
}

absl::StatusOr<File> PartialFiles::Create(const std::string& object, const std::string& path, uint64_t seed) {
  DH_RETURN_IF_ERROR(may_create_());
  const std::string folder = ParentFolder(path);
  absl::StatusOr<File> file = File::Open(path, File::Mode::kCreateNew);
  if (file.status().code() == absl::StatusCode::kNotFound) {
    DH_RETURN_IF_ERROR(MakeFolders(folder).status());
    syncs_->NoteFolder(folder_);
    syncs_->NoteFolder(ParentFolder(folder));
    file = File::Open(path, File::Mode::kCreateNew);
  }
  DH_RETURN_IF_ERROR(file.status());
  syncs_->NoteFolder(folder);
  if (seed > 0) {
    DH_ASSIGN_OR_RETURN(const File published, File::Open(JoinPath(folder_, object), File::Mode::kRead));
    DH_RETURN_IF_ERROR(CopyBytes(published, *file, seed));
  }
  return file;
}

void PartialFiles::CloseAll() {
  std::lock_guard lock(mutex_);
  by_object_.clear();
  opened_.clear();
}

}  // namespace datahaul
