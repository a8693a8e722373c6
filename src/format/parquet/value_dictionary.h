#ifndef DATAHAUL_FORMAT_PARQUET_VALUE_DICTIONARY_H_
#define DATAHAUL_FORMAT_PARQUET_VALUE_DICTIONARY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "format/parquet/column_store.h"

namespace datahaul {

// The distinct values of a column, and for each of its values the index of the one that it equals, byte for byte. Keeps
// its memory for the next column. Not safe for concurrent use.
class ValueDictionary {
 public:
  // Of a dictionary's values. Larger ones are read slowly, and hardly make the file smaller.
  static constexpr size_t kMostBytes = 1 << 20;

  // Takes the values of `store`, which holds words or texts. False if a dictionary is not worth its while: the values
  // hardly repeat, or it would take no less room than they. Then it holds nothing of use.
  bool Build(const ColumnStore& store);

  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
  std::string_view values() const { return values_.view(); }  // laid out as the store's
  std::span<const uint32_t> indices() const { return indices_; }
  int width() const;  // bits of an index, at least 1

  // Appends those of values() that some indices tell, each once.
  void AppendValuesOf(std::span<const uint32_t> indices, ByteBuffer* out) const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Entry {
    uint32_t hash;
    uint32_t begin;  // in values_
  };

  template <typename Value>
  bool BuildOf(const GrowingArray& data, uint32_t count);
  // kNone where there is no room for it, or looking for it takes too long.
  template <typename Value>
  uint32_t IndexOf(const uint8_t* value);
  void GrowTable();

  ByteBuffer values_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> indices_;
  std::vector<uint32_t> table_;  // 1 + the entry, 0 where there is none; its size is a power of two
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_VALUE_DICTIONARY_H_
