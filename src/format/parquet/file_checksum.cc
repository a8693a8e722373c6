#include "format/parquet/file_checksum.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"

namespace datahaul {
namespace {

constexpr size_t kDigits = sizeof kNoChecksum - 1;
constexpr std::string_view kMagic = "PAR1";
constexpr size_t kEnd = sizeof(uint32_t) + 4;  // the footer's length, and the magic

// Where the checksum's digits stand in the bytes of a footer: in Thrift's compact protocol, the key is followed by the
// value's field header and length.
std::optional<size_t> FindDigits(std::string_view footer) {
  const std::string head = StrCat(std::string_view(kChecksumKey), '\x18', static_cast<char>(kDigits));
  const size_t found = footer.rfind(head);
  if (found == std::string_view::npos || found + head.size() + kDigits > footer.size()) return std::nullopt;
  return found + head.size();
}

std::string DigitsOf(uint32_t crc) {
  std::array<char, sizeof crc> bytes{};
  StoreLE(bytes.data(), crc);
  std::reverse(bytes.begin(), bytes.end());
  return Hex({bytes.data(), bytes.size()});
}

absl::Status ReadExactly(const ByteReader& reader, uint64_t offset, char* out, size_t size) {
  DH_ASSIGN_OR_RETURN(const size_t got, reader.ReadAt(offset, out, size));
  if (got == size) return absl::OkStatus();
  return DataError(StrCat("reading ", reader.uri(), " at byte ", offset, ": expected ", size, " bytes, found ", got));
}

absl::StatusOr<std::string> ReadFooter(const ByteReader& reader) {
  const uint64_t size = reader.size();
  std::array<char, kEnd> end{};
  if (size >= kMagic.size() + kEnd) {
    DH_RETURN_IF_ERROR(ReadExactly(reader, size - kEnd, end.data(), kEnd));
  }
  const uint64_t length = LoadLE<uint32_t>(end.data());
  if (std::string_view(end.data() + sizeof(uint32_t), kMagic.size()) != kMagic || length > size - kEnd) {
    return DataError(StrCat("reading ", reader.uri(),
                            ": expected a Parquet file, which ends in PAR1 and the length of "
                            "its footer, found another end in ",
                            size, " bytes; without its footer no record can be found: restore it"));
  }
  std::string footer(length, '\0');
  DH_RETURN_IF_ERROR(ReadExactly(reader, size - kEnd - length, footer.data(), length));
  return footer;
}

// CRC-32C of bytes [0, end).
absl::StatusOr<uint32_t> ChecksumTo(const ByteReader& reader, uint64_t end) {
  constexpr size_t kPiece = 256 << 10;
  std::string piece(std::min<uint64_t>(kPiece, end), '\0');
  uint32_t crc = 0;
  for (uint64_t at = 0; at < end; at += piece.size()) {
    piece.resize(std::min<uint64_t>(piece.size(), end - at));
    DH_RETURN_IF_ERROR(ReadExactly(reader, at, piece.data(), piece.size()));
    crc = Crc32c(piece, crc);
  }
  return crc;
}

}  // namespace

absl::Status SealFile(uint32_t crc, std::string* tail) {
  const std::optional<size_t> at = FindDigits(*tail);
  if (!at || tail->compare(*at, kDigits, kNoChecksum) != 0) {
    return InternalError("ending a Parquet file: expected a place for its checksum in the footer, found none");
  }
  tail->replace(*at, kDigits, DigitsOf(Crc32c(*tail, crc)));
  return absl::OkStatus();
}

absl::StatusOr<bool> CheckFile(const ByteReader& reader, absl::Status* sum) {
  DH_ASSIGN_OR_RETURN(std::string tail, ReadFooter(reader));
  const std::optional<size_t> at = FindDigits(tail);
  if (!at) return false;
  const uint64_t begin = reader.size() - kEnd - tail.size();
  tail.resize(tail.size() + kEnd);
  DH_RETURN_IF_ERROR(ReadExactly(reader, reader.size() - kEnd, tail.data() + tail.size() - kEnd, kEnd));
  const std::string stored = tail.substr(*at, kDigits);
  tail.replace(*at, kDigits, kNoChecksum);
  DH_ASSIGN_OR_RETURN(const uint32_t before, ChecksumTo(reader, begin));
  const std::string found = DigitsOf(Crc32c(tail, before));
  if (found == stored) return true;
  *sum = DataError(StrCat("reading ", reader.uri(), ": expected CRC32C ", stored, " over the whole file, found ", found,
                          "; it is damaged, or another program rewrote it and kept datahaul's metadata"));
  return true;
}

}  // namespace datahaul
