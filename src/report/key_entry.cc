#include "report/key_entry.h"

namespace datahaul {
namespace {

// Most significant byte first, so that numbers sort as bytes.
void AppendKind(uint32_t kind, ByteBuffer* out) {
  const uint32_t big_endian = __builtin_bswap32(kind);
  out->Reserve(sizeof big_endian);
  StoreLE(out->end(), big_endian);
  out->Advance(sizeof big_endian);
}

}  // namespace

void KeyEntry::Append(uint32_t kind, std::string_view key, const Hash128& hash, ByteBuffer* out) {
  AppendKind(kind, out);
  out->Append(key);
  out->Append("\t");
  out->Append(hash.ToHex());
}

void KeyEntry::AppendLine(uint32_t kind, std::string_view line, ByteBuffer* out) {
  AppendKind(kind, out);
  out->Append(line);
}

KeyEntry KeyEntry::Parse(std::string_view entry) {
  const std::string_view line = Line(entry);
  return {.kind = __builtin_bswap32(LoadLE<uint32_t>(entry.data())),
          .key = line.substr(0, line.size() - kHashSize - 1),
          .hash = line.substr(line.size() - kHashSize)};
}

}  // namespace datahaul
