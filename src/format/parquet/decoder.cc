#include "format/parquet/decoder.h"

#include <algorithm>
#include <utility>

#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include "base/status.h"
#include "base/text.h"
#include "format/parquet/arrow_columns.h"
#include "format/parquet/arrow_status.h"
#include "format/parquet/column_store.h"
#include "format/parquet/file_checksum.h"
#include "format/parquet/file_schema.h"
#include "format/parquet/foreign_columns.h"
#include "io/decompressing_reader.h"

namespace datahaul {
namespace {

constexpr int64_t kPageBuffer = 64 << 10;
constexpr int64_t kFirstRows = 256, kMostRows = 8192;

parquet::ReaderProperties Properties(const parquet::FileMetaData& metadata) {
  parquet::ReaderProperties properties(arrow::system_memory_pool());
  properties.set_page_checksum_verification(true);
  // Column chunks are read piece by piece where that needs less memory than to read them whole.
  int64_t largest = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    largest = std::max(largest, metadata.RowGroup(i)->total_compressed_size());
  }
  if (largest > metadata.num_columns() * kPageBuffer) {
    properties.enable_buffered_stream();
    properties.set_buffer_size(kPageBuffer);
  }
  return properties;
}

parquet::ArrowReaderProperties ArrowProperties() {
  parquet::ArrowReaderProperties properties(false);
  properties.set_pre_buffer(false);
  return properties;
}

// A footer may be damaged so that it still is one.
absl::Status CheckRows(const parquet::FileMetaData& metadata, const std::string& action) {
  int64_t left = metadata.num_rows();
  for (int i = 0; i < metadata.num_row_groups() && left >= 0; ++i) {
    const int64_t rows = metadata.RowGroup(i)->num_rows();
    left = rows < 0 ? -1 : left - rows;
  }
  if (left == 0) return absl::OkStatus();
  return DataError(StrCat(action, ": expected ", metadata.num_rows(), " rows in all row groups, found others"));
}

bool IsKeyColumn(std::string_view name) {
  return name == kKeyColumn || name == kNamespaceColumn || name == kIdColumn || name == kNameColumn;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ParquetDecoder>> ParquetDecoder::Open(const ByteReader* reader, uint64_t resume,
                                                                     const DecodeOptions& options) {
  auto decoder = std::unique_ptr<ParquetDecoder>(new ParquetDecoder(reader, options));
  DH_RETURN_IF_ERROR(CatchAll(decoder->Action(), [&] { return decoder->OpenFile(resume); }));
  return decoder;
}

ParquetDecoder::ParquetDecoder(const ByteReader* reader, const DecodeOptions& options)
    : reader_(reader), options_(options), file_(std::make_shared<ReaderFile>(reader)) {}

absl::Status ParquetDecoder::OpenFile(uint64_t resume) {
  if (reader_->size() == kUnknownSize) {
    return UsageError(
        StrCat(Action(), ": a Parquet file is compressed inside and read from its end; decompress it first"));
  }
  absl::Status sum;
  DH_ASSIGN_OR_RETURN(const bool ours, CheckFile(*reader_, &sum));
  if (!sum.ok() && !options_.skip_corrupt) {
    return DataError(StrCat(Message(sum), "; --on-corrupt=skip sets the row groups aside that are damaged"));
  }
  std::shared_ptr<parquet::FileMetaData> metadata;
  DH_RETURN_IF_ERROR(CatchAll(StrCat(Action(), ", its footer, without which no record can be found"), [&] {
    metadata = parquet::ReadMetaData(file_);
    return absl::OkStatus();
  }));
  auto parquet_reader = parquet::ParquetFileReader::Open(file_, Properties(*metadata), metadata);
  auto made =
      parquet::arrow::FileReader::Make(arrow::system_memory_pool(), std::move(parquet_reader), ArrowProperties());
  if (!made.ok()) return Error(made.status());
  parquet_ = *std::move(made);
  rows_ = static_cast<uint64_t>(metadata->num_rows());
  std::shared_ptr<arrow::Schema> schema;
  if (const arrow::Status got = parquet_->GetSchema(&schema); !got.ok()) return Error(got);
  DH_RETURN_IF_ERROR(FindColumns(*schema, ours));
  DH_RETURN_IF_ERROR(CheckRows(*metadata, Action()));
  if (options_.skip_corrupt && (!ours || !sum.ok())) DH_RETURN_IF_ERROR(FindLostGroups(ours, sum));
  return SkipTo(resume);
}

// Before the first record is handed out: what is lost is lost whole, wherever reading begins.
absl::Status ParquetDecoder::FindLostGroups(bool ours, const absl::Status& sum) {
  uint64_t begin = 0;
  for (int group = 0; group < parquet_->num_row_groups(); ++group) {
    absl::Status read = CatchAll(Action(), [&] { return TryGroup(group, begin); });
    DH_RETURN_IF_ERROR(file_->error());
    const bool damaged = absl::IsDataLoss(read) || (ours && absl::IsUnimplemented(read));
    if (!read.ok() && !damaged) return read;
    if (damaged) lost_.emplace(group, Message(read));
    begin += RowsOf(group);
  }
  Rewind();
  if (sum.ok() || !lost_.empty()) return absl::OkStatus();
  return DataError(StrCat(Message(sum),
                          "; all row groups can be read, so that what says how to read them is damaged, and nothing "
                          "that is read can be trusted: restore the file"));
}

absl::Status ParquetDecoder::TryGroup(int group, uint64_t begin) {
  group_ = group - 1;
  at_ = group_end_ = begin;
  while (at_ < begin + RowsOf(group)) DH_RETURN_IF_ERROR(NextRows().status());
  return absl::OkStatus();
}

void ParquetDecoder::Rewind() {
  group_ = -1;
  group_rows_.reset();
  at_ = group_end_ = bytes_per_row_ = 0;
}

absl::Status ParquetDecoder::FindColumns(const arrow::Schema& schema, bool ours) {
  const auto& metadata = parquet_->parquet_reader()->metadata()->key_value_metadata();
  const int found = metadata == nullptr ? -1 : metadata->FindKey(kSchemaKey);
  if (ours != (found >= 0)) {
    return DataError(StrCat(Action(), ": expected both ", kSchemaKey, " and ", kChecksumKey,
                            " in its metadata, found one; it is damaged, or another program rewrote it"));
  }
  DH_RETURN_IF_ERROR(ours ? TakeOwnColumns(schema, metadata->value(found)) : TakeForeignColumns(schema));
  const auto key = std::find_if(columns_.begin(), columns_.end(), [](const Column& column) {
    return column.name == kKeyColumn && column.type == ColumnType::kReference;
  });
  if (key == columns_.end()) {
    return UsageError(StrCat(Action(),
                             ": expected a column __key__ of strings that identifies each record, such as "
                             "\"users/ann/orders/5\", found none; add one, or read a file that datahaul wrote"));
  }
  key_ = static_cast<size_t>(key - columns_.begin());
  for (const Column& column : columns_) cells_.emplace_back(&column);
  return absl::OkStatus();
}

absl::Status ParquetDecoder::TakeOwnColumns(const arrow::Schema& schema, std::string_view text) {
  DH_ASSIGN_OR_RETURN(Schema planned, ParseSchemaJson(text, StrCat(reader_->uri(), ", ", kSchemaKey)));
  if (planned.kinds.size() != 1)
    return DataError(StrCat(Action(), ": expected one kind, found ", planned.kinds.size()));
  columns_ = std::move(planned.kinds.begin()->second.columns);
  const std::shared_ptr<arrow::Schema> expected = ArrowSchema(columns_);
  if (schema.Equals(*expected, false)) return absl::OkStatus();
  return DataError(StrCat(Action(), ": expected the columns that its metadata names, ", expected->ToString(),
                          ", found ", schema.ToString()));
}

absl::Status ParquetDecoder::TakeForeignColumns(const arrow::Schema& schema) {
  foreign_ = true;
  for (const auto& field : schema.fields()) {
    absl::StatusOr<Column> column = ColumnOf(*field);
    if (!column.ok()) return Annotate(column.status(), Action());
    column->key = IsKeyColumn(field->name());
    if (field->name() == kKeyColumn && column->type == ColumnType::kString) column->type = ColumnType::kReference;
    columns_.push_back(*std::move(column));
  }
  return absl::OkStatus();
}

absl::Status ParquetDecoder::SkipTo(uint64_t row) {
  if (row > rows_) {
    return absl::OutOfRangeError(StrCat(Action(), " from row ", row, ": expected at most ", rows_, " rows"));
  }
  while (group_ + 1 < parquet_->num_row_groups() && at_ + RowsOf(group_ + 1) <= row) at_ += RowsOf(++group_);
  group_end_ = at_;
  skip_ = row - at_;
  return absl::OkStatus();
}

absl::Status ParquetDecoder::Read(RecordBatch* batch) {
  batch->Clear();
  return CatchAll(Action(), [&]() -> absl::Status {
    while (true) {
      if (TakeLostGroup(batch)) return absl::OkStatus();
      const uint64_t before = at_;
      DH_ASSIGN_OR_RETURN(const std::shared_ptr<arrow::RecordBatch> rows, NextRows());
      if (rows == nullptr) return absl::OkStatus();
      const auto count = static_cast<uint64_t>(rows->num_rows());
      const uint64_t skipped = std::min(skip_, count);
      skip_ -= skipped;
      if (skipped == count) continue;
      DH_RETURN_IF_ERROR(AddRecords(*rows, static_cast<int64_t>(skipped), batch));
      batch->cursor = StrCat(at_);
      batch->input_bytes = BytesTo(at_) - BytesTo(before + skipped);
      return absl::OkStatus();
    }
  });
}

bool ParquetDecoder::TakeLostGroup(RecordBatch* batch) {
  if (lost_.empty() || at_ != group_end_) return false;
  while (group_ + 1 < parquet_->num_row_groups() && RowsOf(group_ + 1) == 0) ++group_;
  const auto lost = lost_.find(group_ + 1);
  if (lost == lost_.end()) return false;
  const uint64_t rows = RowsOf(++group_), begin = at_;
  at_ = group_end_ = begin + rows;
  skip_ = 0;
  const ByteRange bytes = BytesOf(group_);
  batch->lost.push_back({reader_->uri(), bytes.begin, bytes.end,
                         StrCat("row group ", group_, ", rows ", begin, " to ", at_ - 1, ": ", rows,
                                rows == 1 ? " record is lost: " : " records are lost: ", lost->second)});
  batch->cursor = StrCat(at_);
  batch->input_bytes = BytesTo(at_) - BytesTo(begin);
  return true;
}

absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> ParquetDecoder::NextRows() {
  while (at_ == group_end_) {
    if (group_ + 1 == parquet_->num_row_groups()) return nullptr;
    DH_RETURN_IF_ERROR(OpenGroup(group_ + 1));
  }
  std::shared_ptr<arrow::RecordBatch> rows;
  const arrow::Status read = group_rows_->ReadNext(&rows);
  if (!read.ok()) return Error(read);
  const uint64_t left = group_end_ - at_;
  const uint64_t found = rows == nullptr ? 0 : static_cast<uint64_t>(rows->num_rows());
  if (found == 0 || found > left) {
    return DataError(StrCat(Action(), ", row group ", group_, ": expected ", left, " more rows, found ", found));
  }
  if (const arrow::Status valid = rows->Validate(); !valid.ok()) return Error(valid);
  at_ += found;
  bytes_per_row_ = static_cast<uint64_t>(arrow::util::TotalBufferSize(*rows)) / found;
  return rows;
}

absl::Status ParquetDecoder::OpenGroup(int group) {
  const auto metadata = parquet_->parquet_reader()->metadata()->RowGroup(group);
  const int64_t rows = metadata->num_rows();
  group_ = group;
  group_end_ = at_ + static_cast<uint64_t>(rows);
  group_rows_.reset();
  if (rows == 0) return absl::OkStatus();
  // What a dictionary holds once may be there in each row, so that sizes are known only when rows have been seen.
  const auto stored = static_cast<uint64_t>(std::max<int64_t>(metadata->total_byte_size() / rows, 1));
  const auto fitting = static_cast<int64_t>(options_.batch_bytes / std::max(stored, bytes_per_row_));
  parquet_->set_batch_size(std::clamp<int64_t>(fitting, 1, bytes_per_row_ == 0 ? kFirstRows : kMostRows));
  auto reader = parquet_->GetRecordBatchReader({group});
  if (!reader.ok()) return Error(reader.status());
  group_rows_ = *std::move(reader);
  return absl::OkStatus();
}

absl::Status ParquetDecoder::AddRecords(const arrow::RecordBatch& rows, int64_t first, RecordBatch* batch) {
  context_.arena = &batch->arena;
  std::vector<std::shared_ptr<arrow::ArrayData>> bound;  // what the cells look at
  for (size_t i = 0; i < cells_.size(); ++i) {
    std::shared_ptr<arrow::ArrayData> array = rows.column_data(static_cast<int>(i));
    if (foreign_) {
      absl::StatusOr<std::shared_ptr<arrow::ArrayData>> converted = Converted(array, columns_[i]);
      if (!converted.ok()) return Annotate(converted.status(), StrCat(Action(), ", column \"", columns_[i].name, '"'));
      array = *std::move(converted);
    }
    cells_[i].Bind(*array, &context_);
    bound.push_back(std::move(array));
  }
  const uint64_t begin = at_ - static_cast<uint64_t>(rows.num_rows());
  for (int64_t row = first; row < rows.num_rows(); ++row) {
    Record& record = batch->records.emplace_back();
    record.offset = begin + static_cast<uint64_t>(row);
    std::string_view column;
    if (ReadRecord(row, &record, &column)) continue;
    batch->records.pop_back();
    AddReject(begin + static_cast<uint64_t>(row), column, batch);
  }
  return absl::OkStatus();
}

bool ParquetDecoder::ReadRecord(int64_t row, Record* record, std::string_view* column) {
  context_.fields.clear();
  const Map* all = nullptr;  // properties that have one column together
  for (size_t i = 0; i < cells_.size(); ++i) {
    const Column& from = columns_[i];
    *column = from.name;
    if (from.key && i != key_ && from.type != ColumnType::kBool) continue;  // __key__ says it all
    Field field;
    field.name = from.field;
    if (!cells_[i].Read(row, &context_, &field.value)) return false;
    if (i == key_) {
      context_.problem = "expected the record's key, such as users/ann/orders/5, found none";
      if (field.value.type == Type::kNull || field.value.reference->size == 0) return false;
      record->key = field.value.reference;
    } else if (from.key) {
      if (field.value.type == Type::kBool && field.value.boolean) record->op = Op::kDelete;
    } else if (field.value.type == Type::kMap && HoldsAllProperties(from)) {
      all = field.value.map;
    } else if (field.value.type != Type::kNull) {
      context_.fields.push_back(field);
    }
  }
  Map& map = record->properties;
  if (all != nullptr) {
    map = *all;
    return true;
  }
  map.size = static_cast<uint32_t>(context_.fields.size());
  map.fields = context_.arena->CopyArray(context_.fields.data(), map.size);
  bool unique = true;
  map.sorted = context_.order.Sort(map.fields, map.size, context_.arena, &unique);
  context_.problem = "expected each name once, found it twice";
  return unique;
}

void ParquetDecoder::AddReject(uint64_t row, std::string_view column, RecordBatch* batch) const {
  Reject& reject = batch->rejects.emplace_back();
  reject.object = reader_->uri();
  reject.offset = row;
  reject.reason = StrCat(Action(), ", row ", row, ", column \"", column, "\": ", context_.problem);
}

absl::Status ParquetDecoder::Error(const arrow::Status& status) const {
  const absl::Status read = file_->error();
  return read.ok() ? FromArrow(status, Action()) : read;
}

uint64_t ParquetDecoder::RowsOf(int group) const {
  return static_cast<uint64_t>(parquet_->parquet_reader()->metadata()->RowGroup(group)->num_rows());
}

// From the first byte of its columns to the last, as far as the file has them.
ByteRange ParquetDecoder::BytesOf(int group) const {
  const auto metadata = parquet_->parquet_reader()->metadata()->RowGroup(group);
  const auto size = static_cast<int64_t>(reader_->size());
  int64_t begin = size, end = 0;
  for (int i = 0; i < metadata->num_columns(); ++i) {
    const auto column = metadata->ColumnChunk(i);
    const bool dictionary = column->has_dictionary_page() && column->dictionary_page_offset() > 0;
    const int64_t offset = dictionary ? column->dictionary_page_offset() : column->data_page_offset();
    const int64_t first = std::clamp<int64_t>(offset, 0, size);
    begin = std::min(begin, first);
    end = std::max(end, first + std::clamp<int64_t>(column->total_compressed_size(), 0, size));
  }
  end = std::min(end, size);
  return {static_cast<uint64_t>(std::min(begin, end)), static_cast<uint64_t>(end)};
}

// Rows stand for the file's bytes in equal parts.
uint64_t ParquetDecoder::BytesTo(uint64_t row) const {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(reader_->size()) * row / rows_);
}

std::string ParquetDecoder::Action() const { return StrCat("reading ", reader_->uri()); }

}  // namespace datahaul
