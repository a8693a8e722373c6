#include "objects/s3/s3_size.h"

#include <charconv>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

absl::StatusOr<uint64_t> ParseSize(std::string_view where, std::string_view text) {
  uint64_t size = 0;
  const char* const end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, size); error == std::errc() && at == end) return size;
  return DataError(StrCat(where, ": expected its size, found \"", text, "\""));
}

}  // namespace datahaul
