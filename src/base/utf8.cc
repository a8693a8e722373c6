#include "base/utf8.h"

#include <simdjson.h>

namespace datahaul {

bool IsUtf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace datahaul
