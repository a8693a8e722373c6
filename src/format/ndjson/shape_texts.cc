#include "format/ndjson/shape_texts.h"

#include <algorithm>

namespace datahaul {

const ShapeTexts::Text* ShapeTexts::Learn(const Map& map) {
  Text* const texts = memory_.Add(map);
  if (texts == nullptr) return nullptr;
  std::string room;
  for (uint32_t i = 0; i < map.size; ++i) {
    const std::string_view name = map.fields[i].name;
    Text& text = texts[i];
    text.size = Text::kTooLong;
    if (name.size() > Text::kMost || (skip_ != nullptr && skip_(name))) continue;
    room.resize(JsonStringRoom(name.size()) + after_.size());
    char* end = quotes_ == JsonQuotes::kOnce ? WriteJsonString(room.data(), name)
                                             : WriteJsonString<JsonQuotes::kTwice>(room.data(), name);
    end = std::copy(after_.begin(), after_.end(), end);
    const auto size = static_cast<size_t>(end - room.data());
    if (size > Text::kMost) continue;
    std::memcpy(text.bytes, room.data(), size);
    text.size = static_cast<uint8_t>(size);
  }
  return texts;
}

}  // namespace datahaul
