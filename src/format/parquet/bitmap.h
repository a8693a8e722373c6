#ifndef DATAHAUL_FORMAT_PARQUET_BITMAP_H_
#define DATAHAUL_FORMAT_PARQUET_BITMAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "format/parquet/growing_array.h"

namespace datahaul {

// Bits in Arrow's order (the lowest first), growing at their end. Not safe for concurrent use.
class Bitmap {
 public:
  size_t size() const { return size_; }
  const uint8_t* data() const { return bytes_.data(); }
  bool Get(size_t i) const { return (bytes_.data()[i / 8] >> (i % 8) & 1) != 0; }

  void Push(bool bit) {
    if (size_ % 8 == 0) *bytes_.Extend(1) = 0;
    bytes_.data()[size_ / 8] =
        static_cast<uint8_t>(bytes_.data()[size_ / 8] | static_cast<unsigned>(bit) << (size_ % 8));
    ++size_;
  }
  void PushMany(bool bit, size_t count) {
    for (; count > 0 && size_ % 8 != 0; --count) Push(bit);
    const size_t whole = count / 8;
    if (whole != 0) std::memset(bytes_.Extend(whole), bit ? 0xFF : 0, whole);
    size_ += whole * 8;
    for (count %= 8; count > 0; --count) Push(bit);
  }
  // Appends `count` bits from `begin` on, and zeros up to a whole byte.
  void AppendTo(size_t begin, size_t count, ByteBuffer* out) const {
    const size_t whole = (count + 7) / 8;
    out->Reserve(whole);
    for (size_t i = 0; i < whole; ++i) {
      const auto two = LoadLE<uint16_t>(bytes_.data() + begin / 8 + i);  // the second may be of the slack
      out->end()[i] = static_cast<char>(two >> (begin % 8));
    }
    if (count % 8 != 0) out->end()[whole - 1] = static_cast<char>(out->end()[whole - 1] & ((1 << (count % 8)) - 1));
    out->Advance(whole);
  }
  void Free() {
    bytes_.Free();
    size_ = 0;
  }

 private:
  GrowingArray bytes_;
  size_t size_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_BITMAP_H_
