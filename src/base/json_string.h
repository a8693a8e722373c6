#ifndef DATAHAUL_BASE_JSON_STRING_H_
#define DATAHAUL_BASE_JSON_STRING_H_

#include <string>
#include <string_view>

namespace datahaul {

// Appends `text` to *out as a JSON string with its quotes. The result is always UTF-8: in text that is not, every byte
// above 0x7F becomes U+FFFD.
void AppendJsonString(std::string* out, std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_BASE_JSON_STRING_H_
