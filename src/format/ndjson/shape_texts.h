#ifndef DATAHAUL_FORMAT_NDJSON_SHAPE_TEXTS_H_
#define DATAHAUL_FORMAT_NDJSON_SHAPE_TEXTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/shape.h"
#include "model/value.h"

namespace datahaul {

// What stands before each value of a map, `"name":{`, remembered for maps of a known shape. Not safe for concurrent
// use.
class ShapeTexts {
 public:
  struct Text {
    static constexpr size_t kMost = 47;
    static constexpr uint8_t kTooLong = 255;
    char bytes[kMost];
    uint8_t size;  // kTooLong: it does not fit
  };

  // The texts of a map's fields by name, one for each of map.size; map.shape must not be null. Valid until the next
  // call.
  const Text* Of(const Map& map) {
    Known& known = known_[map.shape->id % kShapes];
    if (known.id != map.shape->id) Learn(map, &known);
    return known.texts.data();
  }

 private:
  static constexpr size_t kShapes = 256;
  struct Known {
    uint64_t id = 0;
    std::vector<Text> texts;
  };

  static void Learn(const Map& map, Known* known);

  std::array<Known, kShapes> known_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_SHAPE_TEXTS_H_
