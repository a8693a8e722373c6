#include "job/slot_table.h"

#include <string>

namespace datahaul {

uint32_t SlotTable::Lookup(std::string_view ns, std::string_view kind) {
  const auto found = numbers_.find(std::make_pair(ns, kind));
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<uint32_t>(slots_.size());
  Slot& slot = slots_.emplace_back();
  slot.name = {std::string(ns), std::string(kind)};
  slot.selected = selection_->Matches(ns, kind);
  numbers_.emplace(std::make_pair(std::string_view(slot.name.ns), std::string_view(slot.name.kind)), number);
  return number;
}

}  // namespace datahaul
