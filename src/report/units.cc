#include "report/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "base/text.h"

namespace datahaul {
namespace {

constexpr Micros kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

std::string TwoUnits(Micros duration, Micros big, const char* big_name, Micros small, const char* small_name) {
  return StrCat(duration / big, " ", big_name, " ", duration % big / small, " ", small_name);
}

std::string FormatUtc(const char* format, Micros time) {
  return absl::FormatTime(format, absl::FromUnixMicros(time), absl::UTCTimeZone());
}

}  // namespace

std::string HumanCount(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string HumanBytes(double bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (bytes >= 999.95 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 ? absl::StrFormat("%.0f B", bytes) : absl::StrFormat("%.1f %s", bytes, kUnits[unit]);
}

std::string HumanDuration(Micros duration) {
  if (duration < 10 * kSecond) return absl::StrFormat("%.2f s", static_cast<double>(duration) / kSecond);
  if (duration < kMinute) return StrCat(duration / kSecond, " s");
  if (duration < kHour) return TwoUnits(duration, kMinute, "min", kSecond, "s");
  if (duration < kDay) return TwoUnits(duration, kHour, "h", kMinute, "min");
  return TwoUnits(duration, kDay, "d", kHour, "h");
}

std::string HumanPercent(uint64_t part, uint64_t whole) {
  if (whole == 0 || part >= whole) return "100%";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part == 0) return "0%";
  if (percent < 0.1) return "<0.1%";
  return absl::StrFormat("%.1f%%", std::fmin(percent, 99.9));
}

std::string HumanTime(Micros time) { return FormatUtc("%Y-%m-%d %H:%M:%S UTC", time); }
std::string Rfc3339(Micros time) { return FormatUtc("%Y-%m-%dT%H:%M:%E6SZ", time); }

std::string Counted(uint64_t count, std::string_view noun) {
  return StrCat(HumanCount(count), " ", noun, count == 1 ? "" : "s");
}

std::optional<Micros> ParseDuration(std::string_view text) {
  constexpr std::array<std::pair<char, Micros>, 4> kUnits = {
      {{'s', kSecond}, {'m', kMinute}, {'h', kHour}, {'d', kDay}}};
  Micros unit = kSecond;
  for (const auto& [letter, size] : kUnits) {
    if (!text.empty() && text.back() == letter) {
      unit = size;
      text.remove_suffix(1);
      break;
    }
  }
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number * unit;
}

}  // namespace datahaul
