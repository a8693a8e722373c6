// CSV: records that are decoded from any bytes are encoded, and decoded again, as the same; batch sizes and the place
// to go on from make no difference; every byte is counted.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/check.h"
#include "fuzz/table_columns.h"

#include "format/csv/format.h"
#include "format/ndjson/typed_encoder.h"
#include "io/memory_reader.h"
#include "model/format.h"

namespace datahaul {
namespace {

struct Table {
  bool ok = false;
  std::vector<std::string> lines;  // typed NDJSON
  std::string rows;                // as CSV, with the header
  std::vector<Reject> rejects;
  std::vector<std::pair<uint64_t, size_t>> cursors;  // and how many lines there were before
  uint64_t input_bytes = 0;
  bool lossy = false;
};

// Writes the batch's records as rows of one table, whatever their kinds.
void AppendRows(const RecordBatch& batch, const CsvOptions& csv, Table* table) {
  Schema schema;
  for (const Record& record : batch.records) {
    schema.kinds.try_emplace({std::string(record.key->ns), std::string(record.key->kind())}, EveryColumn());
  }
  const auto encoder = Csv().NewEncoder({.schema = &schema, .csv = csv});
  ByteBuffer rows;
  for (const Record& record : batch.records) {
    Hash128 hash;
    Check(encoder->Append(record, &rows, &hash).ok(), "what was decoded can be encoded");
  }
  table->rows += rows.view();
  Counters counters;
  encoder->AddCounters(&counters);
  table->lossy |= counters.named.contains("non_finite");
  Check(!counters.named.contains("invalid_utf8"), "what was decoded is UTF-8");
}

std::string Header(const CsvOptions& csv) {
  Schema schema;
  schema.kinds[{"", "a"}] = EveryColumn();
  ByteBuffer header;
  Csv().Prologue("", "a", {.schema = &schema, .csv = csv}, &header);
  return std::string(header.view());
}

Table Decode(std::string_view text, const CsvOptions& csv, bool typed, uint64_t batch_bytes, uint64_t resume = 0) {
  const MemoryReader reader("fuzz://input", text);
  DecodeOptions options;
  options.batch_bytes = batch_bytes;
  options.csv = csv;
  if (typed) options.schema = &EveryColumn();
  auto decoder = Csv().NewDecoder(&reader, {0, text.size()}, resume, options);
  Check(decoder.ok(), "CSV has a decoder");
  TypedEncoder encoder{EncodeOptions()};
  Table table;
  table.rows = Header(csv);
  RecordBatch batch;
  while (true) {
    if (!(*decoder)->Read(&batch).ok()) return table;
    if (batch.input_bytes == 0) break;
    for (const Record& record : batch.records) {
      ByteBuffer line;
      encoder.AppendLine(record, &line);
      table.lines.emplace_back(line.view());
    }
    if (typed) AppendRows(batch, csv, &table);
    std::move(batch.rejects.begin(), batch.rejects.end(), std::back_inserter(table.rejects));
    table.input_bytes += batch.input_bytes;
    table.cursors.emplace_back(std::stoull(batch.cursor), table.lines.size());
  }
  table.ok = true;
  return table;
}

void CheckText(std::string_view text, const CsvOptions& csv, bool typed, uint64_t batch_bytes) {
  constexpr uint64_t kOneBatch = 64 << 10;
  const Table whole = Decode(text, csv, typed, kOneBatch);
  const Table small = Decode(text, csv, typed, batch_bytes);
  Check(small.ok == whole.ok && small.lines == whole.lines && small.rejects.size() == whole.rejects.size(),
        "small batches give the same as large ones");
  if (!whole.ok) return;
  Check(whole.input_bytes == text.size() && small.input_bytes == text.size(), "every byte is counted");
  if (!small.cursors.empty()) {
    const auto& [cursor, before] = small.cursors[small.cursors.size() / 2];
    const Table rest = Decode(text, csv, typed, kOneBatch, cursor);
    Check(rest.ok && std::vector(whole.lines.begin() + static_cast<ptrdiff_t>(before), whole.lines.end()) == rest.lines,
          "from a cursor on comes what is left");
  }
  if (!typed) return;
  const Table again = Decode(whole.rows, csv, true, kOneBatch);
  Check(again.ok && again.rejects.empty(), "what was encoded can be decoded");
  Check(again.lines == whole.lines || whole.lossy, "records survive");
  Check(again.rows == whole.rows || whole.lossy, "encoding what was decoded is a fixed point");
}

}  // namespace
}  // namespace datahaul

// The first byte chooses options and whether the columns' types are known, the second how large batches are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace datahaul;
  if (size < 2) return 0;
  CsvOptions csv;
  constexpr char kDelimiters[] = {',', ';', '\t', '|'};
  csv.delimiter = kDelimiters[data[0] & 3];
  if ((data[0] & 4) != 0) csv.null = "\\N";
  csv.guard_formulas = (data[0] & 8) != 0;
  CheckText({reinterpret_cast<const char*>(data) + 2, size - 2}, csv, (data[0] & 16) == 0, data[1] + 1);
  return 0;
}
