#include "format/ndjson/record_hasher.h"

#include "format/ndjson/xxh3.h"

namespace datahaul {
namespace {

// AVX-512 is left alone: in records of a kilobyte it gains nothing, and some processors slow down around it.
Hash128 (*Fastest())(std::string_view) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return Xxh3Avx2;
#endif
  return Xxh3Portable;
}

}  // namespace

Hash128 HashLine(std::string_view line) {
  static Hash128 (*const hash)(std::string_view) = Fastest();
  return hash(line);
}

Hash128 RecordHasher::HashRecord(const Record& record) {
  scratch_.clear();
  texts_are_utf8_ = encoder_.AppendLine(record, &scratch_);
  return HashLine(scratch_.view().substr(0, scratch_.size() - 1));
}

Hash128 RecordHasher::HashKey(const Key& key) {
  scratch_.clear();
  encoder_.AppendKey(key, &scratch_);
  return HashLine(scratch_.view());
}

}  // namespace datahaul
