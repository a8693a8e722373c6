#ifndef DATAHAUL_FORMAT_NDJSON_SHAPE_TEXTS_H_
#define DATAHAUL_FORMAT_NDJSON_SHAPE_TEXTS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "format/ndjson/json_text.h"
#include "format/shape_memory.h"
#include "model/shape.h"
#include "model/value.h"

namespace datahaul {

// What stands before each value of a map, such as `"name":{`, remembered for maps of a known shape. Not safe for
// concurrent use.
class ShapeTexts {
 public:
  struct Text {
    static constexpr size_t kMost = 47;
    static constexpr uint8_t kTooLong = 255;
    char bytes[kMost];
    uint8_t size;  // kTooLong: it is not here

    // Needs sizeof(Text) bytes at `p`; not for one that is too long.
    char* WriteTo(char* p) const {
      std::memcpy(p, bytes, 32);
      if (size > 32) std::memcpy(p + 32, bytes + 32, sizeof *this - 32);
      return p + size;
    }
  };

  // `after` follows each name. A name for which `skip` is true (if there is one) is always too long.
  ShapeTexts(JsonQuotes quotes, std::string_view after, bool (*skip)(std::string_view name) = nullptr)
      : quotes_(quotes), after_(after), skip_(skip) {}

  // The texts of a map's fields in stored order, valid as long as this; null where the shape is not known, or too many
  // are.
  const Text* Of(const Map& map) {
    if (map.shape == nullptr) return nullptr;
    const Text* const known = memory_.Find(map);
    return known != nullptr ? known : Learn(map);
  }

 private:
  const Text* Learn(const Map& map);

  const JsonQuotes quotes_;
  const std::string after_;
  bool (*const skip_)(std::string_view name);
  ShapeMemory<Text> memory_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_SHAPE_TEXTS_H_
