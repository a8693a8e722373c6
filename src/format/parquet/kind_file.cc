#include "format/parquet/kind_file.h"

#include <utility>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_writer.h>
#include <parquet/properties.h>

#include "base/status.h"
#include "base/text.h"
#include "format/parquet/arrow_columns.h"
#include "format/parquet/arrow_status.h"
#include "format/parquet/file_checksum.h"
#include "format/parquet/file_schema.h"

namespace datahaul {
namespace {

constexpr char kMagic[] = "PAR1";

const std::shared_ptr<parquet::WriterProperties>& Properties() {
  static const std::shared_ptr<parquet::WriterProperties> properties =
      parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
  return properties;
}

size_t MemoryOf(const std::vector<ColumnStore>& columns) {
  size_t bytes = columns.size() * sizeof(ColumnStore);
  for (const ColumnStore& column : columns) bytes += MemoryOf(column.children());
  return bytes;
}

}  // namespace

KindFile::KindFile(KindName kind, const KindSchema* schema, ChunkWriter* chunks)
    : kind_(std::move(kind)), schema_(schema), chunks_(chunks) {
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
    WritePageIndexes();
    stream_->WriteTo(nullptr);  // the footer must be sealed first
    const auto ours =
        arrow::key_value_metadata({kSchemaKey, kChecksumKey}, {FileSchemaText(kind_, *schema_), kNoChecksum});
    parquet::WriteFileMetaData(*metadata_->Finish(ours), stream_.get());
    DH_RETURN_IF_ERROR(SealFile(stream_->crc(), stream_->tail()));
    out->Append(*stream_->tail());
    return absl::OkStatus();
  });
}

absl::Status KindFile::Open(ByteBuffer* out) {
  if (metadata_ != nullptr) {
    stream_->WriteTo(out);
    return absl::OkStatus();
  }
  stream_ = std::make_shared<BufferStream>();
  stream_->WriteTo(out);
  DH_RETURN_IF_ERROR(FromArrow(
      parquet::arrow::ToParquetSchema(ArrowSchema(schema_->columns).get(), *Properties(), &descriptor_), Action()));
  metadata_ = parquet::FileMetaDataBuilder::Make(descriptor_.get(), Properties());
  pages_ = parquet::PageIndexBuilder::Make(descriptor_.get());
  return FromArrow(stream_->Write(kMagic, 4), Action());
}

absl::Status KindFile::WriteRowGroup(ByteBuffer* out) {
  return CatchAll(Action(), [&]() -> absl::Status {
    DH_RETURN_IF_ERROR(Open(out));
    parquet::RowGroupMetaDataBuilder* const group = metadata_->AppendRowGroup();
    pages_->AppendRowGroup();
    group->set_num_rows(rows_);
    int64_t size = 0;
    for (ColumnStore& column : columns_) {
      if (column.overflown()) return TooMuch(column);
      size += WriteChunks(column, LevelsOfRows(rows_), group);
      column.Free();
    }
    group->Finish(size);
    rows_ = 0;
    values_ = 0;
    return absl::OkStatus();
  });
}

// Levels are handed on where nobody else needs them: of lists they may take more than the values.
int64_t KindFile::WriteChunks(const ColumnStore& column, Levels outer, parquet::RowGroupMetaDataBuilder* group) {
  Levels present = PresentLevels(std::move(outer), column);
  const std::vector<ColumnStore>& children = column.children();
  switch (column.form()) {
    case StoreForm::kLists:
      return WriteChunks(children[0], ElementLevels(std::move(present), column), group);
    case StoreForm::kStructs: {
      int64_t size = 0;
      for (size_t i = 0; i + 1 < children.size(); ++i) size += WriteChunks(children[i], present, group);
      return children.empty() ? size : size + WriteChunks(children.back(), std::move(present), group);
    }
    default: {
      parquet::ColumnChunkMetaDataBuilder* const chunk = group->NextColumnChunk();
      const int number = group->current_column();
      return chunks_->Write(column, present,
                            {.file = stream_,
                             .metadata = chunk,
                             .ranges = pages_->GetColumnIndexBuilder(number),
                             .places = pages_->GetOffsetIndexBuilder(number)});
    }
  }
}

void KindFile::WritePageIndexes() {
  pages_->Finish();
  const parquet::PageIndexBuilder::WriteResult written = pages_->WriteTo(stream_.get());
  metadata_->SetIndexLocations(parquet::IndexKind::kColumnIndex, written.column_index_locations);
  metadata_->SetIndexLocations(parquet::IndexKind::kOffsetIndex, written.offset_index_locations);
}

absl::Status KindFile::TooMuch(const ColumnStore& column) const {
  return absl::ResourceExhaustedError(StrCat(Action(), ", column \"", column.column().name, "\": expected at most ",
                                             ColumnStore::kMostBytes, " bytes and ", ColumnStore::kMostElements,
                                             " elements in one record, found more; copy this kind as typed-ndjson"));
}

std::string KindFile::Action() const { return StrCat("writing kind \"", kind_.kind, "\" as Parquet"); }

}  // namespace datahaul
