// CSV into records.
#ifndef DATAHAUL_FORMAT_CSV_CSV_DECODER_H_
#define DATAHAUL_FORMAT_CSV_CSV_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/csv/cell_reader.h"
#include "format/csv/csv_header.h"
#include "format/csv/row_scanner.h"
#include "model/format.h"

namespace datahaul {

// Decodes the rows from offset `resume` on: 0, or what a cursor said. A row that is no record becomes a reject with its
// bytes, and decoding goes on; a header that does not do is an error. The records' strings are views into the batch's
// bytes, or its arena.
class CsvDecoder final : public Decoder {
 public:
  static constexpr size_t kLongestRow = 64 << 20;

  // `reader` must outlive the decoder.
  CsvDecoder(const ByteReader* reader, uint64_t resume, const DecodeOptions& options);

  absl::Status Read(RecordBatch* batch) override;

 private:
  // Reads the header, and finds the place to go on from.
  absl::Status Begin();
  absl::Status ReadHeader(std::string_view row);
  absl::Status ReadMore(ByteBuffer* bytes);
  // Decodes whole rows at the beginning of batch->bytes; returns how many bytes they have.
  size_t DecodeRows(bool check_utf8, RecordBatch* batch);
  // These work on the row that was found last.
  void DecodeRow(std::string_view row, uint64_t offset, RecordBatch* batch);
  bool ReadKey(Arena* arena, Record* record);
  bool ReadFields(Arena* arena, Record* record);
  bool TakeProperties(Record* record);
  const uint32_t* Identity(Arena* arena);
  std::string_view NameOf(size_t field, Arena* arena);
  void AddReject(std::string_view row, uint64_t offset, const Key* key, std::string_view problem,
                 RecordBatch* batch) const;

  const ByteReader* const reader_;
  const DecodeOptions options_;
  std::optional<RowScanner> rows_;  // these three: once the header has been read
  std::optional<CellReader> cells_;
  std::optional<CsvHeader> header_;
  uint64_t offset_;        // of the row to decode next
  uint64_t position_ = 0;  // of the byte to read next
  uint64_t row_ = 0;       // number of the row at offset_, the header being 1; 0 = not known
  ByteBuffer rest_;        // the bytes from offset_ to position_
  bool at_end_ = false;    // of the object
  // Of the row at work:
  std::string_view column_;
  std::string problem_;
  std::vector<Field> fields_;
  // In the batch's arena, as all of a batch must be: 0, 1, 2, … as many as there are fields; and their names, data()
  // null until one is needed.
  const uint32_t* identity_ = nullptr;
  std::vector<std::string_view> names_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_CSV_DECODER_H_
