#ifndef DATAHAUL_FORMAT_PARQUET_READER_FILE_H_
#define DATAHAUL_FORMAT_PARQUET_READER_FILE_H_

#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "io/byte_reader.h"

namespace datahaul {

// A ByteReader as Arrow reads files. Safe for concurrent use, but for what has a position (Read, Seek, Tell).
class ReaderFile final : public arrow::io::RandomAccessFile {
 public:
  // `reader` must outlive it.
  explicit ReaderFile(const ByteReader* reader) : reader_(reader) {}

  absl::Status error() const;  // the first one that reading met, as our own

  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(reader_->size()); }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t size, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t size) override;
  arrow::Result<int64_t> Read(int64_t size, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override;
  arrow::Status Seek(int64_t position) override;
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }

 private:
  const ByteReader* const reader_;
  int64_t position_ = 0;
  mutable std::mutex mutex_;
  absl::Status error_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_READER_FILE_H_
