// EntityProto: the decoder's fast and general path agree on any bytes, and what they decode survives typed NDJSON.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "fuzz/check.h"
#include "fuzz/typed_lines.h"

#include "base/bytes.h"
#include "base/utf8.h"
#include "format/entity_proto/entity_decoder.h"
#include "format/ndjson/format.h"
#include "model/arena.h"
#include "model/digest.h"

namespace datahaul {
namespace {

struct Decoded {
  std::shared_ptr<const void> shapes;
  Arena arena;
  Record record;
  bool good = false;
};

void Decode(bool fast, std::string_view bytes, Decoded* decoded) {
  EntityDecoder decoder(fast);
  decoder.Decode(bytes, &decoded->arena, &decoded->record);  // so that it knows the shapes the second time
  decoded->record = {};
  decoded->good = decoder.Decode(bytes, &decoded->arena, &decoded->record);
  decoded->shapes = decoder.shapes();
  Check(decoded->good == decoder.error().empty(), "a failure, and nothing else, has a message");
}

Hash128 Encode(const Format& format, const Record& record, ByteBuffer* line) {
  const auto encoder = format.NewEncoder({.full_keys = true});
  Hash128 hash;
  Check(encoder->Append(record, line, &hash).ok(), "what was decoded can be encoded");
  return hash;
}

void CheckTyped(const Record& record, const Record& general) {
  ByteBuffer line, other;
  const Hash128 hash = Encode(TypedNdjson(), record, &line);
  Check(Encode(TypedNdjson(), general, &other) == hash, "both paths' records have one digest");
  Check(line.view() == other.view(), "both paths decode the same");

  const TypedLines again = RoundTrip(line.view());
  Check(again.rejects.empty() && again.hashes.size() == 1, "typed NDJSON can hold every entity");
  Check(again.text == line.view(), "typed NDJSON is a fixed point");
  Check(again.hashes[0] == hash, "a record's digest survives typed NDJSON");

  ByteBuffer plain;
  Check(Encode(PlainNdjson(), record, &plain) == hash, "a digest does not depend on the format");
  Check(IsUtf8(plain.view()) && plain.view().find('\n') == plain.size() - 1, "plain NDJSON is one line of UTF-8");
}

void CheckEntity(std::string_view bytes) {
  Decoded fast, general;
  Decode(true, bytes, &fast);
  Decode(false, bytes, &general);
  Check(fast.good == general.good, "both paths accept the same");
  if (fast.good) CheckTyped(fast.record, general.record);
}

}  // namespace
}  // namespace datahaul

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  datahaul::ByteBuffer padded;
  padded.Append({reinterpret_cast<const char*>(data), size});
  datahaul::CheckEntity(padded.view());
  return 0;
}
