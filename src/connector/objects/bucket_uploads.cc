#include "connector/objects/bucket_uploads.h"

#include "base/status.h"
#include "connector/objects/bucket_names.h"
#include "io/folder.h"

namespace datahaul {

void BucketUploads::Reset(std::string job, std::function<absl::Status()> may_begin) {
  const std::lock_guard lock(mutex_);
  job_ = std::move(job);
  may_begin_ = std::move(may_begin);
  uploads_.clear();
}

std::shared_ptr<BucketUploads::Upload> BucketUploads::Find(const std::string& object) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Upload>& upload = uploads_[object];
  if (upload == nullptr) upload = std::make_shared<Upload>();
  return upload;
}

void BucketUploads::Know(const std::string& object, const std::string& upload) {
  const std::shared_ptr<Upload> known = Find(object);
  const std::lock_guard lock(known->mutex);
  known->handle = upload;
}

absl::StatusOr<std::string> BucketUploads::Of(const std::string& object) {
  const std::shared_ptr<Upload> upload = Find(object);
  const std::lock_guard lock(upload->mutex);
  if (!upload->handle.empty()) return upload->handle;
  std::string job;
  std::function<absl::Status()> may_begin;
  {
    const std::lock_guard all(mutex_);
    job = job_;
    may_begin = may_begin_;
  }
  DH_RETURN_IF_ERROR(may_begin());
  DH_RETURN_IF_ERROR(store_->Write(UploadNoteUri(folder_, job, object), object));
  DH_ASSIGN_OR_RETURN(upload->handle, store_->BeginUpload(JoinPath(folder_, object)));
  return upload->handle;
}

}  // namespace datahaul
