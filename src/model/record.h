// Records in memory, with the arena that holds them and the cursor after the last of them.
#ifndef DATAHAUL_MODEL_RECORD_H_
#define DATAHAUL_MODEL_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/arena.h"
#include "model/value.h"

namespace datahaul {

enum class Op : uint8_t { kPut, kDelete };  // deletes travel like puts

struct Record {
  const Key* key = nullptr;  // never null, path never empty
  Map properties;            // its `key` is unused
  // Where the model can't express everything in the original: the original whole (EntityProto bytes), else empty.
  std::string_view unknown;
  uint64_t offset = 0;  // where it began in its object, for messages
  Op op = Op::kPut;
  // The record's (namespace, kind) numbered from 0 in order of appearance within a slice; set by the engine, so that
  // counting, digesting and routing look a name up once.
  uint32_t slot = 0;
};

// A record that could not be read, mapped or written: kept with its reason, never dropped.
struct Reject {
  static constexpr size_t kMostBytes = 1 << 20;

  std::string object;  // uri
  uint64_t offset = 0;
  uint64_t length = 0;  // of the original
  std::string kind;     // "" where it could not be told
  std::string ns;
  std::string reason;  // a whole sentence: place, expected, found
  std::string bytes;   // the original, or its first kMostBytes: a batch of a few lines must not hold gigabytes

  // Sets length and bytes; where the original is cut, the reason says so.
  void Keep(std::string_view original);
  bool cut() const { return bytes.size() == kMostBytes && length > kMostBytes; }
};

// A byte range set aside by --on-corrupt=skip.
struct LostRange {
  std::string object;
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string reason;
};

// Where a reader can be reopened; opaque outside the source that minted it. "" = the beginning.
using Cursor = std::string;

// Reused from read to read: Clear() keeps the memory. Not copyable. Not safe for concurrent use.
class RecordBatch {
 public:
  Arena arena;
  ByteBuffer bytes;                    // the input that views point into; stable while the batch is in use
  std::shared_ptr<const void> shapes;  // keeps alive what Map::shape and Map::sorted point to; survives Clear()
  std::vector<Record> records;
  std::vector<Reject> rejects;
  std::vector<LostRange> lost;
  std::string object;        // uri of what the records' offsets are in; "" where sources have no such thing
  Cursor cursor;             // after the last record, reject and lost range of this batch
  uint64_t input_bytes = 0;  // how much of the source this batch stands for
  // The records and rejects as stored, without framing; 0 where the format has no framing.
  uint64_t payload_bytes = 0;

  bool empty() const { return records.empty() && rejects.empty() && lost.empty(); }
  void Clear() {
    arena.Reset();
    bytes.clear();
    records.clear();
    rejects.clear();
    lost.clear();
    object.clear();
    cursor.clear();
    input_bytes = 0;
    payload_bytes = 0;
  }
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_RECORD_H_
