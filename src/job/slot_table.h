// Numbers the kinds of a slice in order of appearance, so that a name is looked up once a record.
#ifndef DATAHAUL_JOB_SLOT_TABLE_H_
#define DATAHAUL_JOB_SLOT_TABLE_H_

#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "model/digest.h"
#include "model/receipt.h"
#include "model/selection.h"

namespace datahaul {

// Not safe for concurrent use.
class SlotTable {
 public:
  struct Slot {
    KindName name;
    bool selected = true;
    Tally tally;
    KindDigest digest;
  };

  // `selection` must outlive the table.
  explicit SlotTable(const Selection* selection) : selection_(selection) {}
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;

  // The number of (ns, kind); added if new. Records of a kind come in runs: the last answer is tried first.
  uint32_t Find(std::string_view ns, std::string_view kind) {
    if (last_ < slots_.size()) {
      const KindName& name = slots_[last_].name;
      if (name.kind == kind && name.ns == ns) return last_;
    }
    return last_ = Lookup(ns, kind);
  }
  Slot& operator[](uint32_t slot) { return slots_[slot]; }
  const std::deque<Slot>& slots() const { return slots_; }

 private:
  uint32_t Lookup(std::string_view ns, std::string_view kind);

  const Selection* const selection_;
  std::deque<Slot> slots_;  // stays in place, for the views in numbers_
  absl::flat_hash_map<std::pair<std::string_view, std::string_view>, uint32_t> numbers_;
  uint32_t last_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SLOT_TABLE_H_
