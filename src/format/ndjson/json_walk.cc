#include "format/ndjson/json_walk.h"

#include <limits>
#include <optional>
#include <utility>

#include "base/text.h"
#include "format/ndjson/printable.h"

namespace datahaul {
namespace {

constexpr std::string_view kNumber = "a number, \"NaN\", \"Infinity\" or \"-Infinity\"";

std::optional<double> ParseNonFinite(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// What stands between a field and the place inside it.
std::string_view Separator(std::string_view rest) { return rest.empty() || rest[0] == '[' ? "" : "."; }

}  // namespace

bool JsonWalk::ReadDouble(double* value) {
  if (cursor_.Peek() != '"') return cursor_.ReadDouble(value) || Expected(kNumber);
  std::string_view text;
  if (!ReadString(&text)) return false;
  const std::optional<double> number = ParseNonFinite(text);
  if (!number) return WrongText(kNumber, text);
  *value = *number;
  return true;
}

bool JsonWalk::ReadBase64(std::string_view* bytes) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  char* const out =
      static_cast<char*>(arena_->Allocate(text.size() / 4 * 3 + 1));  // never null, though it may be empty
  const std::optional<size_t> size = UnBase64To(out, text);
  if (!size) return WrongText("base64 with padding", text);
  *bytes = {out, *size};
  return true;
}

bool JsonWalk::TakeFields(size_t first, Map* map) {
  map->size = static_cast<uint32_t>(fields_.size() - first);
  map->fields = arena_->CopyArray(fields_.data() + first, map->size);
  fields_.resize(first);
  bool unique = true;
  map->sorted = order_.Sort(map->fields, map->size, arena_, &unique);
  if (unique) return true;
  uint32_t i = 1;
  while (map->fields[map->sorted[i]].name != map->fields[map->sorted[i - 1]].name) ++i;
  return Wrong("a field once", "it twice") || Inside(map->fields[map->sorted[i]].name);
}

std::string JsonWalk::Quoted(std::string_view text) { return StrCat('"', Printable(text), '"'); }

bool JsonWalk::Expected(std::string_view what) { return Wrong(what, cursor_.Describe(end_)); }

bool JsonWalk::Wrong(std::string_view expected, std::string found) {
  problem_.expected = expected;
  problem_.found = std::move(found);
  return false;
}

bool JsonWalk::TooDeep() { return Wrong(StrCat("at most ", kDeepest, " levels of maps"), "more"); }

bool JsonWalk::Inside(std::string_view field) {
  problem_.field = StrCat(Printable(field), Separator(problem_.field), problem_.field);
  return false;
}

bool JsonWalk::Inside(size_t index) {
  problem_.field = StrCat('[', index, ']', Separator(problem_.field), problem_.field);
  return false;
}

}  // namespace datahaul
