#include "format/entity_proto/format.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "format/entity_proto/log_reader.h"
#include "format/ndjson/typed_encoder.h"
#include "io/checksum.h"
#include "io/memory_reader.h"
#include "testing/format_suite.h"

namespace datahaul {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const fs::path kTestdata = fs::path(DATAHAUL_SOURCE_DIR) / "testdata";

std::string FileBytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> SortedLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t size = text.find('\n') + 1;
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The bytes of an export's outputs, in no particular order.
std::vector<std::string> Outputs(const std::string& name) {
  std::vector<std::string> outputs;
  for (const auto& entry : fs::recursive_directory_iterator(kTestdata / "exports" / name)) {
    if (entry.path().filename().string().starts_with("output-")) outputs.push_back(FileBytes(entry.path()));
  }
  EXPECT_FALSE(outputs.empty()) << name;
  return outputs;
}

struct Decoded {
  std::vector<std::string> lines;
  std::vector<Reject> rejects;
  std::vector<LostRange> lost;
  absl::Status status;
  uint64_t input_bytes = 0;
  // After each batch: its cursor, and how many lines had come by then.
  std::vector<std::pair<Cursor, size_t>> stops;
};

Decoded DecodeRange(const std::string& bytes, ByteRange range, uint64_t resume, const DecodeOptions& options) {
  const MemoryReader reader("memory://output-0", bytes);
  auto decoder = *EntityProto().NewDecoder(&reader, range, resume, options);
  TypedEncoder encoder({});
  RecordBatch batch;
  Decoded decoded;
  while (true) {
    decoded.status = decoder->Read(&batch);
    if (!decoded.status.ok()) return decoded;
    for (const Record& record : batch.records) {
      ByteBuffer line;
      encoder.AppendLine(record, &line);
      decoded.lines.emplace_back(line.view());
    }
    std::move(batch.rejects.begin(), batch.rejects.end(), std::back_inserter(decoded.rejects));
    std::move(batch.lost.begin(), batch.lost.end(), std::back_inserter(decoded.lost));
    decoded.input_bytes += batch.input_bytes;
    decoded.stops.emplace_back(batch.cursor, decoded.lines.size());
    if (batch.empty() && batch.input_bytes == 0) return decoded;
  }
}

Decoded DecodeAll(const std::string& bytes, const DecodeOptions& options = {}) {
  return DecodeRange(bytes, {0, bytes.size()}, 0, options);
}

// Decoded whole, split at every block, and from every cursor: the same lines.
std::vector<std::string> DecodeEveryWay(const std::string& bytes) {
  const Decoded whole = DecodeAll(bytes);
  EXPECT_EQ(whole.status, absl::OkStatus());
  EXPECT_THAT(whole.rejects, IsEmpty());
  EXPECT_EQ(whole.input_bytes, bytes.size());

  std::vector<std::string> pieces;
  for (uint64_t begin = 0; begin < bytes.size(); begin += kLogBlock) {
    const Decoded piece = DecodeRange(bytes, {begin, std::min(begin + kLogBlock, bytes.size())}, begin, {});
    EXPECT_EQ(piece.status, absl::OkStatus());
    pieces.insert(pieces.end(), piece.lines.begin(), piece.lines.end());
  }
  EXPECT_EQ(pieces, whole.lines);

  const Decoded small = DecodeAll(bytes, {.batch_bytes = 1});
  EXPECT_EQ(small.lines, whole.lines);
  for (const auto& [cursor, lines] : small.stops) {
    const Decoded tail = DecodeRange(bytes, {0, bytes.size()}, std::stoull(cursor), {});
    EXPECT_EQ(tail.lines,
              std::vector<std::string>(whole.lines.begin() + static_cast<ptrdiff_t>(lines), whole.lines.end()))
        << cursor;
  }
  return whole.lines;
}

TEST(EntityProtoTest, Traits) {
  const FormatTraits& traits = EntityProto().traits();
  EXPECT_EQ(traits.name, "entity-proto");
  EXPECT_TRUE(traits.splittable);
  EXPECT_EQ(traits.split_unit, kLogBlock);
  EXPECT_TRUE(traits.readable);
  EXPECT_EQ(EntityProto().NewEncoder({}), nullptr);
}

TEST(EntityProtoTest, EveryExportIsDecodedToItsTruth) {
  size_t exports = 0;
  for (const auto& truth : fs::directory_iterator(kTestdata / "truth")) {
    const std::string file = truth.path().filename().string();
    const std::string name = file.substr(0, file.find('.'));
    std::string lines;
    for (const std::string& output : Outputs(name)) {
      for (const std::string& line : DecodeEveryWay(output)) lines += line;
    }
    EXPECT_EQ(SortedLines(lines), SortedLines(FileBytes(truth.path()))) << name;
    ++exports;
  }
  EXPECT_GE(exports, 13u);
}

// ------------------------------------------------------------ a large log of all those records

// Frames records as LevelDB does; docs/formats/managed_export.md, section "Framing".
std::string Framed(const std::vector<std::string>& records) {
  std::string log;
  for (const std::string_view record : records) {
    bool first = true;
    for (size_t at = 0; at < record.size(); first = false) {
      if (kLogBlock - log.size() % kLogBlock < kLogHeader) log.resize((log.size() / kLogBlock + 1) * kLogBlock);
      const size_t size = std::min(record.size() - at, kLogBlock - log.size() % kLogBlock - kLogHeader);
      const bool last = at + size == record.size();
      const char type = first && last ? 1 : first ? 2 : last ? 4 : 3;
      const std::string checked = StrCat(type, record.substr(at, size));
      const uint32_t crc = Crc32c(checked);
      char header[6];
      StoreLE<uint32_t>(header, (crc >> 15 | crc << 17) + 0xa282ead8u);
      StoreLE<uint16_t>(header + 4, static_cast<uint16_t>(size));
      log.append(header, sizeof header);
      log += checked;
      at += size;
    }
  }
  return log;
}

std::string LargeLog(Random* random) {
  std::vector<std::string> all, records;
  for (const char* const name : {"datastore-mode", "special", "firestore-emulator", "zero-fragment"}) {
    for (const std::string& output : Outputs(name)) {
      const std::vector<std::string> some = *ReadLog(MemoryReader("memory://output-0", output));
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  for (size_t bytes = 0; bytes < 30 * kLogBlock; bytes += records.back().size())
    records.push_back(all[random->Below(all.size())]);
  return Framed(records);
}

std::string SmallLog() { return Outputs("firestore-emulator")[0]; }

// Four blocks, and records over all borders between them.
std::string FourBlocks() {
  std::vector<std::string> records;
  for (const char* const name : {"datastore-mode", "zero-fragment", "special", "zero-fragment"}) {
    for (const std::string& output : Outputs(name)) {
      const std::vector<std::string> some = *ReadLog(MemoryReader("memory://output-0", output));
      records.insert(records.end(), some.begin(), some.end());
    }
  }
  return Framed(records);
}

INSTANTIATE_TEST_SUITE_P(EntityProto, FormatSuite,
                         testing::Values(FormatUnderTest{"entity-proto", &EntityProto(), &SmallLog, &FourBlocks}));

TEST(EntityProtoTest, ALargeLogHoweverItIsCut) {
  Random random(1);
  const std::string bytes = LargeLog(&random);
  const std::vector<std::string> lines = DecodeEveryWay(bytes);
  for (const uint64_t batch_bytes : {uint64_t{1}, uint64_t{50'000}, uint64_t{1} << 30}) {
    for (int i = 0; i < 5; ++i) {
      std::vector<std::string> found;
      for (uint64_t begin = 0; begin < bytes.size();) {
        const uint64_t end = std::min<uint64_t>(bytes.size(), begin + kLogBlock * (1 + random.Below(10)));
        // Each range is left at a random cursor, and taken up again by another decoder.
        const Decoded first = DecodeRange(bytes, {begin, end}, begin, {.batch_bytes = batch_bytes});
        const auto& [cursor, count] = first.stops[random.Below(first.stops.size())];
        const Decoded rest = DecodeRange(bytes, {begin, end}, std::stoull(cursor), {});
        found.insert(found.end(), first.lines.begin(), first.lines.begin() + static_cast<ptrdiff_t>(count));
        found.insert(found.end(), rest.lines.begin(), rest.lines.end());
        begin = end;
      }
      ASSERT_EQ(found, lines);
    }
  }
}

// ------------------------------------------------------------ damage

// All records of `found` are among those of the undamaged file.
void ExpectNothingMadeUp(const std::vector<std::string>& found, const std::string& undamaged) {
  std::vector<std::string> all = DecodeAll(undamaged).lines, lines = found;
  std::sort(all.begin(), all.end());
  std::sort(lines.begin(), lines.end());
  EXPECT_TRUE(std::includes(all.begin(), all.end(), lines.begin(), lines.end()));
}

TEST(EntityProtoTest, DamagedFramingIsAnErrorThatNamesFileAndByte) {
  for (const char* const name : {"corrupt-crc", "corrupt-cut", "corrupt-hole"}) {
    const std::string bytes = Outputs(name)[0];
    const absl::Status status = DecodeAll(bytes).status;
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << name;
    EXPECT_THAT(std::string(Message(status)), StartsWith("reading memory://output-0 at byte ")) << name;

    const Decoded skipping = DecodeAll(bytes, {.skip_corrupt = true});
    EXPECT_EQ(skipping.status, absl::OkStatus()) << name;
    EXPECT_THAT(skipping.lost, SizeIs(1)) << name;
    EXPECT_THAT(skipping.rejects, IsEmpty()) << name;
    ExpectNothingMadeUp(skipping.lines,
                        Outputs("corrupt-count")[0]);  // the same export, of which only the last record is missing
  }
}

TEST(EntityProtoTest, ARecordThatIsNoEntityIsARejectAndTheOthersComeOut) {
  const struct {
    std::string name, reason;
  } kCases[] = {{"corrupt-entity", "malformed entity group"}, {"corrupt-name", "property name: expected UTF-8"}};
  for (const auto& [name, reason] : kCases) {
    const std::string bytes = Outputs(name)[0];
    const Decoded decoded = DecodeAll(bytes);
    EXPECT_EQ(decoded.status, absl::OkStatus());
    EXPECT_THAT(decoded.lines, SizeIs(7)) << name;
    ASSERT_THAT(decoded.rejects, SizeIs(1)) << name;
    const Reject& reject = decoded.rejects[0];
    EXPECT_EQ(reject.object, "memory://output-0");
    EXPECT_EQ(reject.offset, 2390u);
    EXPECT_EQ(reject.length, reject.bytes.size());
    EXPECT_EQ(bytes.substr(reject.offset + kLogHeader, reject.bytes.size()), reject.bytes);
    EXPECT_THAT(reject.reason, StartsWith("reading memory://output-0, record at byte 2390, "));
    EXPECT_THAT(reject.reason, HasSubstr(reason));
  }
}

TEST(EntityProtoTest, OfALongRejectTheFirstMebibyteIsKept) {
  const std::string record(2 << 20, 'x');
  const Decoded decoded = DecodeAll(Framed({record}));
  EXPECT_EQ(decoded.status, absl::OkStatus());
  ASSERT_THAT(decoded.rejects, SizeIs(1));
  const Reject& reject = decoded.rejects[0];
  EXPECT_EQ(reject.length, record.size());
  EXPECT_EQ(reject.bytes, record.substr(0, 1 << 20));
  EXPECT_TRUE(reject.cut());
  EXPECT_THAT(reject.reason, HasSubstr("; only the first 1048576 of its 2097152 bytes are kept"));
}

// A missing record leaves no trace in an output file: only the metadata's count tells, and that is the layout's to
// check.
TEST(EntityProtoTest, AMissingRecordCannotBeSeen) {
  const Decoded decoded = DecodeAll(Outputs("corrupt-count")[0]);
  EXPECT_EQ(decoded.status, absl::OkStatus());
  EXPECT_THAT(decoded.lines, SizeIs(7));
}

// Every byte of a sample, damaged: an error, or what was lost; never another record.
TEST(EntityProtoTest, AnyByteReplaced) {
  const std::string bytes = Outputs("datastore-emulator-all-kinds")[0];
  const std::vector<std::string> lines = DecodeAll(bytes).lines;
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string damaged = bytes;
      damaged[at] ^= flip;
      EXPECT_FALSE(DecodeAll(damaged).status.ok()) << at;
      const Decoded skipping = DecodeAll(damaged, {.skip_corrupt = true});
      EXPECT_EQ(skipping.status, absl::OkStatus());
      EXPECT_THAT(skipping.lost, SizeIs(1)) << at;
      EXPECT_LT(skipping.lines.size(), lines.size()) << at;
      EXPECT_TRUE(std::equal(skipping.lines.begin(), skipping.lines.end(), lines.begin())) << at;
    }
  }
}

}  // namespace
}  // namespace datahaul
