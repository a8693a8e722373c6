// Typed NDJSON: what is decoded from any bytes is a fixed point of encoding and decoding; pieces, batch sizes and the
// instruction set make no difference; every line is a record or a reject.
#include <cstddef>
#include <cstdint>
#include <simdjson.h>
#include <string_view>

#include "fuzz/check.h"
#include "fuzz/typed_lines.h"

namespace datahaul {
namespace {

void CheckSame(const TypedLines& found, const TypedLines& expected, const char* what) {
  Check(found.text == expected.text && found.hashes == expected.hashes && SameRejects(found, expected) &&
            found.input_bytes == expected.input_bytes,
        what);
}

size_t CountLines(std::string_view text) {
  size_t lines = 0;
  for (const char c : text) lines += c == '\n';
  return lines + (!text.empty() && text.back() != '\n');
}

void CheckText(std::string_view text, size_t split, uint64_t batch_bytes) {
  const TypedLines whole = RoundTrip(text);
  Check(whole.hashes.size() + whole.rejects.size() == CountLines(text), "every line is a record or a reject");
  Check(whole.input_bytes == text.size(), "every byte is counted");

  const TypedLines again = RoundTrip(whole.text);
  Check(again.text == whole.text, "encoding what was decoded is a fixed point");
  Check(again.rejects.empty(), "what was encoded can be decoded");
  Check(again.hashes == whole.hashes, "a record's digest survives");

  TypedLines pieces = RoundTrip(text, {0, split}, kOneBatch);
  Append(RoundTrip(text, {split, text.size()}, kOneBatch), &pieces);
  CheckSame(pieces, whole, "pieces give the same as the whole");
  CheckSame(RoundTrip(text, {0, text.size()}, batch_bytes), whole, "small batches give the same as large ones");

  const auto* const best = static_cast<const simdjson::implementation*>(simdjson::get_active_implementation());
  simdjson::get_active_implementation() = simdjson::get_available_implementations()["fallback"];
  CheckSame(RoundTrip(text), whole, "without vector instructions all is the same");
  simdjson::get_active_implementation() = best;
}

}  // namespace
}  // namespace datahaul

// The first two bytes choose where to split and how large batches are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  datahaul::CheckText(text, data[0] * (text.size() + 1) / 256, data[1] + 1);
  return 0;
}
