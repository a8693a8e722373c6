#include "model/field_order.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"

namespace datahaul {
namespace {

constexpr uint32_t kFirst = 0;  // the order of a map with one field

// The name's first eight bytes as a number that orders as they do; shorter names are padded with zeros.
inline uint64_t Prefix(std::string_view name) {
  if (name.empty()) return 0;
  const uint64_t bytes = __builtin_bswap64(LoadLE<uint64_t>(name.data()));
  return name.size() >= 8 ? bytes : bytes & (~uint64_t{0} << (64 - 8 * name.size()));
}

// True if a < b; sets *equal if they are the same.
inline bool Before(std::string_view a, uint64_t prefix_a, std::string_view b, uint64_t prefix_b, bool* equal) {
  if (prefix_a != prefix_b) return prefix_a < prefix_b;
  const int order = a.compare(b);
  if (order == 0) *equal = true;
  return order < 0;
}

bool StrictlyAscending(const Field* fields, const uint32_t* order, uint32_t size) {
  bool equal = false;
  std::string_view last = fields[order[0]].name;
  uint64_t last_prefix = Prefix(last);
  for (uint32_t i = 1; i < size; ++i) {
    const std::string_view name = fields[order[i]].name;
    const uint64_t prefix = Prefix(name);
    if (!Before(last, last_prefix, name, prefix, &equal)) return false;
    last = name;
    last_prefix = prefix;
  }
  return true;
}

}  // namespace

const uint32_t* FieldOrder::Sort(const Field* fields, uint32_t size, Arena* arena, bool* unique) {
  *unique = true;
  if (size < 2) return &kFirst;
  const uint64_t look =
      Prefix(fields[0].name) * 0x9E3779B97F4A7C15u ^ Prefix(fields[size - 1].name) * 0xC2B2AE3D27D4EB4Fu;
  std::vector<uint32_t>& known = remembered_[(look >> 48 ^ size * 37) & 255];
  if (known.size() == size && StrictlyAscending(fields, known.data(), size)) {
    return arena->CopyArray(known.data(), size);
  }
  uint32_t* order = arena->AllocateArray<uint32_t>(size);
  std::iota(order, order + size, 0u);
  std::sort(order, order + size, [&](uint32_t a, uint32_t b) {
    bool equal = false;
    return Before(fields[a].name, Prefix(fields[a].name), fields[b].name, Prefix(fields[b].name), &equal) ||
           (equal && a < b);
  });
  *unique = StrictlyAscending(fields, order, size);
  if (*unique && size <= kMostRemembered) known.assign(order, order + size);
  return order;
}

}  // namespace datahaul
