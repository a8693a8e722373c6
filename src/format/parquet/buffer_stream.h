#ifndef DATAHAUL_FORMAT_PARQUET_BUFFER_STREAM_H_
#define DATAHAUL_FORMAT_PARQUET_BUFFER_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "base/bytes.h"
#include "io/checksum.h"

namespace datahaul {

// A file that is written to the end of a buffer, or of one after the other. Not safe for concurrent use.
class BufferStream final : public arrow::io::OutputStream {
 public:
  // Where the following writes go: to `out`, which must stay valid during them, or (null) into tail().
  void WriteTo(ByteBuffer* out) { out_ = out; }

  std::string* tail() { return &tail_; }
  uint32_t crc() const { return crc_; }  // CRC-32C of all that went to buffers

  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, int64_t size) override {
    const std::string_view bytes(static_cast<const char*>(data), static_cast<size_t>(size));
    written_ += size;
    if (out_ == nullptr) {
      tail_ += bytes;
    } else {
      out_->Append(bytes);
      crc_ = Crc32c(bytes, crc_);
    }
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return written_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

 private:
  ByteBuffer* out_ = nullptr;
  std::string tail_;
  uint32_t crc_ = 0;
  int64_t written_ = 0;
  bool closed_ = false;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_BUFFER_STREAM_H_
