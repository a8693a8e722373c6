#include "format/entity_proto/log_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "io/memory_reader.h"
#include "testing/sampling.h"

namespace datahaul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

enum : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// A record as it stands in a log: [begin, end) are its fragments with their headers.
struct Item {
  uint64_t begin = 0;
  std::string payload;
  uint64_t end = 0;
  // The end matters only to what a test expects, not to what was read.
  bool operator==(const Item& other) const { return begin == other.begin && payload == other.payload; }
  friend void PrintTo(const Item& item, std::ostream* out) {
    *out << item.payload.size() << " bytes at " << item.begin;
  }
};

// Writes a log as LevelDB does, or fragment by fragment.
class LogBuilder {
 public:
  void Add(std::string_view payload) {
    Item item{0, std::string(payload), 0};
    bool first = true;
    do {
      if (Room() < kLogHeader) bytes_.append(Room(), '\0');
      if (first) item.begin = bytes_.size();
      const size_t size = std::min<size_t>(payload.size(), Room() - kLogHeader);
      const bool last = size == payload.size();
      Fragment(first ? (last ? kFull : kFirst) : (last ? kLast : kMiddle), payload.substr(0, size));
      payload.remove_prefix(size);
      if (last) break;
      first = false;
    } while (true);
    item.end = bytes_.size();
    items_.push_back(item);
  }

  void Fragment(uint8_t type, std::string_view payload) {
    const std::string checked = StrCat(static_cast<char>(type), payload);
    const uint32_t crc = Crc32c(checked);
    char header[6];
    StoreLE<uint32_t>(header, (crc >> 15 | crc << 17) + 0xa282ead8u);
    StoreLE<uint16_t>(header + 4, static_cast<uint16_t>(payload.size()));
    bytes_.append(header, sizeof header);
    bytes_ += checked;
  }

  // A record of the size that leaves exactly `left` bytes in the block.
  void FillTo(uint64_t left) { Add(std::string(Room() - left - kLogHeader, 'f')); }
  void Zeros(size_t size) { bytes_.append(size, '\0'); }

  uint64_t Room() const { return kLogBlock - bytes_.size() % kLogBlock; }
  const std::string& bytes() const { return bytes_; }
  const std::vector<Item>& items() const { return items_; }

 private:
  std::string bytes_;
  std::vector<Item> items_;
};

std::string RandomPayload(size_t size, Random* random) {
  std::string payload(size, '\0');
  for (char& c : payload) c = static_cast<char>(random->Next());
  return payload;
}

// Mostly small records, some over several blocks, some empty; or only large ones.
LogBuilder RandomLog(uint64_t bytes, Random* random) {
  LogBuilder log;
  const bool all_large = random->Below(4) == 0;
  while (all_large && log.bytes().size() < bytes) log.Add(RandomPayload(random->Below(4 * kLogBlock), random));
  while (log.bytes().size() < bytes) {
    const uint64_t most = random->Below(20) == 0 ? 3 * kLogBlock : random->Below(4) == 0 ? 5000 : 400;
    if (random->Below(10) == 0 && log.Room() > 20) {
      log.FillTo(random->Below(12));
    } else {
      log.Add(RandomPayload(random->Below(most), random));
    }
  }
  if (random->Below(2) == 0) log.Zeros(log.Room() % kLogBlock + kLogBlock * random->Below(3));
  return log;
}

struct Outcome {
  std::vector<Item> items;
  std::vector<LostRange> lost;
  absl::Status status;
  // After each Read: the position, and how many items and lost ranges had come by then.
  struct Stop {
    uint64_t position;
    size_t items, lost;
  };
  std::vector<Stop> stops;
};

struct How {
  bool skip_damage = false;
  uint64_t want = 1 << 20;
};

Outcome ReadRange(const std::string& bytes, ByteRange range, uint64_t position, const How& how) {
  const MemoryReader file("memory://x", bytes);
  LogReader reader(&file, range, position, how.skip_damage);
  Outcome outcome;
  static ByteBuffer buffer;  // used again, as readers of batches do
  static Arena arena;
  std::vector<LogRecord> records;
  uint64_t before = position;
  for (size_t calls = 0; calls <= bytes.size() / kLogHeader + 2; ++calls) {
    arena.Reset();
    const size_t lost_before = outcome.lost.size();
    outcome.status = reader.Read(how.want, &buffer, &arena, &records, &outcome.lost);
    if (!outcome.status.ok()) return outcome;
    for (const LogRecord& record : records) {
      outcome.items.push_back({record.offset, std::string(record.bytes), 0});
      char slack[kSlack];
      std::memcpy(slack, record.bytes.data() + record.bytes.size(), kSlack);  // the sanitizer watches
    }
    EXPECT_GE(reader.position(), before);
    before = reader.position();
    outcome.stops.push_back({reader.position(), outcome.items.size(), outcome.lost.size()});
    if (records.empty() && outcome.lost.size() == lost_before) return outcome;
  }
  ADD_FAILURE() << "no end";
  return outcome;
}

