// How records become bytes and back. Formats do no I/O of their own.
#ifndef DATAHAUL_MODEL_FORMAT_H_
#define DATAHAUL_MODEL_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "io/byte_reader.h"
#include "model/receipt.h"
#include "model/record.h"
#include "model/schema.h"

namespace datahaul {

struct FormatTraits {
  std::string_view name;      // as in --format
  std::string_view suffix;    // file name ending, with the dot
  bool splittable = false;    // a decoder can begin at any multiple of split_unit
  uint64_t split_unit = 1;    // bytes
  bool concatenable = false;  // pieces encoded apart make a whole when joined
  bool lossless = false;      // decoding gives the same records
  bool readable = false;      // has a decoder
  // Rows and columns: needs EncodeOptions::schema, and each object holds records of one kind.
  bool needs_schema = false;
};

// How cells of CSV are spelled: docs/formats/csv.md.
struct CsvOptions {
  char delimiter = ',';
  std::string null;             // stands, without quotes, for null
  bool guard_formulas = false;  // keep spreadsheets from taking texts for formulas
  bool operator==(const CsvOptions&) const = default;
};

struct DecodeOptions {
  bool skip_corrupt = false;  // --on-corrupt=skip: set damage aside as LostRange and go on, instead of an error
  uint64_t batch_bytes = 128 << 10;
  // Of tables: what the object's kind was written with, where that is known; outlives the decoder.
  const KindSchema* schema = nullptr;
  std::optional<CsvOptions> csv;  // absent: as the file shows
};

struct EncodeOptions {
  bool full_keys = false;          // --keys full: app ids too
  const Schema* schema = nullptr;  // where the format needs one; holds every kind that is written, outlives the encoder
  CsvOptions csv;
};

// Records that begin inside a byte range, in stored order. Not safe for concurrent use.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // As Reader::Read; batch->cursor is the decimal byte offset after the last record, or, where records have no bytes of
  // their own (parquet), how many records and rejects there were from the object's beginning on.
  virtual absl::Status Read(RecordBatch* batch) = 0;
};

// Appends encoded records to a buffer. Not safe for concurrent use.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Also sets *hash to the record's hash (docs/formats/digest.md), whatever the format. An encoder may keep the record
  // back; `out` is where all records with this record.slot go.
  virtual absl::Status Append(const Record& record, ByteBuffer* out, Hash128* hash) = 0;
  // Bytes of memory that hold what was kept back.
  virtual size_t held() const { return 0; }
  // Ends the encoding: appends what was kept back, each slot's to out(slot), which stays valid until the next call of
  // it. Called once.
  virtual absl::Status Finish(absl::FunctionRef<ByteBuffer*(uint32_t slot)> out) {
    (void)out;
    return absl::OkStatus();
  }
  // What should be reported though nothing failed, e.g. "non_finite" numbers that became null.
  virtual void AddCounters(Counters* counters) const { (void)counters; }
};

// Immutable; safe for concurrent use.
class Format {
 public:
  virtual ~Format() = default;
  virtual const FormatTraits& traits() const = 0;
  // Decodes the records that begin in `range` of `reader` (which must outlive the decoder), from `resume` on
  // (range.begin, or a cursor's).
  virtual absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader* reader, ByteRange range,
                                                              uint64_t resume, const DecodeOptions& options) const = 0;
  virtual std::unique_ptr<Encoder> NewEncoder(const EncodeOptions& options) const = 0;
  // What stands at the head of an object of (ns, kind), before all pieces joined in it: a CSV header. Of a format that
  // is not concatenable: a whole object without records.
  virtual void Prologue(std::string_view ns, std::string_view kind, const EncodeOptions& options,
                        ByteBuffer* out) const {
    (void)ns, (void)kind, (void)options, (void)out;
  }
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_FORMAT_H_
