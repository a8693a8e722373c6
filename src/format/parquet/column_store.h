// A column's values while they are gathered: packed, without the nulls, so that a wide and sparse kind stays small.
#ifndef DATAHAUL_FORMAT_PARQUET_COLUMN_STORE_H_
#define DATAHAUL_FORMAT_PARQUET_COLUMN_STORE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "format/parquet/bitmap.h"
#include "format/parquet/growing_array.h"
#include "model/schema.h"

namespace datahaul {

// How values are laid out.
enum class StoreForm : uint8_t {
  kBits,    // booleans
  kWords,   // int64, double
  kTexts,   // UTF-8, bytes: a uint32 with the size in front of each
  kLists,   // children[0] has the elements of all lists, one after the other
  kStructs  // children have a slot for each structure that is not null
};

// The text whose size begins at `value`.
inline std::string_view TextAt(const uint8_t* value) {
  return {reinterpret_cast<const char*>(value) + sizeof(uint32_t), LoadLE<uint32_t>(value)};
}

// A slot is a place for one value, null or not: a column has one for each record, a member one for each structure of
// its parent that is not null, an element one for each in all lists. Slots are filled in their order, and nulls left
// out: they are made up for when the next value comes, or at the end. Not safe for concurrent use.
class ColumnStore {
 public:
  // Of one store. A page takes at most 2 GiB, with levels of at most 4 bytes an element.
  static constexpr size_t kMostBytes = size_t{1} << 30;
  static constexpr uint32_t kMostElements = kMostBytes / 4;

  // `column` must outlive the store.
  explicit ColumnStore(const Column* column);

  const Column& column() const { return *column_; }
  StoreForm form() const { return form_; }
  // Slots filled so far: those behind the last value are null.
  uint32_t slots() const { return slots_; }
  uint32_t present() const { return present_; }  // that are not null

  void PushBit(uint32_t slot, bool value) {
    Fill(slot);
    bits_.Push(value);
  }
  template <typename T>
  void PushWord(uint32_t slot, T value) {
    static_assert(sizeof value == 8);
    Fill(slot);
    data_.Push(value);
  }
  // `text` is followed by kSlack bytes that may be read.
  void PushText(uint32_t slot, std::string_view text) {
    uint8_t* const to = ExtendText(slot, text.size());
    if (text.empty()) return;  // it may be nowhere
    if (text.size() <= kSlack) [[likely]] {
      std::memcpy(to, text.data(), kSlack);  // of a size that is known: cheaper than what is needed alone
    } else {
      std::memcpy(to, text.data(), text.size());
    }
  }
  // Room for a text of `size` bytes, to be written by the caller.
  uint8_t* ExtendText(uint32_t slot, size_t size) {
    Fill(slot);
    uint8_t* const begin = data_.Extend(sizeof(uint32_t) + size);
    StoreLE(begin, static_cast<uint32_t>(size));
    return begin + sizeof(uint32_t);
  }
  // The first slot of the list's `size` elements in children()[0].
  uint32_t PushList(uint32_t slot, uint32_t size) {
    Fill(slot);
    const uint32_t begin = elements_;
    elements_ += size;
    if (ends_.size() == 0) ends_.Push(uint32_t{0});
    ends_.Push(elements_);
    return begin;
  }
  // The structure's slot in its members.
  uint32_t PushStruct(uint32_t slot) {
    Fill(slot);
    return present_ - 1;
  }

  std::vector<ColumnStore>& children() { return children_; }
  const std::vector<ColumnStore>& children() const { return children_; }

  // For who writes it. Packed: what is present, in order; as Parquet's plain encoding has it.
  const Bitmap& bits() const { return bits_; }
  const GrowingArray& data() const { return data_; }
  const GrowingArray& ends() const { return ends_; }  // uint32: 0, then where each list ends
  const Bitmap& valid() const { return valid_; }      // empty while slots() == present()
  uint32_t elements() const { return elements_; }
  // Holds, or has a member that holds, more than that.
  bool overflown() const;

  void Free();  // forgets all values, and gives the memory back

 private:
  // Makes `slot` the next one, and says that it is not null.
  void Fill(uint32_t slot) {
    if (slot != present_) FillNulls(slot);
    slots_ = slot + 1;
    ++present_;
  }
  void FillNulls(uint32_t slot) {
    if (valid_.size() == 0) valid_.PushMany(true, slots_);
    if (valid_.size() != slot) valid_.PushMany(false, slot - valid_.size());
    valid_.Push(true);
  }

  const Column* column_;
  StoreForm form_;
  uint32_t slots_ = 0;
  uint32_t present_ = 0;
  uint32_t elements_ = 0;
  Bitmap valid_;
  Bitmap bits_;
  GrowingArray data_;
  GrowingArray ends_;
  std::vector<ColumnStore> children_;
};

// A column that holds all properties of a record, as a JSON object.
inline bool HoldsAllProperties(const Column& column) {
  return column.name == kPropertiesColumn && column.field.empty() && !column.key;
}

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_COLUMN_STORE_H_
