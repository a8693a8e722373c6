#include "format/ndjson/rfc3339.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace datahaul {
namespace {

// The digits of text[begin, begin + count), or -1.
int Digits(std::string_view text, size_t begin, size_t count) {
  int value = 0;
  for (size_t i = begin; i < begin + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool IsLeapYear(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int DaysOfMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && IsLeapYear(year) ? 1 : 0);
}

// Days since 1970-01-01, by counting years from March: then the leap day is a year's last.
int64_t DaysSinceEpoch(int year, int month, int day) {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era_days = y / 400 * 146097;
  const int64_t year_of_era = y % 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era_days + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

std::optional<int64_t> ParseDate(std::string_view text) {
  if (text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = Digits(text, 0, 4), month = Digits(text, 5, 2), day = Digits(text, 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DaysOfMonth(year, month)) return std::nullopt;
  return DaysSinceEpoch(year, month, day);
}

std::optional<int64_t> ParseTimeOfDay(std::string_view text) {
  if (text[2] != ':' || text[5] != ':') return std::nullopt;
  const int hour = Digits(text, 0, 2), minute = Digits(text, 3, 2), second = Digits(text, 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  return hour * 3600 + minute * 60 + second;
}

// `text` is what stands between the seconds and the "Z".
std::optional<int64_t> ParseFraction(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != '.' || text.size() < 2 || text.size() > 10) return std::nullopt;
  const int digits = Digits(text, 1, text.size() - 1);
  if (digits < 0) return std::nullopt;
  int64_t nanos = digits;
  for (size_t i = text.size(); i < 10; ++i) nanos *= 10;
  if (nanos % 1000 != 0) return std::nullopt;
  return nanos / 1000;
}

}  // namespace

std::optional<Micros> ParseRfc3339(std::string_view text) {
  constexpr size_t kShortest = 20;  // 2025-01-02T03:04:05Z
  if (text.size() < kShortest || text[10] != 'T' || text.back() != 'Z') return std::nullopt;
  const auto days = ParseDate(text);
  const auto seconds = ParseTimeOfDay(text.substr(11));
  const auto micros = ParseFraction(text.substr(19, text.size() - 20));
  if (!days || !seconds || !micros) return std::nullopt;
  return (*days * 86400 + *seconds) * 1'000'000 + *micros;
}

std::optional<Micros> ParseTimestampText(std::string_view text) {
  if (const auto time = ParseRfc3339(text)) return time;
  Micros micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return micros;
}

}  // namespace datahaul
