#include "connector/objects/span.h"

#include <charconv>

#include "base/text.h"

namespace datahaul {
namespace {

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string ToText(const Position& position) { return StrCat(position.object, ":", position.offset); }

std::optional<Position> ParsePosition(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto object = ParseNumber(text.substr(0, colon)), offset = ParseNumber(text.substr(colon + 1));
  if (!object || !offset) return std::nullopt;
  return Position{*object, *offset};
}

std::string ToText(const Span& span) { return StrCat(ToText(span.begin), "@", span.resume, "-", ToText(span.end)); }

std::optional<Span> ParseSpan(std::string_view text) {
  const size_t at = text.find('@'), dash = text.find('-');
  if (at == std::string_view::npos || dash == std::string_view::npos || dash < at) return std::nullopt;
  const auto begin = ParsePosition(text.substr(0, at)), end = ParsePosition(text.substr(dash + 1));
  const auto resume = ParseNumber(text.substr(at + 1, dash - at - 1));
  if (!begin || !end || !resume || *resume < begin->offset) return std::nullopt;
  return Span{*begin, *resume, *end};
}

}  // namespace datahaul
