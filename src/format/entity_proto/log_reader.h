// LevelDB log framing: the container of every output file and of the overall metadata of a managed export.
// docs/formats/managed_export.md, section "Framing", specifies it; first described in LevelDB's doc/log_format.md.
#ifndef DATAHAUL_FORMAT_ENTITY_PROTO_LOG_READER_H_
#define DATAHAUL_FORMAT_ENTITY_PROTO_LOG_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "io/byte_reader.h"
#include "model/arena.h"
#include "model/record.h"

namespace datahaul {

inline constexpr uint64_t kLogBlock = 32768;
inline constexpr uint64_t kLogHeader = 7;             // masked CRC-32C (4), length (2), type (1)
inline constexpr uint64_t kMaxLogRecord = 16u << 20;  // a Datastore entity has at most 1 MiB

struct LogRecord {
  std::string_view bytes;  // readable kSlack past its end
  uint64_t offset = 0;     // of its first header
};

// Reads the logical records that begin inside a range of a log, a batch at a time. The range must begin and end at
// block boundaries (or at the file's end). Every byte from the first record that begins in the range to the first that
// begins behind it is checked: CRCs, order of fragments, padding; so a record that crosses the range's end is read to
// its end. What stands before the first record is left to the reader of the range before. Together, ranges read apart
// give the same records and the same lost ranges as the whole, each once. Not safe for concurrent use.
class LogReader {
 public:
  // `position`: where to begin, range.begin or what position() once said. With `skip_damage`, damage is set aside, and
  // reading goes on at the next block.
  LogReader(const ByteReader* reader, ByteRange range, uint64_t position, bool skip_damage);

  // Replaces *records by the next ones, of about `want` bytes. `bytes` and `arena` hold what they point to. Appends to
  // *lost. Neither records nor lost ranges = the end. DATA_LOSS names file, byte, expected and found.
  absl::Status Read(uint64_t want, ByteBuffer* bytes, Arena* arena, std::vector<LogRecord>* records,
                    std::vector<LostRange>* lost);

  uint64_t position() const { return position_; }

 private:
  // What is being passed over: nothing, what belongs to the range before, or what damage made unusable.
  enum class Skipping : uint8_t { kNothing, kBefore, kLost };
  struct Fragment {
    uint64_t at = 0;
    std::string_view payload;
    uint8_t type = 0;
    uint64_t end() const { return at + kLogHeader + payload.size(); }
  };

  absl::Status Load(uint64_t want, ByteBuffer* bytes);
  absl::Status Scan(Arena* arena, std::vector<LogRecord>* records, std::vector<LostRange>* lost);
  absl::Status ScanOne(Arena* arena, std::vector<LogRecord>* records, std::vector<LostRange>* lost);
  absl::Status Accept(const Fragment& fragment, Arena* arena, std::vector<LogRecord>* records,
                      std::vector<LostRange>* lost);
  absl::Status Begin(const Fragment& fragment, std::vector<LogRecord>* records, std::vector<LostRange>* lost);
  absl::Status Continue(const Fragment& fragment, Arena* arena, std::vector<LogRecord>* records);
  absl::Status PassTrailer(uint64_t left);
  absl::Status PassZeros();
  absl::Status EndOfFile(std::vector<LostRange>* lost);
  absl::Status CheckBoundary(std::vector<LostRange>* lost);
  absl::StatusOr<bool> ZeroToTheEnd(uint64_t from);
  // The damage at next_: an error, or, with skip_damage, the decision to go on at `resume`.
  absl::Status Damage(std::string_view what, uint64_t resume);
  absl::Status Error(uint64_t at, std::string_view what) const;
  void CloseLost(uint64_t end, std::vector<LostRange>* lost);
  const char* At(uint64_t offset) const { return chunk_ + (offset - chunk_begin_); }
  uint64_t NextBlock(uint64_t offset) const;

  const ByteReader* const reader_;
  const ByteRange range_;
  const bool skip_damage_;
  uint64_t position_;  // where the next Read begins
  Skipping skipping_ = Skipping::kNothing;
  uint64_t lost_begin_ = 0;
  std::string lost_reason_;
  bool done_ = false;
  bool behind_ = false;  // looks only for damage between a range's end and the next record

  // While reading a chunk:
  const char* chunk_ = nullptr;
  uint64_t chunk_begin_ = 0, chunk_end_ = 0;
  uint64_t next_ = 0;       // where the scan stands
  bool in_record_ = false;  // after a FIRST
  uint64_t record_begin_ = 0;
  uint64_t record_size_ = 0;
  std::vector<std::string_view> parts_;
};

// All records of a small log (at most 64 MiB), whole or not at all.
absl::StatusOr<std::vector<std::string>> ReadLog(const ByteReader& reader);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_ENTITY_PROTO_LOG_READER_H_
