#include "objects/answer.h"

#include <algorithm>
#include <charconv>

#include "absl/time/time.h"

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"

namespace datahaul {

absl::StatusOr<uint64_t> ParseSize(std::string_view where, std::string_view text) {
  uint64_t size = 0;
  const char* const end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, size); error == std::errc() && at == end) return size;
  return DataError(StrCat(where, ": expected its size, found \"", text, "\""));
}

Micros RetryAfterIn(const HttpResponse& response) {
  const std::string_view text =
      HeaderOf(response.headers, "retry-after");  // the form with a date is not used by stores
  uint32_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return Micros{std::min<uint32_t>(seconds, 3600)} * 1'000'000;
}

Micros ParseTime(std::string_view text) {
  absl::Time time;
  std::string ignored;
  return absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &ignored) ? absl::ToUnixMicros(time) : 0;
}

std::string Crc32cText(uint32_t crc32c) {
  char bytes[4];
  StoreLE(bytes, __builtin_bswap32(crc32c));
  return Base64({bytes, sizeof bytes});
}

std::optional<uint32_t> ParseCrc32c(std::string_view text) {
  char bytes[6];
  if (text.size() != 8 || UnBase64To(bytes, text) != 4) return std::nullopt;
  return __builtin_bswap32(LoadLE<uint32_t>(bytes));
}

}  // namespace datahaul
