#include "format/parquet/value_range.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/bytes.h"

namespace datahaul {
namespace {

template <typename T>
std::string Plain(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::optional<ValueRange> BitRange(const Bitmap& bits, uint32_t begin, uint32_t count) {
  if (count == 0) return std::nullopt;
  bool all = true, any = false;
  for (uint32_t i = begin; i < begin + count; ++i) {
    all = all && bits.Get(i);
    any = any || bits.Get(i);
  }
  return ValueRange{Plain(all), Plain(any)};
}

std::optional<ValueRange> IntRange(std::string_view values) {
  if (values.empty()) return std::nullopt;
  auto least = std::numeric_limits<int64_t>::max(), greatest = std::numeric_limits<int64_t>::min();
  for (size_t at = 0; at < values.size(); at += sizeof(int64_t)) {
    const auto value = LoadLE<int64_t>(&values[at]);
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  return ValueRange{Plain(least), Plain(greatest)};
}

std::optional<ValueRange> DoubleRange(std::string_view values) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double least = kInfinity, greatest = -kInfinity;
  if (values.empty()) return std::nullopt;
  for (size_t at = 0; at < values.size(); at += sizeof(double)) {
    const auto value = LoadLE<double>(&values[at]);
    // Parquet would have it left out, but then DuckDB (2.0) takes NaN for the one other value of a column.
    if (value != value) return std::nullopt;
    least = value < least ? value : least;
    greatest = value > greatest ? value : greatest;
  }
  return ValueRange{Plain(least == 0 ? -0.0 : least), Plain(greatest == 0 ? 0.0 : greatest)};
}

// The first bytes of a text as a number that goes the way texts do; equal ones say nothing. Reads beyond short ones:
// arrays and buffers have kSlack.
uint64_t Prefix(std::string_view text) {
  const uint64_t prefix = __builtin_bswap64(LoadLE<uint64_t>(text.data()));
  if (text.size() >= sizeof prefix) [[likely]]
    return prefix;
  return text.empty() ? 0 : prefix >> (64 - 8 * text.size()) << (64 - 8 * text.size());
}

std::optional<ValueRange> TextRange(std::string_view values) {
  if (values.empty()) return std::nullopt;
  const auto* value = reinterpret_cast<const uint8_t*>(values.data());
  const uint8_t* const end = value + values.size();
  std::string_view least = TextAt(value), greatest = least;
  uint64_t least_prefix = Prefix(least), greatest_prefix = least_prefix;
  for (std::string_view text = least; value != end; value += sizeof(uint32_t) + text.size()) {
    text = TextAt(value);
    const uint64_t prefix = Prefix(text);
    if (prefix <= least_prefix && (prefix < least_prefix || text < least)) {
      least = text;
      least_prefix = prefix;
    }
    if (prefix >= greatest_prefix && (prefix > greatest_prefix || text > greatest)) {
      greatest = text;
      greatest_prefix = prefix;
    }
  }
  if (least.size() > kLongestInRange || greatest.size() > kLongestInRange) return std::nullopt;
  return ValueRange{std::string(least), std::string(greatest)};
}

}  // namespace

std::optional<ValueRange> RangeOf(const ColumnStore& store, uint32_t begin, uint32_t count, std::string_view values) {
  if (store.form() == StoreForm::kBits) return BitRange(store.bits(), begin, count);
  if (store.form() == StoreForm::kTexts) return TextRange(values);
  return store.column().type == ColumnType::kDouble ? DoubleRange(values) : IntRange(values);
}

}  // namespace datahaul
