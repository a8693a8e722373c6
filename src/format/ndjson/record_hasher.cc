#include "format/ndjson/record_hasher.h"

#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the widest vectors that the machine has, found at run time
#else
#include <xxhash.h>
#endif

namespace datahaul {

Hash128 HashLine(std::string_view line) {
  const XXH128_hash_t hash = XXH3_128bits(line.data(), line.size());
  return {hash.low64, hash.high64};
}

Hash128 RecordHasher::HashRecord(const Record& record) {
  scratch_.clear();
  encoder_.AppendLine(record, &scratch_);
  return HashLine(scratch_.view().substr(0, scratch_.size() - 1));
}

Hash128 RecordHasher::HashKey(const Key& key) {
  scratch_.clear();
  encoder_.AppendKey(key, &scratch_);
  return HashLine(scratch_.view());
}

}  // namespace datahaul
