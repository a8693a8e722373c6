// What a sink promises, and what a job counts.
#ifndef DATAHAUL_MODEL_RECEIPT_H_
#define DATAHAUL_MODEL_RECEIPT_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/digest.h"

namespace datahaul {

// A run of bytes in an object that holds whole records. ns and kind are "" where an extent mixes several (see `mixed`).
struct Extent {
  std::string object;  // name relative to the destination
  std::string ns;
  std::string kind;
  bool mixed = false;  // holds several kinds: layouts single and shard
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t records = 0;
  uint32_t crc32c = 0;  // of these bytes
  bool operator==(const Extent&) const = default;
};

// A sink's proof that a slice's output is durable. Minted by Writer::Commit and Sink::Close only.
struct Receipt {
  std::vector<Extent> extents;
  std::string opaque;
};

// Appends `next` to `extents`, or joins it with the last of them if that is of the same object and the bytes adjoin.
void JoinExtent(std::vector<Extent>& extents, const Extent& next);

// Records of one kind. read = written + filtered + rejected, or the job fails.
struct Tally {
  uint64_t read = 0;
  uint64_t written = 0;
  uint64_t filtered = 0;
  uint64_t rejected = 0;
  Tally& operator+=(const Tally& other);
  bool operator==(const Tally&) const = default;
};

struct Counters {
  std::map<KindName, Tally> kinds;
  std::map<std::string, uint64_t> named;  // "bytes_in", "bytes_out", "lost_ranges", "non_finite", …
  Tally Total() const;
};
void AddTo(Counters& sum, const Counters& more);

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_RECEIPT_H_
