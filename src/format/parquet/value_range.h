// The least and the greatest value of a column, as Parquet's statistics want them.
#ifndef DATAHAUL_FORMAT_PARQUET_VALUE_RANGE_H_
#define DATAHAUL_FORMAT_PARQUET_VALUE_RANGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/parquet/column_store.h"

namespace datahaul {

struct ValueRange {
  std::string least, greatest;  // plainly encoded; of texts, the text
};

// Longer ones are left out: some readers take a shortened one for the value itself.
inline constexpr size_t kLongestInRange = 4096;

// Of `count` values from the one numbered `begin` on: `values` holds each at least once, laid out as in `store` and
// with kSlack bytes behind them; bits are taken from the store. Texts go bytewise, zeros count as both. Nothing if
// there are no values, one is NaN, or an end is longer than kLongestInRange.
std::optional<ValueRange> RangeOf(const ColumnStore& store, uint32_t begin, uint32_t count, std::string_view values);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_VALUE_RANGE_H_
