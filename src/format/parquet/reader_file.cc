#include "format/parquet/reader_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include "base/status.h"

namespace datahaul {

absl::Status ReaderFile::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

arrow::Result<int64_t> ReaderFile::ReadAt(int64_t position, int64_t size, void* out) {
  if (position < 0 || size < 0) return arrow::Status::Invalid("a place before the beginning of the file");
  const absl::StatusOr<size_t> got =
      reader_->ReadAt(static_cast<uint64_t>(position), static_cast<char*>(out), static_cast<size_t>(size));
  if (got.ok()) return static_cast<int64_t>(*got);
  const std::lock_guard lock(mutex_);
  error_.Update(got.status());
  return arrow::Status::IOError(std::string(Message(got.status())));
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ReaderFile::ReadAt(int64_t position, int64_t size) {
  // A damaged footer may name more than there is: that much memory must not be asked for.
  const auto end = static_cast<int64_t>(reader_->size());
  if (position < 0 || size < 0 || position > end) return arrow::Status::Invalid("a place outside of the file");
  size = std::min(size, end - position);
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size, arrow::system_memory_pool()));
  ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(position, size, buffer->mutable_data()));
  ARROW_RETURN_NOT_OK(buffer->Resize(got));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

arrow::Result<int64_t> ReaderFile::Read(int64_t size, void* out) {
  ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(position_, size, out));
  position_ += got;
  return got;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ReaderFile::Read(int64_t size) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, size));
  position_ += buffer->size();
  return buffer;
}

arrow::Status ReaderFile::Seek(int64_t position) {
  position_ = position;
  return arrow::Status::OK();
}

}  // namespace datahaul
