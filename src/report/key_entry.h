// One record as a sortable line: the kind's number, its key's text, the hash of the whole record.
#ifndef DATAHAUL_REPORT_KEY_ENTRY_H_
#define DATAHAUL_REPORT_KEY_ENTRY_H_

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "model/digest.h"

namespace datahaul {

// Sorted bytewise, entries are ordered by kind number, then key text, then hash. A tab sorts before everything that a
// key text may hold, so that no key comes between another's lines.
struct KeyEntry {
  static constexpr size_t kHashSize = 32;

  uint32_t kind = 0;
  std::string_view key;   // as TypedEncoder::AppendKey writes it
  std::string_view hash;  // Hash128::ToHex

  static void Append(uint32_t kind, std::string_view key, const Hash128& hash, ByteBuffer* out);
  // Of what Append wrote.
  static KeyEntry Parse(std::string_view entry);
  // What a keys index holds: the key's text, a tab, the hash.
  static std::string_view Line(std::string_view entry) { return entry.substr(sizeof(uint32_t)); }
  static void AppendLine(uint32_t kind, std::string_view line, ByteBuffer* out);
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_KEY_ENTRY_H_
