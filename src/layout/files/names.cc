#include "layout/files/names.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "io/compress.h"

namespace datahaul {
namespace {

constexpr size_t kMostBytes = 200;
constexpr size_t kHashBytes = 34;  // "%-" and 32 digits

constexpr std::array<std::string_view, 4> kExtensions = {".ndjson", ".csv", ".parquet", ".binpb"};

bool IsSafe(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

void AppendPercent(std::string* out, char c) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  *out += '%';
  *out += kDigits[byte >> 4];
  *out += kDigits[byte & 15];
}

// FNV-1a, 128 bits: https://www.rfc-editor.org/rfc/rfc9923
std::string NameHash(std::string_view name) {
  constexpr unsigned __int128 kPrime = static_cast<unsigned __int128>(1) << 88 | 0x13B;
  unsigned __int128 hash = static_cast<unsigned __int128>(0x6C62272E07BB0142) << 64 | 0x62B821756295C58D;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  std::string bytes;
  for (int shift = 120; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift);
  return Hex(bytes);
}

// A name that is cut ends in "%-" and its hash, which no other name can: elsewhere % is followed by two hex digits.
std::string Cut(const std::string& encoded, std::string_view name) {
  size_t size = kMostBytes - kHashBytes;
  const size_t percent = encoded.rfind('%', size - 1);
  if (percent != std::string::npos && size - percent < 3) size = percent;
  return StrCat(std::string_view(encoded).substr(0, size), "%-", NameHash(name));
}

bool HasDataExtension(std::string_view name) {
  return std::any_of(kExtensions.begin(), kExtensions.end(), [&](std::string_view end) { return name.ends_with(end); });
}

std::string_view WithoutCompression(std::string_view name) {
  name.remove_suffix(CompressionSuffix(CompressionOfFile(name)).size());
  return name;
}

// A namespace's folder lies beside the default namespace's files and our own folders, and must not be called like them.
std::string FolderName(std::string_view ns) {
  std::string name = EncodeName(ns);
  if (name == "_rejects" || name == "_keys") return StrCat("%5F", name.substr(1));
  const size_t dot = name.rfind('.');
  const bool like_a_file = dot != std::string::npos && (HasDataExtension(WithoutCompression(name)) ||
                                                        name.ends_with(kPartialSuffix) || name == kManifestName);
  return like_a_file ? StrCat(name.substr(0, dot), "%2E", name.substr(dot + 1)) : name;
}

constexpr std::string_view kPart = "/part-";

// At least five digits.
std::string Padded(uint64_t number) {
  const std::string digits = StrCat(number);
  return StrCat(std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0'), digits);
}

}  // namespace

std::string_view FileLayoutName(FileLayout layout) {
  switch (layout) {
    case FileLayout::kKind:
      return "kind";
    case FileLayout::kNamespace:
      return "namespace";
    case FileLayout::kSingle:
      return "single";
    case FileLayout::kShard:
      return "shard";
  }
  return "";
}

std::optional<FileLayout> ParseFileLayout(std::string_view name) {
  for (FileLayout layout : {FileLayout::kKind, FileLayout::kNamespace, FileLayout::kSingle, FileLayout::kShard}) {
    if (name == FileLayoutName(layout)) return layout;
  }
  return std::nullopt;
}

std::string EncodeName(std::string_view name) {
  if (name.empty()) return "%";
  std::string encoded;
  for (char c : name) {
    if (IsSafe(c) && (c != '.' || !encoded.empty())) {
      encoded += c;
    } else {
      AppendPercent(&encoded, c);
    }
  }
  return encoded.size() > kMostBytes ? Cut(encoded, name) : encoded;
}

std::string DataFileName(FileLayout layout, std::string_view ns, std::string_view kind, uint64_t shard,
                         std::string_view extension) {
  switch (layout) {
    case FileLayout::kKind:
      return StrCat(ns.empty() ? "" : StrCat(FolderName(ns), "/"), EncodeName(kind), extension);
    case FileLayout::kNamespace:
      return StrCat(EncodeName(ns), extension);
    case FileLayout::kSingle:
      return StrCat("data", extension);
    case FileLayout::kShard:
      return StrCat("shard-", Padded(shard), extension);
  }
  return "";
}

std::string PartFileName(std::string_view folder, uint64_t part, std::string_view extension) {
  return StrCat(folder, kPart, Padded(part), extension);
}

std::optional<PartName> ParsePartFileName(std::string_view name, std::string_view extension) {
  const size_t slash = name.rfind(kPart);
  if (slash == std::string_view::npos || !name.ends_with(extension)) return std::nullopt;
  PartName parsed{name.substr(0, slash), 0};
  const size_t first = slash + kPart.size();
  if (!parsed.folder.ends_with(extension) || name.size() < first + extension.size()) return std::nullopt;
  const std::string_view digits = name.substr(first, name.size() - first - extension.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), parsed.part);
  return digits == Padded(parsed.part) ? std::optional(parsed) : std::nullopt;
}

bool IsDataFileName(std::string_view name) {
  if (name.starts_with('.') || name.find("/.") != std::string_view::npos) return false;
  if (name.starts_with("_rejects/") || name.starts_with("_keys/")) return false;
  return HasDataExtension(WithoutCompression(name));
}

}  // namespace datahaul
