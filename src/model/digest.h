// Order-independent digests: the proof that two data sets hold the same records.
//
// docs/formats/digest.md specifies them. Records are hashed where they are encoded: see RecordHasher in format/ndjson.
#ifndef DATAHAUL_MODEL_DIGEST_H_
#define DATAHAUL_MODEL_DIGEST_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace datahaul {

// Unsigned 128-bit arithmetic modulo 2^128.
struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;

  Hash128& operator+=(const Hash128& other) {
    const unsigned __int128 sum = wide() + other.wide();
    low = static_cast<uint64_t>(sum);
    high = static_cast<uint64_t>(sum >> 64);
    return *this;
  }
  auto operator<=>(const Hash128& other) const { return wide() <=> other.wide(); }
  bool operator==(const Hash128&) const = default;

  std::string ToHex() const;  // 32 lower-case digits, most significant first
  static std::optional<Hash128> FromHex(std::string_view text);

 private:
  unsigned __int128 wide() const { return static_cast<unsigned __int128>(high) << 64 | low; }
};

struct KindDigest {
  uint64_t records = 0;
  Hash128 sum;

  void Add(const Hash128& hash) {
    ++records;
    sum += hash;
  }
  KindDigest& operator+=(const KindDigest& other) {
    records += other.records;
    sum += other.sum;
    return *this;
  }
  bool operator==(const KindDigest&) const = default;
};

// A kind within its namespace; databases are not told apart here (the key holds them).
struct KindName {
  std::string ns;
  std::string kind;
  auto operator<=>(const KindName&) const = default;
};

using Digests = std::map<KindName, KindDigest>;
void AddTo(Digests& sum, const Digests& more);

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_DIGEST_H_
