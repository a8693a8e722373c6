// Parquet files into records.
#ifndef DATAHAUL_FORMAT_PARQUET_DECODER_H_
#define DATAHAUL_FORMAT_PARQUET_DECODER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>

#include "format/parquet/cell_reader.h"
#include "format/parquet/reader_file.h"
#include "model/format.h"
#include "model/schema.h"

namespace datahaul {

// Reads one batch of rows after the other: memory is what a page of each column takes, and a batch. Files with our
// metadata get their types, meanings and indexed flags back; others must have a column __key__ with a reference's text.
// With skip_corrupt a row group that cannot be read is a LostRange; to know them, damaged files of ours and all of
// others are read twice.
class ParquetDecoder final : public Decoder {
 public:
  // `resume` is a number of rows.
  static absl::StatusOr<std::unique_ptr<ParquetDecoder>> Open(const ByteReader* reader, uint64_t resume,
                                                              const DecodeOptions& options);

  absl::Status Read(RecordBatch* batch) override;

 private:
  ParquetDecoder(const ByteReader* reader, const DecodeOptions& options);

  absl::Status OpenFile(uint64_t resume);
  absl::Status FindColumns(const arrow::Schema& schema, bool ours);
  absl::Status TakeOwnColumns(const arrow::Schema& schema, std::string_view text);
  absl::Status TakeForeignColumns(const arrow::Schema& schema);
  absl::Status FindLostGroups(bool ours, const absl::Status& sum);
  absl::Status TryGroup(int group, uint64_t begin);
  void Rewind();
  absl::Status SkipTo(uint64_t row);
  // Passes over the next group if it is lost, and says so.
  bool TakeLostGroup(RecordBatch* batch);
  // The next rows; null at the end.
  absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> NextRows();
  absl::Status OpenGroup(int group);
  absl::Status AddRecords(const arrow::RecordBatch& rows, int64_t first, RecordBatch* batch);
  // False with context_.problem.
  bool ReadRecord(int64_t row, Record* record, std::string_view* column);
  void AddReject(uint64_t row, std::string_view column, RecordBatch* batch) const;
  // Arrow's error, or that of reading that caused it.
  absl::Status Error(const arrow::Status& status) const;
  uint64_t RowsOf(int group) const;
  ByteRange BytesOf(int group) const;
  uint64_t BytesTo(uint64_t row) const;
  std::string Action() const;

  const ByteReader* const reader_;
  const DecodeOptions options_;
  std::shared_ptr<ReaderFile> file_;
  std::unique_ptr<parquet::arrow::FileReader> parquet_;
  uint64_t rows_ = 0;  // in the file
  bool foreign_ = false;
  std::vector<Column> columns_;
  std::vector<CellReader> cells_;  // one for each column
  size_t key_ = 0;                 // the index of __key__
  CellContext context_;

  std::map<int, std::string> lost_;  // why groups can't be read
  int group_ = -1;
  std::unique_ptr<arrow::RecordBatchReader> group_rows_;
  uint64_t group_end_ = 0;      // the row after the group's last
  uint64_t at_ = 0;             // the row after those that NextRows has given
  uint64_t skip_ = 0;           // of the next rows, to be left out
  uint64_t bytes_per_row_ = 0;  // as far as it was seen
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_DECODER_H_
