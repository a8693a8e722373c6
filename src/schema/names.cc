#include "schema/names.h"

#include <cstdint>

#include "absl/container/flat_hash_set.h"

#include "base/text.h"

namespace datahaul {
namespace {

constexpr size_t kLongest = 300;  // characters: BigQuery's limit
constexpr std::string_view kForbiddenBeginnings[] = {"_table_",        "_file_",   "_partition",
                                                     "_row_timestamp", "__root__", "_colidentifier"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// How many bytes the first `characters` characters take.
size_t Prefix(std::string_view text, size_t characters) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && characters-- == 0) return at;
  }
  return at;
}

// FNV-1a, 64 bits, in hexadecimal.
std::string HashText(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift);
  return Hex(bytes);
}

std::string Clean(std::string_view field) {
  std::string name(field);
  for (char& c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    if (!letter && !IsDigit(c)) c = '_';
  }
  if (name.empty() || IsDigit(name.front())) name.insert(0, "_");
  const std::string lower = LowerAscii(name);
  for (const std::string_view beginning : kForbiddenBeginnings) {
    if (lower.starts_with(beginning)) {
      name.insert(0, "_");
      break;
    }
  }
  if (Prefix(name, kLongest) == name.size()) return name;
  const std::string hash = HashText(field);
  return StrCat(std::string_view(name).substr(0, Prefix(name, kLongest - 1 - hash.size())), "_", hash);
}

class Names {
 public:
  bool Take(std::string_view name) { return taken_.insert(LowerAscii(name)).second; }
  std::string TakeLike(const std::string& name) {
    if (Take(name)) return name;
    for (int number = 2;; ++number) {
      const std::string suffix = StrCat("_", number);
      const std::string other =
          StrCat(std::string_view(name).substr(0, Prefix(name, kLongest - suffix.size())), suffix);
      if (Take(other)) return other;
    }
  }

 private:
  absl::flat_hash_set<std::string> taken_;
};

}  // namespace

std::vector<std::string> ColumnNames(std::span<const std::string_view> fields,
                                     std::span<const std::string_view> reserved) {
  Names names;
  for (const std::string_view name : reserved) names.Take(name);
  std::vector<std::string> columns(fields.size());
  std::vector<size_t> others;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (std::string name = Clean(fields[i]); name == fields[i] && names.Take(name)) {
      columns[i] = std::move(name);
    } else {
      others.push_back(i);
    }
  }
  for (const size_t i : others) columns[i] = names.TakeLike(Clean(fields[i]));
  return columns;
}

}  // namespace datahaul
