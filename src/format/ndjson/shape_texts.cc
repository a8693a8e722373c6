#include "format/ndjson/shape_texts.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "format/ndjson/json_text.h"

namespace datahaul {

void ShapeTexts::Learn(const Map& map, Known* known) {
  known->id = map.shape->id;
  known->texts.assign(map.size, Text{});
  std::string room;
  for (uint32_t i = 0; i < map.size; ++i) {
    const std::string_view name = map.fields[map.sorted[i]].name;
    Text& text = known->texts[i];
    text.size = Text::kTooLong;
    if (name.size() + 4 > Text::kMost) continue;
    room.resize(JsonStringRoom(name.size()) + 2);
    char* end = WriteJsonString(room.data(), name);
    end = std::copy_n(":{", 2, end);
    const auto size = static_cast<size_t>(end - room.data());
    if (size > Text::kMost) continue;
    std::memcpy(text.bytes, room.data(), size);
    text.size = static_cast<uint8_t>(size);
  }
}

}  // namespace datahaul
