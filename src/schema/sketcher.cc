#include "schema/sketcher.h"

#include <string>
#include <utility>

namespace datahaul {

void Sketcher::Begin(const Record& record) {
  if (record.slot >= kinds_.size()) kinds_.resize(record.slot + 1);
  kinds_[record.slot] = std::make_unique<Kind>();
  kinds_[record.slot]->name = {std::string(record.key->ns), std::string(record.key->kind())};
}

SchemaSketch Sketcher::Take() {
  SchemaSketch sketches;
  for (const std::unique_ptr<Kind>& kind : kinds_) {
    if (kind != nullptr) sketches.emplace(std::move(kind->name), std::move(kind->sketch));
  }
  kinds_.clear();
  return sketches;
}

}  // namespace datahaul
