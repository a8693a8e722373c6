#include "format/columns.h"

namespace datahaul {

const KindSchema* SlotColumns::Find(const Record& record) {
  if (found_.size() <= record.slot) found_.resize(record.slot + 1, nullptr);
  return found_[record.slot] = schema_->Find(record.key->ns, record.key->kind());
}

}  // namespace datahaul
