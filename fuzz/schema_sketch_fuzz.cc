// Bytes that are no sketch are an error; what decodes can be planned, and encodes into bytes that decode to the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/check.h"

#include "schema/plan.h"
#include "schema/sketch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace datahaul;
  const auto sketch = DecodeKindSketch(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!sketch.ok()) return 0;
  const std::string bytes = Encode(*sketch);
  const auto again = DecodeKindSketch(bytes);
  Check(again.ok(), "what Encode made decodes");
  Check(Encode(*again) == bytes, "decoding and encoding gives the same bytes");
  SchemaPlan plan;
  PlanKind({"", "A"}, *again, ConflictPolicy::kVariants, &plan);
  KindSketch sum;
  Merge(*sketch, &sum);
  Check(Encode(sum) == bytes, "merging into nothing gives the same bytes");
  return 0;
}
