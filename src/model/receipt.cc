#include "model/receipt.h"

#include "io/checksum.h"

namespace datahaul {

void JoinExtent(std::vector<Extent>& extents, const Extent& next) {
  if (!extents.empty()) {
    Extent& last = extents.back();
    if (last.object == next.object && last.offset + last.length == next.offset) {
      last.mixed = last.mixed || next.mixed || last.ns != next.ns || last.kind != next.kind;
      if (last.mixed) last.ns = last.kind = "";
      last.crc32c = Crc32cCombine(last.crc32c, next.crc32c, next.length);
      last.length += next.length;
      last.records += next.records;
      return;
    }
  }
  extents.push_back(next);
}

Tally& Tally::operator+=(const Tally& other) {
  read += other.read;
  written += other.written;
  filtered += other.filtered;
  rejected += other.rejected;
  return *this;
}

Tally Counters::Total() const {
  Tally total;
  for (const auto& [name, tally] : kinds) total += tally;
  return total;
}

void AddTo(Counters& sum, const Counters& more) {
  for (const auto& [name, tally] : more.kinds) sum.kinds[name] += tally;
  for (const auto& [name, count] : more.named) sum.named[name] += count;
}

}  // namespace datahaul
