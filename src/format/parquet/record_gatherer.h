// Records into columns.
#ifndef DATAHAUL_FORMAT_PARQUET_RECORD_GATHERER_H_
#define DATAHAUL_FORMAT_PARQUET_RECORD_GATHERER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "format/ndjson/plain_value.h"
#include "format/ndjson/record_hasher.h"
#include "format/parquet/column_store.h"
#include "format/table_losses.h"
#include "model/receipt.h"
#include "model/record.h"

namespace datahaul {

// Appends records to the stores of their kinds' columns, and counts what a table does not keep. Not safe for concurrent
// use.
class RecordGatherer {
 public:
  // `hasher` must outlive it, and have hashed each record before it is appended.
  explicit RecordGatherer(RecordHasher* hasher) : hasher_(*hasher), json_(hasher) {}

  // The record becomes row `row` of `columns`, which has one store for each column of `kind`. Adds the bytes that this
  // took to *held. After an error the stores are of no use any more.
  absl::Status Append(const Record& record, const KindSchema& kind, uint32_t row, std::vector<ColumnStore>* columns,
                      size_t* held);

  void AddCounters(Counters* counters) const;

 private:
  void AppendKey(const Record& record, uint32_t row, ColumnStore* column);
  void AppendAll(const Map& properties, uint32_t row, ColumnStore* column);
  void AppendMap(const Map& map, uint32_t slot, ColumnStore* structure);
  void AppendValue(const Value& value, uint32_t slot, ColumnStore* column);
  void AppendItems(const Value& value, uint32_t slot, ColumnStore* list);
  void AppendVariant(const Value& value, uint32_t slot, ColumnStore* variants);
  void AppendUser(const User& user, uint32_t slot, ColumnStore* column);
  void AppendReference(const Key& key, uint32_t slot, ColumnStore* column);
  void AppendJson(const Value& value, uint32_t slot, ColumnStore* column);
  void AppendString(std::string_view text, uint32_t slot, ColumnStore* column);
  void AppendBytes(std::string_view bytes, uint32_t slot, ColumnStore* column);
  template <typename T>
  void AppendWord(T value, uint32_t slot, ColumnStore* column);

  RecordHasher& hasher_;
  ColumnMemory memory_;
  TableLosses losses_{&memory_};
  PlainValueWriter json_;
  ByteBuffer scratch_;
  size_t held_ = 0;
  uint64_t invalid_utf8_ = 0;
  uint64_t json_values_ = 0;  // of whole records
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_RECORD_GATHERER_H_
