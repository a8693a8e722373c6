#ifndef DATAHAUL_BASE_UTF8_H_
#define DATAHAUL_BASE_UTF8_H_

#include <string_view>

namespace datahaul {

// True for well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
bool IsUtf8(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_BASE_UTF8_H_
