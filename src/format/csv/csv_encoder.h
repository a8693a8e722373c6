// Rows of CSV: docs/formats/csv.md specifies them.
#ifndef DATAHAUL_FORMAT_CSV_CSV_ENCODER_H_
#define DATAHAUL_FORMAT_CSV_CSV_ENCODER_H_

#include <cstdint>
#include <string_view>

#include "format/columns.h"
#include "format/ndjson/plain_value.h"
#include "format/ndjson/record_hasher.h"
#include "format/table_losses.h"
#include "model/format.h"

namespace datahaul {

// What a cell can't hold is written as near as it gets, and counted: as TableLosses and PlainLosses count it, and
// "guarded_formulas". DATA_LOSS for a record that the schema has no place for.
class CsvEncoder final : public Encoder {
 public:
  explicit CsvEncoder(const EncodeOptions& options)
      : csv_(options.csv), null_(csv_.null), empty_(null_.empty() ? "\"\"" : ""), columns_(options.schema) {}

  absl::Status Append(const Record& record, ByteBuffer* out, Hash128* hash) override;
  void AddCounters(Counters* counters) const override;

 private:
  class Row;

  const CsvOptions csv_;
  const std::string_view null_;
  const std::string_view empty_;  // the empty text
  SlotColumns columns_;
  RecordHasher hasher_;
  ColumnMemory memory_;
  TableLosses losses_{&memory_};
  ShapeTexts names_ = PlainNames(JsonQuotes::kTwice);
  PlainLosses plain_losses_;
  ByteBuffer scratch_;
  uint64_t guarded_formulas_ = 0;
};

// The header row of `kind`: all names in quotes, so that readers which guess see at once what quotes are.
void AppendCsvHeader(const KindSchema& kind, const CsvOptions& options, ByteBuffer* out);

// True for a text that a guard stands before: one that a spreadsheet would take for a formula, or that has got a guard.
bool NeedsFormulaGuard(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_CSV_ENCODER_H_
