#include "format/parquet/kind_file.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/properties.h>

#include "base/status.h"
#include "base/text.h"
#include "format/parquet/arrow_columns.h"
#include "format/parquet/arrow_status.h"
#include "format/parquet/dictionary_choice.h"
#include "format/parquet/file_checksum.h"
#include "format/parquet/file_schema.h"

namespace datahaul {
namespace {

constexpr int kZstdLevel = 1;

std::shared_ptr<parquet::WriterProperties> Properties(const std::vector<ColumnStore>& columns,
                                                      arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool);
  builder.compression(parquet::Compression::ZSTD)->compression_level(kZstdLevel);
  builder.enable_dictionary()->enable_statistics()->enable_page_checksum();
  for (const std::string& path : PathsWithoutDictionary(columns)) builder.disable_dictionary(path);
  return builder.build();
}

size_t MemoryOf(const std::vector<ColumnStore>& columns) {
  size_t bytes = columns.size() * sizeof(ColumnStore);
  for (const ColumnStore& column : columns) bytes += MemoryOf(column.children());
  return bytes;
}

}  // namespace

KindFile::KindFile(KindName kind, const KindSchema* schema, arrow::MemoryPool* pool)
    : kind_(std::move(kind)), schema_(schema), pool_(pool) {
  columns_.reserve(schema->columns.size());
  for (const Column& column : schema->columns) columns_.emplace_back(&column);
  empty_ = MemoryOf(columns_);
}

absl::Status KindFile::Append(const Record& record, RecordGatherer* gatherer, ByteBuffer* out) {
  DH_RETURN_IF_ERROR(gatherer->Append(record, *schema_, rows_, &columns_, &values_));
  ++rows_;
  return values_ < kRowGroupBytes ? absl::OkStatus() : WriteRowGroup(out);
}

absl::Status KindFile::Finish(ByteBuffer* out) {
  if (rows_ != 0) DH_RETURN_IF_ERROR(WriteRowGroup(out));
  return CatchAll(Action(), [&]() -> absl::Status {
    DH_RETURN_IF_ERROR(Open(out));
    stream_->WriteTo(nullptr);  // the footer must be sealed first
    DH_RETURN_IF_ERROR(FromArrow(writer_->Close(), Action()));
    DH_RETURN_IF_ERROR(SealFile(stream_->crc(), stream_->tail()));
    out->Append(*stream_->tail());
    return absl::OkStatus();
  });
}

absl::Status KindFile::Open(ByteBuffer* out) {
  if (writer_ != nullptr) {
    stream_->WriteTo(out);
    return absl::OkStatus();
  }
  stream_ = std::make_shared<BufferStream>();
  stream_->WriteTo(out);
  auto writer =
      parquet::arrow::FileWriter::Open(*ArrowSchema(schema_->columns), pool_, stream_, Properties(columns_, pool_));
  DH_RETURN_IF_ERROR(FromArrow(writer.status(), Action()));
  writer_ = *std::move(writer);
  const auto metadata =
      arrow::key_value_metadata({kSchemaKey, kChecksumKey}, {FileSchemaText(kind_, *schema_), kNoChecksum});
  return FromArrow(writer_->AddKeyValueMetadata(metadata), Action());
}

absl::Status KindFile::WriteRowGroup(ByteBuffer* out) {
  return CatchAll(Action(), [&]() -> absl::Status {
    // A writer that is abandoned writes once more when it is destroyed; `out` may be gone then.
    const absl::Cleanup leave_out = [this] {
      if (stream_ != nullptr) stream_->WriteTo(nullptr);
    };
    DH_RETURN_IF_ERROR(Open(out));
    DH_RETURN_IF_ERROR(FromArrow(writer_->NewRowGroup(), Action()));
    for (ColumnStore& column : columns_) {
      if (column.overflown()) return TooMuchText(column);
      DH_RETURN_IF_ERROR(FromArrow(writer_->WriteColumnChunk(*ArrowArray(column, rows_)), Action()));
      column.Free();
    }
    rows_ = 0;
    values_ = 0;
    return absl::OkStatus();
  });
}

absl::Status KindFile::TooMuchText(const ColumnStore& column) const {
  return absl::ResourceExhaustedError(
      StrCat(Action(), ", column \"", column.column().name, "\": expected at most 2 GiB in one record, found more"));
}

std::string KindFile::Action() const { return StrCat("writing kind \"", kind_.kind, "\" as Parquet"); }

}  // namespace datahaul
