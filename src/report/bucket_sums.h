// Where two data sets differ, narrowed down to a small part of the keys in one pass and constant memory.
#ifndef DATAHAUL_REPORT_BUCKET_SUMS_H_
#define DATAHAUL_REPORT_BUCKET_SUMS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/hash/hash.h"

#include "model/digest.h"

namespace datahaul {

// Keys fall into buckets by a hash of their text; one side's record hashes are added to their bucket's sum, the other's
// subtracted. A bucket whose records are equal on both sides ends at zero. Safe for concurrent use. The hash is this
// process's own: buckets mean nothing in another.
class BucketSums {
 public:
  static constexpr size_t kBuckets = 65536;

  BucketSums() : buckets_(kBuckets) {}

  void Add(std::string_view key_text, const Hash128& record) {
    Bucket& bucket = buckets_[IndexOf(key_text)];
    bucket.low.fetch_add(record.low, std::memory_order_relaxed);
    bucket.high.fetch_add(record.high, std::memory_order_relaxed);
  }
  void Subtract(std::string_view key_text, const Hash128& record) {
    Bucket& bucket = buckets_[IndexOf(key_text)];
    bucket.low.fetch_sub(record.low, std::memory_order_relaxed);
    bucket.high.fetch_sub(record.high, std::memory_order_relaxed);
  }
  bool Differs(std::string_view key_text) const {
    const Bucket& bucket = buckets_[IndexOf(key_text)];
    return bucket.low.load(std::memory_order_relaxed) != 0 || bucket.high.load(std::memory_order_relaxed) != 0;
  }

 private:
  // The halves of a hash are summed apart: nothing carries over, so that two plain atomics do.
  struct Bucket {
    std::atomic<uint64_t> low = 0;
    std::atomic<uint64_t> high = 0;
  };
  static size_t IndexOf(std::string_view key_text) { return absl::HashOf(key_text) >> 48 & (kBuckets - 1); }

  std::vector<Bucket> buckets_;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_BUCKET_SUMS_H_
