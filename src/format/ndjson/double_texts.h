#ifndef DATAHAUL_FORMAT_NDJSON_DOUBLE_TEXTS_H_
#define DATAHAUL_FORMAT_NDJSON_DOUBLE_TEXTS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "format/ndjson/json_text.h"

namespace datahaul {

// The texts of doubles written last. Finding the shortest digits is slow, and a record that is hashed and then written
// in another form has each number twice. Not safe for concurrent use.
class DoubleTexts {
 public:
  // As WriteFiniteDouble.
  char* Write(char* out, double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    Known& known = known_[bits * 0x9E3779B97F4A7C15u >> (64 - kBits)];
    if (known.bits != bits || known.size == 0) {
      known.size = static_cast<uint8_t>(WriteFiniteDouble(known.text, value) - known.text);
      known.bits = bits;
    }
    std::memcpy(out, known.text, kMost);
    return out + known.size;
  }

 private:
  static constexpr size_t kBits = 7, kMost = 32;
  struct Known {
    uint64_t bits = 0;
    char text[47];  // what WriteFiniteDouble may touch
    uint8_t size = 0;
  };
  std::array<Known, size_t{1} << kBits> known_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_DOUBLE_TEXTS_H_
