// Decoding typed NDJSON and encoding it again, for fuzz targets.
#ifndef DATAHAUL_FUZZ_TYPED_LINES_H_
#define DATAHAUL_FUZZ_TYPED_LINES_H_

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/check.h"

#include "format/ndjson/format.h"
#include "io/memory_reader.h"
#include "model/digest.h"

namespace datahaul {

struct TypedLines {
  std::string text;  // the records, encoded again
  std::vector<Hash128> hashes;
  std::vector<Reject> rejects;
  uint64_t input_bytes = 0;
};

inline void Append(TypedLines more, TypedLines* all) {
  all->text += more.text;
  all->hashes.insert(all->hashes.end(), more.hashes.begin(), more.hashes.end());
  std::move(more.rejects.begin(), more.rejects.end(), std::back_inserter(all->rejects));
  all->input_bytes += more.input_bytes;
}

inline TypedLines RoundTrip(std::string_view text, ByteRange range, uint64_t batch_bytes) {
  const MemoryReader reader("fuzz://input", text);
  DecodeOptions options;
  options.batch_bytes = batch_bytes;
  auto decoder = TypedNdjson().NewDecoder(&reader, range, range.begin, options);
  Check(decoder.ok(), "typed NDJSON has a decoder");
  const auto encoder = TypedNdjson().NewEncoder({.full_keys = true});
  TypedLines lines;
  RecordBatch batch;
  ByteBuffer out;
  while (true) {
    Check((*decoder)->Read(&batch).ok(), "a bad line is a reject, not an error");
    if (batch.input_bytes == 0) break;
    for (const Record& record : batch.records) {
      Check(encoder->Append(record, &out, &lines.hashes.emplace_back()).ok(), "what was decoded can be encoded");
    }
    std::move(batch.rejects.begin(), batch.rejects.end(), std::back_inserter(lines.rejects));
    lines.input_bytes += batch.input_bytes;
  }
  lines.text = out.view();
  return lines;
}

// Room for any input that libFuzzer makes, without the cost of a large buffer.
inline constexpr uint64_t kOneBatch = 4 << 10;

inline TypedLines RoundTrip(std::string_view text) { return RoundTrip(text, {0, text.size()}, kOneBatch); }

inline bool SameRejects(const TypedLines& a, const TypedLines& b) {
  if (a.rejects.size() != b.rejects.size()) return false;
  for (size_t i = 0; i < a.rejects.size(); ++i) {
    if (a.rejects[i].offset != b.rejects[i].offset || a.rejects[i].bytes != b.rejects[i].bytes) return false;
  }
  return true;
}

}  // namespace datahaul

#endif  // DATAHAUL_FUZZ_TYPED_LINES_H_