Outcome ReadAll(const std::string& bytes, const How& how = {}) { return ReadRange(bytes, {0, bytes.size()}, 0, how); }

// What ranges cut at these blocks give together, each read apart.
Outcome ReadSplit(const std::string& bytes, const std::vector<uint64_t>& blocks, const How& how) {
  Outcome all;
  uint64_t begin = 0;
  for (size_t i = 0; i <= blocks.size(); ++i) {
    const uint64_t end = i == blocks.size() ? bytes.size() : blocks[i] * kLogBlock;
    Outcome one = ReadRange(bytes, {begin, end}, begin, how);
    std::move(one.items.begin(), one.items.end(), std::back_inserter(all.items));
    std::move(one.lost.begin(), one.lost.end(), std::back_inserter(all.lost));
    if (all.status.ok()) all.status = one.status;
    begin = end;
  }
  return all;
}

std::vector<uint64_t> EveryBlock(uint64_t bytes) {
  std::vector<uint64_t> blocks;
  for (uint64_t block = 1; block * kLogBlock < bytes; ++block) blocks.push_back(block);
  return blocks;
}

std::vector<uint64_t> RandomSplit(uint64_t bytes, Random* random) {
  std::vector<uint64_t> blocks;
  for (uint64_t block = 1; block * kLogBlock < bytes; ++block) {
    if (random->Below(2) == 0) blocks.push_back(block);
  }
  return blocks;
}

std::string Error(const absl::Status& status) { return std::string(Message(status)); }

// "reading memory://x at byte N: …"; N, or UINT64_MAX if the message is of another form.
uint64_t PlaceOf(const absl::Status& status) {
  const std::string_view message = Message(status);
  constexpr std::string_view kBegin = "reading memory://x at byte ";
  if (!message.starts_with(kBegin) || status.code() != absl::StatusCode::kDataLoss) return UINT64_MAX;
  return std::stoull(std::string(message.substr(kBegin.size())));
}

bool Overlap(const Item& item, const LostRange& lost) { return item.begin < lost.end && lost.begin < item.end; }

bool IsLost(const Item& item, const std::vector<LostRange>& lost) {
  return std::any_of(lost.begin(), lost.end(), [&](const LostRange& range) { return Overlap(item, range); });
}

// After damage that leaves the bytes of most records alone: what comes out was there, in order; what does not was said
// to be lost; and of what was said to be lost nothing comes out.
void ExpectHonest(const std::vector<Item>& written, const Outcome& outcome) {
  ASSERT_EQ(outcome.status, absl::OkStatus());
  size_t next = 0;
  for (const Item& item : written) {
    const bool found = next < outcome.items.size() && outcome.items[next].begin == item.begin;
    if (found) {
      ASSERT_EQ(outcome.items[next], item);
      ++next;
    }
    ASSERT_EQ(IsLost(item, outcome.lost), !found) << "[" << item.begin << ", " << item.end << ")";
  }
  ASSERT_EQ(next, outcome.items.size());
  for (const LostRange& lost : outcome.lost) {
    ASSERT_LT(lost.begin, lost.end);
    ASSERT_EQ(lost.object, "memory://x");
    ASSERT_THAT(lost.reason, HasSubstr("expected"));
  }
}

void ExpectSameLost(const std::vector<LostRange>& found, const std::vector<LostRange>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].begin, expected[i].begin);
    ASSERT_EQ(found[i].end, expected[i].end);
    ASSERT_EQ(found[i].reason, expected[i].reason);
  }
}

