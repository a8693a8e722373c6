// Small numbers as Parquet packs them: its "RLE/bit-packing hybrid", of levels and of dictionary indices.
// https://parquet.apache.org/docs/file-format/data-pages/encodings/
#ifndef DATAHAUL_FORMAT_PARQUET_HYBRID_H_
#define DATAHAUL_FORMAT_PARQUET_HYBRID_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace datahaul {

// Appends one value `count` times, as a run. `width`: bits of a value, 1 to 32.
inline void AppendRun(uint32_t value, size_t count, int width, ByteBuffer* out) {
  out->Reserve(16);
  uint64_t head = uint64_t{count} << 1;
  for (; head >= 0x80; head >>= 7) {
    StoreLE(out->end(), static_cast<uint8_t>(head | 0x80));
    out->Advance(1);
  }
  StoreLE(out->end(), static_cast<uint8_t>(head));
  out->Advance(1);
  StoreLE(out->end(), value);
  out->Advance(static_cast<size_t>(width + 7) / 8);
}

// Appends `count` values, at most eight and zeros behind them, in `width` bytes.
template <typename T>
void AppendPacked(const T* values, size_t count, int width, ByteBuffer* out) {
  uint64_t bits = 0;
  int held = 0;
  out->Reserve(static_cast<size_t>(width));
  for (size_t i = 0; i < 8; ++i) {
    bits |= (i < count ? uint64_t{values[i]} : 0) << held;
    held += width;
    if (held < 32) continue;
    StoreLE(out->end(), static_cast<uint32_t>(bits));
    out->Advance(4);
    bits >>= 32;
    held -= 32;
  }
  StoreLE(out->end(), static_cast<uint32_t>(bits));
  out->Advance(static_cast<size_t>(held) / 8);
}

// Appends values, of which none has more than `width` bits: runs where eight and more are equal, packed ones elsewhere.
template <typename T>
void AppendHybrid(std::span<const T> values, int width, ByteBuffer* out) {
  constexpr size_t kMostGroups = 63;  // of eight values, so that the head is one byte
  const auto run_at = [&](size_t at) {
    size_t end = at + 1;
    while (end < values.size() && values[end] == values[at]) ++end;
    return end - at;
  };
  const auto eight_equal = [&](size_t at) {
    return at + 8 <= values.size() &&
           std::all_of(&values[at] + 1, &values[at] + 8, [&](T value) { return value == values[at]; });
  };
  for (size_t at = 0; at < values.size();) {
    if (eight_equal(at)) {
      const size_t run = run_at(at);
      AppendRun(values[at], run, width, out);
      at += run;
      continue;
    }
    out->Reserve(1);
    const size_t head = out->size();
    out->Advance(1);
    size_t groups = 0;
    do {
      AppendPacked(&values[at], std::min<size_t>(8, values.size() - at), width, out);
      at += 8;
      ++groups;
    } while (at < values.size() && groups < kMostGroups && !eight_equal(at));
    out->data()[head] = static_cast<char>(groups << 1 | 1);
  }
}

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_HYBRID_H_
