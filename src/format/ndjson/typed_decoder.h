// Typed NDJSON into records.
#ifndef DATAHAUL_FORMAT_NDJSON_TYPED_DECODER_H_
#define DATAHAUL_FORMAT_NDJSON_TYPED_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "format/ndjson/json_index.h"
#include "format/ndjson/line_reader.h"
#include "format/ndjson/typed_record_parser.h"
#include "model/format.h"

namespace datahaul {

// Decodes the lines that begin in [begin, end) of `reader`; `begin` may lie inside a line, which is then skipped. A
// line that is no record becomes a reject with its bytes, and decoding goes on. The records' strings are views into the
// batch's bytes, or its arena.
class TypedDecoder final : public Decoder {
 public:
  TypedDecoder(const ByteReader* reader, uint64_t begin, uint64_t end, const DecodeOptions& options);

  absl::Status Read(RecordBatch* batch) override;

 private:
  // Decode what stands in batch->bytes.
  void DecodeTogether(RecordBatch* batch);
  void DecodeOneByOne(RecordBatch* batch);
  void DecodeLine(std::string_view line, size_t indexed_end, uint64_t offset, RecordBatch* batch);
  void AddReject(std::string_view line, uint64_t offset, const Key* key, std::string_view reason, RecordBatch* batch);
  std::string ProblemOfRecord() const;

  const ByteReader* const reader_;
  LineReader lines_;
  JsonIndex index_;
  TypedRecordParser parser_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_TYPED_DECODER_H_