// However a log is damaged: ranges read apart give what the whole gives, each record and each lost byte once.
void ExpectSameSplit(const std::string& bytes, const std::vector<uint64_t>& blocks, const Outcome& whole) {
  for (const uint64_t want : {uint64_t{1}, uint64_t{100'000}}) {
    const Outcome split = ReadSplit(bytes, blocks, {.skip_damage = true, .want = want});
    ASSERT_EQ(split.status, whole.status);
    ASSERT_THAT(split.items, whole.items);
    ExpectSameLost(split.lost, whole.lost);
  }
  // Unskipped, the first damage of the file is the first error of the ranges.
  ASSERT_EQ(ReadSplit(bytes, blocks, {}).status, ReadAll(bytes).status);
}

// ------------------------------------------------------------ undamaged logs

TEST(LogReaderTest, TheFirstRecordOfEveryOverallFile) {
  LogBuilder log;
  log.Add("3");
  EXPECT_EQ(Hex(log.bytes()), "b86d444e01000133");
  EXPECT_THAT(ReadAll(log.bytes()).items, ElementsAre(Item{0, "3", 0}));
}

TEST(LogReaderTest, NothingAtAll) {
  const Outcome outcome = ReadAll("");
  EXPECT_EQ(outcome.status, absl::OkStatus());
  EXPECT_THAT(outcome.items, IsEmpty());
  EXPECT_EQ(outcome.stops.back().position, 0u);
}

TEST(LogReaderTest, EveryRoomLeftInABlock) {
  for (uint64_t left = 0; left <= 40; ++left) {
    for (const size_t size : {0, 1, 20, 40, 70'000}) {
      LogBuilder log;
      log.FillTo(left);
      log.Add(std::string(size, 'x'));
      log.Add("end");
      ASSERT_THAT(ReadAll(log.bytes()).items, log.items()) << left << " " << size;
      ASSERT_THAT(ReadSplit(log.bytes(), {1}, {}).items, log.items()) << left << " " << size;
    }
  }
}

TEST(LogReaderTest, ExactlySevenLeftHoldsAFirstFragmentOfNothing) {
  LogBuilder log;
  log.FillTo(7);
  log.Add("after");
  ASSERT_EQ(log.bytes().substr(kLogBlock - 3, 3), std::string("\0\0\x02", 3));  // length 0, FIRST
  EXPECT_THAT(ReadAll(log.bytes()).items, log.items());
  EXPECT_EQ(log.items()[1].begin, kLogBlock - 7);
  EXPECT_THAT(ReadSplit(log.bytes(), {1}, {}).items, log.items());
}

TEST(LogReaderTest, FragmentsOfNothingAnywhere) {
  LogBuilder log;
  for (const uint8_t type : {kFull, kFirst, kMiddle, kMiddle, kLast, kFull}) log.Fragment(type, "");
  EXPECT_THAT(ReadAll(log.bytes()).items, ElementsAre(Item{0, "", 0}, Item{7, "", 0}, Item{35, "", 0}));
}

TEST(LogReaderTest, SizesAroundABlock) {
  for (int more = -9; more <= 9; ++more) {
    for (const int blocks : {1, 2, 3}) {
      LogBuilder log;
      log.Add(std::string(static_cast<size_t>(blocks * (kLogBlock - kLogHeader) + more), 'x'));
      log.Add("end");
      ASSERT_THAT(ReadAll(log.bytes(), {.want = 1}).items, log.items()) << blocks << " " << more;
    }
  }
}

TEST(LogReaderTest, LargeRecords) {
  Random random(1);
  LogBuilder log;
  for (int i = 0; i < 5; ++i) {
    log.Add(RandomPayload(1 << 20, &random));
    log.Add("small");
  }
  for (const uint64_t want : {uint64_t{1}, kLogBlock, uint64_t{3'000'000}}) {
    ASSERT_THAT(ReadAll(log.bytes(), {.want = want}).items, log.items());
  }
  EXPECT_THAT(ReadSplit(log.bytes(), EveryBlock(log.bytes().size()), {}).items, log.items());
}

TEST(LogReaderTest, TheLimitOfARecord) {
  LogBuilder log;
  log.Add(std::string(kMaxLogRecord, 'x'));
  log.Add("after");
  EXPECT_THAT(ReadAll(log.bytes()).items, log.items());

  LogBuilder over;
  over.Add("before");
  over.Add(std::string(kMaxLogRecord + 1, 'x'));
  over.Add("after");
  EXPECT_THAT(Error(ReadAll(over.bytes()).status),
              HasSubstr("expected a record of at most 16777216 bytes, found a longer one"));
  ExpectHonest(over.items(), ReadAll(over.bytes(), {.skip_damage = true}));
  EXPECT_THAT(ReadAll(over.bytes(), {.skip_damage = true}).items, ElementsAre(over.items()[0], over.items()[2]));
}

TEST(LogReaderTest, ZeroFillToTheEnd) {
  for (const uint64_t left : {0, 3, 7, 8, 100, 32'000}) {
    for (const size_t more : {0, 1, 6, 7, 8, 100, 32'768, 100'000}) {
      LogBuilder log;
      log.Add("first");
      log.FillTo(left);
      log.Zeros(left + more);
      const Outcome outcome = ReadAll(log.bytes(), {.want = 1});
      ASSERT_EQ(outcome.status, absl::OkStatus()) << left << " " << more;
      ASSERT_THAT(outcome.items, log.items());
      ASSERT_EQ(outcome.stops.back().position, log.bytes().size());
      ASSERT_THAT(ReadSplit(log.bytes(), {1}, {}).items, log.items());
    }
  }
  EXPECT_THAT(ReadAll(std::string(100'000, '\0')).items, IsEmpty());
  EXPECT_EQ(ReadAll(std::string(100'000, '\0')).status, absl::OkStatus());
}

// The promise that everything else stands on.
TEST(LogReaderTest, AnySplitGivesEveryRecordOnceAndInOrder) {
  Random random(2);
  for (int i = 0; i < 60; ++i) {
    const LogBuilder log = RandomLog(random.Below(12 * kLogBlock), &random);
    const std::vector<uint64_t> blocks = RandomSplit(log.bytes().size(), &random);
    for (const uint64_t want : {uint64_t{1}, 1 + random.Below(200'000)}) {
      const Outcome outcome = ReadSplit(log.bytes(), blocks, {.want = want});
      ASSERT_EQ(outcome.status, absl::OkStatus());
      ASSERT_THAT(outcome.items, log.items()) << i;
      // There is nothing to skip.
      const Outcome skipping = ReadSplit(log.bytes(), blocks, {.skip_damage = true, .want = want});
      ASSERT_THAT(skipping.items, log.items()) << i;
      ASSERT_THAT(skipping.lost, IsEmpty());
    }
  }
}

void ExpectSameTails(const std::string& bytes, ByteRange range, const How& how, const Outcome& whole) {
  for (const Outcome::Stop& stop : whole.stops) {
    for (const uint64_t want : {how.want, uint64_t{1}, uint64_t{1'000'000}}) {
      const Outcome tail = ReadRange(bytes, range, stop.position, {how.skip_damage, want});
      ASSERT_EQ(tail.status, whole.status) << stop.position;
      ASSERT_EQ(tail.items,
                std::vector<Item>(whole.items.begin() + static_cast<ptrdiff_t>(stop.items), whole.items.end()))
          << "from " << stop.position;
      ExpectSameLost(tail.lost, {whole.lost.begin() + static_cast<ptrdiff_t>(stop.lost), whole.lost.end()});
    }
  }
}

TEST(LogReaderTest, EveryPositionResumesToTheSameTail) {
  Random random(3);
  for (int i = 0; i < 30; ++i) {
    const LogBuilder log = RandomLog(random.Below(8 * kLogBlock), &random);
    const std::vector<uint64_t> blocks = RandomSplit(log.bytes().size(), &random);
    ByteRange range{0, log.bytes().size()};
    if (blocks.size() >= 2) range = {blocks[0] * kLogBlock, blocks[1] * kLogBlock};
    const How how{.want = 1 + random.Below(100'000)};
    ExpectSameTails(log.bytes(), range, how, ReadRange(log.bytes(), range, range.begin, how));
  }
}

// ------------------------------------------------------------ damage

// Three blocks: small records, one over the first border, a trailer, one over the second, zero fill.
LogBuilder ThreeBlocks() {
  Random random(4);
  LogBuilder log;
  while (log.bytes().size() < kLogBlock - 3000) log.Add(RandomPayload(random.Below(3000), &random));
  log.Add(RandomPayload(8000, &random));
  while (log.Room() > 6000) log.Add(RandomPayload(random.Below(5000), &random));
  log.FillTo(5);
  log.Add(RandomPayload(9000, &random));
  log.FillTo(7);
  log.Add("x");
  log.Add(RandomPayload(700, &random));
  log.Zeros(900);
  return log;
}

// Bits to flip in byte `at`: all of one that belongs to no payload, else one or the other, so that the test ends in
// time.
std::vector<int> BitsToFlip(const LogBuilder& log, uint64_t at) {
  bool frame = true;
  for (const Item& item : log.items()) {
    const uint64_t border = item.begin / kLogBlock * kLogBlock + kLogBlock;  // its second fragment's header
    const bool in_header = at - item.begin < kLogHeader || at - border < kLogHeader;
    if (at >= item.begin && at < item.end && !in_header) frame = false;
  }
  if (frame) return {0, 1, 2, 3, 4, 5, 6, 7};
  return {static_cast<int>(at % 8)};
}

TEST(LogDamageTest, EveryFlippedBitIsAnErrorInItsBlock) {
  const LogBuilder log = ThreeBlocks();
  std::string bytes = log.bytes();
  ASSERT_GT(bytes.size(), 2 * kLogBlock);
  ASSERT_THAT(ReadAll(bytes).items, log.items());
  for (uint64_t at = 0; at < bytes.size(); at += kOneIn) {
    for (const int bit : BitsToFlip(log, at)) {
      bytes[at] ^= static_cast<char>(1 << bit);
      const Outcome outcome = ReadAll(bytes);
      ASSERT_FALSE(outcome.status.ok()) << at << " bit " << bit;
      ASSERT_EQ(PlaceOf(outcome.status) / kLogBlock, at / kLogBlock) << at << ": " << outcome.status;
      ASSERT_LE(PlaceOf(outcome.status), at);
      bytes[at] ^= static_cast<char>(1 << bit);
    }
  }
}

TEST(LogDamageTest, EveryByteReplacedCostsNoMoreThanItsBlock) {
  const LogBuilder log = ThreeBlocks();
  std::string bytes = log.bytes();
  for (uint64_t at = 0; at < bytes.size(); at += kOneIn) {
    const char was = bytes[at];
    bytes[at] = static_cast<char>(at % 2 == 0 ? ~was : was ^ (1 << at / 2 % 8));
    const Outcome outcome = ReadAll(bytes, {.skip_damage = true});
    ExpectHonest(log.items(), outcome);
    if (HasFatalFailure()) FAIL() << "byte " << at;
    ASSERT_THAT(outcome.lost, SizeIs(1)) << at;
    ASSERT_LE(outcome.lost[0].begin, at);
    ASSERT_GT(outcome.lost[0].end, at);
    for (const Item& item : log.items()) {
      const bool in_block = item.begin / kLogBlock <= at / kLogBlock && at / kLogBlock <= (item.end - 1) / kLogBlock;
      const bool before = item.end <= at;
      if (!in_block || before) {
        ASSERT_FALSE(IsLost(item, outcome.lost)) << at << " cost " << item.begin;
      }
    }
    bytes[at] = was;
  }
}

TEST(LogDamageTest, ACutAnywhereIsAnErrorOrWholeRecords) {
  const LogBuilder log = ThreeBlocks();
  int clean = 0;
  for (uint64_t size = 0; size < log.bytes().size(); size += kOneIn) {
    const std::string bytes = log.bytes().substr(0, size);
    const Outcome outcome = ReadAll(bytes);
    const Outcome skipping = ReadAll(bytes, {.skip_damage = true});
    std::vector<Item> whole;
    for (const Item& item : log.items()) {
      if (item.end <= size) whole.push_back(item);
    }
    const uint64_t end = whole.empty() ? 0 : whole.back().end;
    const bool nothing_more = bytes.find_first_not_of('\0', end) == std::string::npos;
    ASSERT_EQ(outcome.status.ok(), nothing_more) << size << " " << outcome.status;
    if (outcome.status.ok()) {
      ASSERT_TRUE(outcome.items == whole) << size;
      ++clean;
    } else {
      ASSERT_LE(PlaceOf(outcome.status), size) << outcome.status;
    }
    ASSERT_TRUE(skipping.items == whole) << size;
    ASSERT_EQ(skipping.lost.empty(), nothing_more) << size;
  }
  EXPECT_LT(clean, 1500);  // behind records, within trailers and the zero fill
}

TEST(LogDamageTest, AZeroedHoleIsDamageAndNotTheEnd) {
  const LogBuilder log = ThreeBlocks();
  for (const uint64_t begin :
       {uint64_t{0}, log.items()[2].begin, log.items()[3].begin + 1, kLogBlock, kLogBlock - 20}) {
    for (const uint64_t size : {uint64_t{7}, uint64_t{64}, uint64_t{4096}, kLogBlock}) {
      std::string bytes = log.bytes();
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(begin), size, '\0');
      const Outcome outcome = ReadAll(bytes);
      ASSERT_FALSE(outcome.status.ok()) << begin << " " << size;
      ASSERT_LE(PlaceOf(outcome.status), begin + size);
      ExpectHonest(log.items(), ReadAll(bytes, {.skip_damage = true}));
      if (HasFatalFailure()) FAIL() << begin << " " << size;
    }
  }
  std::string bytes = log.bytes();
  std::fill(bytes.begin() + static_cast<ptrdiff_t>(log.items()[2].begin), bytes.begin() + kLogBlock, '\0');
  EXPECT_EQ(Error(ReadAll(bytes).status), StrCat("reading memory://x at byte ", log.items()[2].begin,
                                                 ": expected a record, found zeros with data after them; "
                                                 "--on-corrupt=skip sets damaged blocks aside and goes on"));
}

TEST(LogDamageTest, ARecordThatZeroFillCutsOffIsDamage) {
  LogBuilder log;
  log.Add("whole");
  log.Fragment(kFirst, "begun");
  log.Zeros(log.Room() + kLogBlock);
  EXPECT_EQ(PlaceOf(ReadAll(log.bytes()).status), log.items()[0].end + kLogHeader + 5);
  const Outcome outcome = ReadAll(log.bytes(), {.skip_damage = true});
  EXPECT_THAT(outcome.items, log.items());
  ASSERT_THAT(outcome.lost, SizeIs(1));
  EXPECT_EQ(outcome.lost[0].begin, log.items()[0].end);
}

TEST(LogDamageTest, MessagesSayWhatWasExpectedAndFound) {
  LogBuilder log;
  log.Add("hello");
  const auto with = [&](size_t at, std::string_view bytes) {
    std::string changed = log.bytes();
    changed.replace(at, bytes.size(), bytes);
    return Error(ReadAll(changed).status);
  };
  LogBuilder type;
  type.Fragment(9, "x");
  LogBuilder trailer;
  trailer.FillTo(3);
  trailer.Zeros(3);
  std::string bad_trailer = trailer.bytes() + log.bytes();
  bad_trailer[kLogBlock - 1] = 'x';
  const struct {
    std::string found, expected;
  } kCases[] = {
      {with(11, "p"), "at byte 0: expected checksum 3f0b2d6a, found "},
      {with(4, "\xff\xff"), "at byte 0: expected a record of at most 32761 bytes, found length 65535"},
      {with(4, "\x06"), "at byte 0: expected a record of 6 bytes, found the file's end after 5"},
      {Error(ReadAll("abc").status), "at byte 0: expected a record header of 7 bytes, found the file's end after 3"},
      {Error(ReadAll(type.bytes()).status), "at byte 0: expected record type 1 to 4, found 9"},
      {Error(ReadAll(bad_trailer).status), "at byte 32765: expected zeros at the end of a block, found other bytes"},
  };
  for (const auto& [found, expected] : kCases) {
    if (expected.find("checksum") != std::string::npos) {
      EXPECT_THAT(found, HasSubstr("at byte 0: expected checksum "));
      EXPECT_THAT(found, HasSubstr(", found "));
    } else {
      EXPECT_THAT(found, HasSubstr(StrCat("reading memory://x ", expected)));
    }
    EXPECT_THAT(found, HasSubstr("; --on-corrupt=skip sets damaged blocks aside and goes on"));
  }
}

// ------------------------------------------------------------ fragments in any order, all with good checksums

struct Piece {
  uint8_t type;
  uint64_t begin, end;
  std::string payload;
};

struct Expected {
  std::vector<Item> items;
  std::vector<std::pair<uint64_t, uint64_t>> lost;  // pieces that belong to no whole record
};

// What a log of these pieces holds, by the rules of the format.
Expected Interpret(const std::vector<Piece>& pieces) {
  Expected expected;
  std::vector<Piece> open;
  const auto drop = [&] {
    for (const Piece& piece : open) expected.lost.emplace_back(piece.begin, piece.end);
    open.clear();
  };
  for (const Piece& piece : pieces) {
    const bool begins = piece.type == kFull || piece.type == kFirst;
    if (begins) drop();
    if (!begins && open.empty()) {
      expected.lost.emplace_back(piece.begin, piece.end);
      continue;
    }
    open.push_back(piece);
    if (piece.type == kFirst || piece.type == kMiddle) continue;
    Item item{open[0].begin, "", piece.end};
    for (const Piece& part : open) item.payload += part.payload;
    expected.items.push_back(item);
    open.clear();
  }
  drop();
  return expected;
}

bool Covered(std::pair<uint64_t, uint64_t> piece, const std::vector<LostRange>& lost) {
  return std::any_of(lost.begin(), lost.end(),
                     [&](const LostRange& range) { return range.begin <= piece.first && piece.second <= range.end; });
}

void ExpectInterpreted(const Expected& expected, const Outcome& outcome) {
  ASSERT_EQ(outcome.status, absl::OkStatus());
  ASSERT_THAT(outcome.items, expected.items);
  for (const auto& piece : expected.lost) {
    ASSERT_TRUE(Covered(piece, outcome.lost)) << "[" << piece.first << ", " << piece.second << ")";
  }
  for (const Item& item : expected.items) ASSERT_FALSE(IsLost(item, outcome.lost)) << item.begin;
  ASSERT_EQ(outcome.lost.empty(), expected.lost.empty());
}

TEST(LogDamageTest, FragmentsInAnyOrder) {
  Random random(5);
  for (uint64_t i = 0; i < 1500 / kOneIn; ++i) {
    LogBuilder log;
    std::vector<Piece> pieces;
    const uint64_t count = random.Below(20);
    while (pieces.size() < count) {
      if (log.Room() < kLogHeader) log.Zeros(log.Room());
      const uint64_t room = log.Room() - kLogHeader;
      const auto type = static_cast<uint8_t>(1 + random.Below(4));
      // To the block's end, or near it, or well within.
      const uint64_t size = random.Below(3) != 0 ? room : std::min(room, random.Below(2) == 0 ? room - room / 100 : 50);
      Piece piece{type, log.bytes().size(), 0, RandomPayload(size, &random)};
      log.Fragment(type, piece.payload);
      piece.end = log.bytes().size();
      pieces.push_back(piece);
    }
    const Expected expected = Interpret(pieces);
    const std::string& bytes = log.bytes();
    const How how{.skip_damage = true, .want = 1 + random.Below(100'000)};
    const Outcome whole = ReadAll(bytes, how);
    ExpectInterpreted(expected, whole);
    ASSERT_EQ(ReadAll(bytes).status.ok(), expected.lost.empty()) << i;
    ExpectSameTails(bytes, {0, bytes.size()}, how, whole);

    const std::vector<uint64_t> blocks = RandomSplit(bytes.size(), &random);
    ExpectSameSplit(bytes, blocks, whole);
    ExpectSameSplit(bytes, EveryBlock(bytes.size()), whole);
    if (HasFatalFailure()) FAIL() << "log " << i;
  }
}

TEST(LogDamageTest, AnOrphanBehindARangeIsReportedByTheRangeBefore) {
  for (const uint64_t left : {0, 4}) {
    LogBuilder log;
    log.FillTo(left);
    log.Zeros(left);
    const uint64_t orphan = log.bytes().size();
    log.Fragment(kMiddle, "nobody's");
    log.Fragment(kLast, "nobody's");
    const uint64_t end = log.bytes().size();
    log.Add("good");
    const std::string& bytes = log.bytes();

    for (const ByteRange range : {ByteRange{0, kLogBlock}, ByteRange{0, bytes.size()}}) {
      const Outcome outcome = ReadRange(bytes, range, 0, {});
      EXPECT_EQ(PlaceOf(outcome.status), orphan) << outcome.status;
      EXPECT_THAT(Error(outcome.status),
                  HasSubstr("expected the beginning of a record, found the continuation of one"));
    }
    // The second range can't know that nobody reads these, and passes over them.
    EXPECT_THAT(ReadRange(bytes, {kLogBlock, bytes.size()}, kLogBlock, {}).items, ElementsAre(log.items()[1]));

    const Outcome first = ReadRange(bytes, {0, kLogBlock}, 0, {.skip_damage = true});
    EXPECT_THAT(first.items, ElementsAre(log.items()[0]));
    ASSERT_THAT(first.lost, SizeIs(1));
    EXPECT_LE(first.lost[0].begin, orphan);
    EXPECT_EQ(first.lost[0].end, end);
    // Whoever stops at a position at or behind the range's end never comes back: all must have been said by then.
    for (const Outcome::Stop& stop : first.stops) {
      EXPECT_EQ(stop.lost, stop.position >= kLogBlock ? 1u : 0u);
    }
  }
}

// Several wounds of several kinds: nothing made up, nothing lost unsaid, however it is split and resumed.
TEST(LogDamageTest, RandomWounds) {
  Random random(6);
  for (uint64_t i = 0; i < 300 / kOneIn; ++i) {
    const LogBuilder log = RandomLog(kLogBlock + random.Below(6 * kLogBlock), &random);
    std::string bytes = log.bytes();
    for (uint64_t wounds = 1 + random.Below(4); wounds > 0; --wounds) {
      const uint64_t at = random.Below(bytes.size());
      const uint64_t size = std::min(bytes.size() - at, 1 + random.Below(random.Below(2) == 0 ? 3 : 50'000));
      for (uint64_t j = at; j < at + size; ++j) bytes[j] = static_cast<char>(size % 2 == 0 ? 0 : random.Next());
    }
    const How how{.skip_damage = true, .want = 1 + random.Below(200'000)};
    const Outcome whole = ReadAll(bytes, how);
    ExpectHonest(log.items(), whole);
    ExpectSameTails(bytes, {0, bytes.size()}, how, whole);
    const std::vector<uint64_t> blocks = RandomSplit(bytes.size(), &random);
    ExpectSameSplit(bytes, blocks, whole);
    ExpectSameSplit(bytes, EveryBlock(bytes.size()), whole);
    if (blocks.size() >= 2) {
      const ByteRange range{blocks[0] * kLogBlock, blocks[1] * kLogBlock};
      ExpectSameTails(bytes, range, how, ReadRange(bytes, range, range.begin, how));
    }
    ASSERT_EQ(ReadAll(bytes).status.ok(), whole.lost.empty());
    if (HasFatalFailure()) FAIL() << "log " << i;
  }
}

// Blocks missing, doubled or exchanged: good fragments that do not fit together. What comes out may be joined of parts
// of two records (only the records' own contents can tell), but splitting and resuming change nothing.
TEST(LogDamageTest, BlocksInDisorder) {
  Random random(7);
  for (uint64_t i = 0; i < 200 / kOneIn; ++i) {
    const std::string log = RandomLog(8 * kLogBlock, &random).bytes();
    std::string bytes;
    for (int block = 0; block < 8; ++block) bytes += log.substr(random.Below(8) * kLogBlock, kLogBlock);
    const How how{.skip_damage = true, .want = 1 + random.Below(100'000)};
    const Outcome whole = ReadAll(bytes, how);
    ASSERT_EQ(whole.status, absl::OkStatus());
    ExpectSameTails(bytes, {0, bytes.size()}, how, whole);
    ExpectSameSplit(bytes, RandomSplit(bytes.size(), &random), whole);
    ExpectSameSplit(bytes, EveryBlock(bytes.size()), whole);
    if (HasFatalFailure()) FAIL() << "log " << i;
  }
}

TEST(LogDamageTest, RandomBytes) {
  Random random(8);
  for (int i = 0; i < 200; ++i) {
    const std::string bytes = RandomPayload(random.Below(3 * kLogBlock), &random);
    const Outcome outcome = ReadAll(bytes, {.skip_damage = true});
    EXPECT_EQ(outcome.status, absl::OkStatus());
    EXPECT_THAT(outcome.items, IsEmpty());
    EXPECT_EQ(outcome.lost.empty(), bytes.empty());
    ExpectSameSplit(bytes, EveryBlock(bytes.size()), outcome);
  }
}

// One byte damaged anywhere near a border, in the record that crosses it, behind it, or in the border's trailer.
TEST(LogDamageTest, LostBytesAroundABorderCountOnce) {
  const LogBuilder log = ThreeBlocks();
  std::string bytes = log.bytes();
  const std::vector<uint64_t> blocks = EveryBlock(bytes.size());
  for (const uint64_t border : {kLogBlock, 2 * kLogBlock}) {
    for (uint64_t at = border - 100; at < border + 3 * kLogHeader; ++at) {
      bytes[at] ^= 0x55;
      const Outcome whole = ReadAll(bytes, {.skip_damage = true});
      ASSERT_THAT(whole.lost, SizeIs(1)) << at;
      ExpectSameSplit(bytes, blocks, whole);
      if (HasFatalFailure()) FAIL() << "byte " << at;
      bytes[at] ^= 0x55;
    }
  }
}

TEST(LogDamageTest, ALossOverManyRangesIsTheFirstOnes) {
  Random random(9);
  LogBuilder log;
  for (int i = 0; i < 40; ++i) log.Add(RandomPayload(10'000, &random));
  std::string bytes = log.bytes();
  std::fill(bytes.begin() + 2 * kLogBlock - 5000, bytes.begin() + 7 * kLogBlock + 10, 'x');
  const Outcome whole = ReadAll(bytes, {.skip_damage = true});
  ASSERT_THAT(whole.lost, SizeIs(1));
  ExpectSameSplit(bytes, EveryBlock(bytes.size()), whole);
  EXPECT_THAT(ReadRange(bytes, {kLogBlock, 2 * kLogBlock}, kLogBlock, {.skip_damage = true}).lost, SizeIs(1));
  EXPECT_EQ(ReadRange(bytes, {4 * kLogBlock, 5 * kLogBlock}, 4 * kLogBlock, {}).status, absl::OkStatus());
}

// ------------------------------------------------------------ readers that fail, whole logs

// Says that it is longer than it is, or fails.
class OddReader final : public ByteReader {
 public:
  OddReader(std::string bytes, uint64_t size, absl::Status error = absl::OkStatus())
      : bytes_(std::move(bytes)), size_(size), error_(std::move(error)) {}
  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    if (!error_.ok()) return error_;
    return MemoryReader(uri_, bytes_).ReadAt(offset, out, size);
  }
  uint64_t size() const override { return size_; }
  const std::string& uri() const override { return uri_; }

 private:
  const std::string uri_ = "memory://x";
  const std::string bytes_;
  const uint64_t size_;
  const absl::Status error_;
};

absl::Status ReadOnce(const ByteReader& file, bool skip_damage) {
  LogReader reader(&file, {0, file.size()}, 0, skip_damage);
  ByteBuffer buffer;
  Arena arena;
  std::vector<LogRecord> records;
  std::vector<LostRange> lost;
  return reader.Read(1 << 20, &buffer, &arena, &records, &lost);
}

TEST(LogReaderTest, AReadThatFailsIsAnErrorEvenWhenDamageIsSkipped) {
  LogBuilder log;
  log.Add("hello");
  for (const bool skip_damage : {false, true}) {
    EXPECT_EQ(ReadOnce(OddReader(log.bytes(), 12, absl::UnavailableError("later")), skip_damage),
              absl::UnavailableError("later"));
    const absl::Status status = ReadOnce(OddReader(log.bytes(), 100), skip_damage);
    EXPECT_EQ(PlaceOf(status), 12u) << status;
    EXPECT_THAT(Error(status), HasSubstr("expected 100 bytes in the file, found its end"));
  }
}

TEST(ReadLogTest, AllOrNothing) {
  LogBuilder log;
  log.Add("3");
  log.Add(std::string(100'000, 'x'));
  log.Add("");
  EXPECT_THAT(*ReadLog(MemoryReader("memory://x", log.bytes())), ElementsAre("3", std::string(100'000, 'x'), ""));
  EXPECT_THAT(*ReadLog(MemoryReader("memory://x", "")), IsEmpty());
  const std::string cut = log.bytes().substr(0, log.bytes().size() - 1);
  EXPECT_EQ(PlaceOf(ReadLog(MemoryReader("memory://x", cut)).status()), log.items()[2].begin);
  const absl::Status large = ReadLog(OddReader("", (64 << 20) + 1)).status();
  EXPECT_THAT(Error(large),
              HasSubstr("reading memory://x: expected metadata of at most 67108864 bytes, found 67108865"));
}

}  // namespace
}  // namespace datahaul
