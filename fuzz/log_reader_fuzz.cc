// The log reader: an undamaged log gives exactly what was written, whatever the pieces and batches; of a damaged one,
// nothing is lost silently.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/check.h"
#include "fuzz/log_script.h"

#include "format/entity_proto/log_reader.h"
#include "io/memory_reader.h"

namespace datahaul {
namespace {

struct Contents {
  std::vector<std::string> records;
  std::vector<LostRange> lost;
  std::vector<uint64_t> positions;  // after each read
  bool good = true;
};

Contents ReadRange(const ByteReader& reader, ByteRange range, uint64_t position, uint64_t want, bool skip_damage) {
  LogReader log(&reader, range, position, skip_damage);
  Contents contents;
  ByteBuffer bytes;
  Arena arena;
  std::vector<LogRecord> records;
  while (true) {
    const size_t lost_before = contents.lost.size();
    const uint64_t before = log.position();
    contents.good = log.Read(want, &bytes, &arena, &records, &contents.lost).ok();
    if (!contents.good || (records.empty() && contents.lost.size() == lost_before)) return contents;
    Check(log.position() > before, "every read gets further");
    for (const LogRecord& record : records) contents.records.emplace_back(record.bytes);
    contents.positions.push_back(log.position());
    arena.Reset();
  }
}

Contents ReadWhole(const ByteReader& reader, uint64_t want, bool skip_damage) {
  return ReadRange(reader, {0, reader.size()}, 0, want, skip_damage);
}

std::vector<std::string> Joined(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> all = a;
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

void CheckPieces(const ByteReader& reader, const Contents& whole) {
  for (uint64_t split = kLogBlock; split < reader.size(); split += kLogBlock) {
    const Contents first = ReadRange(reader, {0, split}, 0, kLogBlock, false);
    const Contents second = ReadRange(reader, {split, reader.size()}, split, kLogBlock, false);
    Check((first.good && second.good) == whole.good, "damage shows in pieces as in the whole");
    if (whole.good) Check(Joined(first.records, second.records) == whole.records, "pieces give the whole");
  }
}

void CheckPositions(const ByteReader& reader, const Contents& whole) {
  for (const uint64_t position : whole.positions) {
    const Contents rest = ReadRange(reader, {0, reader.size()}, position, 1 << 20, false);
    const size_t count = rest.records.size();
    Check(rest.good && count <= whole.records.size() &&
              std::vector(whole.records.end() - static_cast<ptrdiff_t>(count), whole.records.end()) == rest.records,
          "a position leads to the rest");
  }
}

void CheckSkipping(const ByteReader& reader, const Contents& whole) {
  const Contents skipping = ReadWhole(reader, kLogBlock, true);
  Check(skipping.good, "damage is set aside when that is asked for");
  Check(skipping.lost.empty() == whole.good, "what is lost is said, and nothing else");
  if (whole.good) Check(skipping.records == whole.records, "nothing undamaged is set aside");
  uint64_t end = 0;
  for (const LostRange& lost : skipping.lost) {
    Check(lost.begin >= end && lost.end >= lost.begin && lost.end <= reader.size(), "lost ranges stand in order");
    end = lost.end;
  }
  const Contents large = ReadWhole(reader, 1 << 20, true);
  Check(large.records == skipping.records && large.lost.size() == skipping.lost.size(), "batches make no difference");
}

void CheckLog(std::string_view log, const std::vector<std::string>* written) {
  const MemoryReader reader("fuzz://input", log);
  const Contents whole = ReadWhole(reader, kLogBlock, false);
  if (written != nullptr) Check(whole.good && whole.records == *written, "what was written is read");
  const auto all = ReadLog(reader);
  Check(all.ok() == whole.good && (!all.ok() || *all == whole.records), "reading all at once gives the same");
  CheckPieces(reader, whole);
  if (whole.good) CheckPositions(reader, whole);
  CheckSkipping(reader, whole);
}

}  // namespace
}  // namespace datahaul

// The first byte says whether the rest is a log or a script for one.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'L') {
    datahaul::CheckLog(rest, nullptr);
    return 0;
  }
  const datahaul::LogScript script(rest);
  datahaul::CheckLog(script.log(), script.intact() ? &script.records() : nullptr);
  return 0;
}
