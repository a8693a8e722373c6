// What every Format that can be read back must do. A format's test includes this and says
//
//   INSTANTIATE_TEST_SUITE_P(MyFormat, FormatSuite, ::testing::Values(FormatUnderTest{"MyFormat", &MyFormat(), …}));
#ifndef DATAHAUL_TESTING_FORMAT_SUITE_H_
#define DATAHAUL_TESTING_FORMAT_SUITE_H_

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "io/memory_reader.h"
#include "model/format.h"
#include "testing/contents.h"
#include "testing/sampling.h"

namespace datahaul {

struct FormatUnderTest {
  std::string name;
  const Format* format;
  // Undamaged objects. `small` is read once for each of its bytes; `large` for each of its split units, and has more
  // than two.
  std::function<std::string()> small, large;

  friend void PrintTo(const FormatUnderTest& tested, std::ostream* out) { *out << tested.name; }
};

class FormatSuite : public ::testing::TestWithParam<FormatUnderTest> {
 protected:
  struct Decoded {
    Contents contents;
    absl::Status status;
    uint64_t input_bytes = 0;
    // After each batch: its cursor, and what had come by then.
    std::vector<std::pair<uint64_t, Contents>> stops;
    bool operator==(const Decoded& other) const { return contents == other.contents && status == other.status; }
    friend void PrintTo(const Decoded& decoded, std::ostream* out) {
      *out << decoded.status << ", ";
      PrintTo(decoded.contents, out);
    }
  };

  const Format& format() const { return *GetParam().format; }

  // `bytes` are copied to a place of their own, so that a sanitizer sees who reads beyond them.
  Decoded Decode(std::string_view bytes, ByteRange range, uint64_t resume, const DecodeOptions& options = {}) const {
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const MemoryReader reader("memory://x", {exact.data(), exact.size()});
    Decoded decoded;
    absl::StatusOr<std::unique_ptr<Decoder>> decoder = format().NewDecoder(&reader, range, resume, options);
    decoded.status = decoder.status();
    RecordBatch batch;
    uint64_t cursor = resume;
    while (decoded.status.ok()) {
      decoded.status = (*decoder)->Read(&batch);
      if (!decoded.status.ok() || (batch.empty() && batch.input_bytes == 0)) break;
      decoded.contents.Add(batch);
      decoded.input_bytes += batch.input_bytes;
      std::from_chars(batch.cursor.data(), batch.cursor.data() + batch.cursor.size(), cursor);
      decoded.stops.emplace_back(cursor, decoded.contents);
    }
    return decoded;
  }
  Decoded DecodeAll(std::string_view bytes, const DecodeOptions& options = {}) const {
    return Decode(bytes, {0, bytes.size()}, 0, options);
  }
  // What ranges that end at `ends` give together, each read apart: the first error is that of the whole.
  Decoded DecodeSplit(std::string_view bytes, const std::vector<uint64_t>& ends, const DecodeOptions& options) const {
    Decoded all;
    uint64_t begin = 0;
    for (const uint64_t end : ends) {
      const Decoded one = Decode(bytes, {begin, end}, begin, options);
      if (all.status.ok()) all.status = one.status;
      all.contents.Add(one.contents);
      all.input_bytes += one.input_bytes;
      begin = end;
    }
    return all;
  }

  std::vector<uint64_t> Units(uint64_t size) const {
    std::vector<uint64_t> units;
    for (uint64_t at = format().traits().split_unit; at < size; at += format().traits().split_unit) {
      units.push_back(at);
    }
    return units;
  }

  void ExpectSameHoweverSplit(std::string_view bytes, const DecodeOptions& options) const {
    const Decoded whole = DecodeAll(bytes, options);
    std::vector<uint64_t> all = Units(bytes.size());
    for (const uint64_t at : all) {
      ASSERT_EQ(DecodeSplit(bytes, {at, bytes.size()}, options), whole) << "split at " << at;
    }
    all.push_back(bytes.size());
    ASSERT_EQ(DecodeSplit(bytes, all, options), whole) << "split at every unit";
  }

  static bool BeginsWith(const std::vector<std::string>& all, const std::vector<std::string>& begin) {
    return begin.size() <= all.size() && std::equal(begin.begin(), begin.end(), all.begin());
  }
};

TEST_P(FormatSuite, TheSamplesAreWorthTheSuite) {
  ASSERT_TRUE(format().traits().readable);
  const std::string small = GetParam().small(), large = GetParam().large();
  for (const std::string& sample : {small, large}) {
    const Decoded decoded = DecodeAll(sample);
    EXPECT_TRUE(decoded.status.ok()) << decoded.status;
    EXPECT_TRUE(decoded.contents.whole());
    EXPECT_EQ(decoded.input_bytes, sample.size());
    EXPECT_GE(decoded.contents.records.size(), 3u);
  }
  EXPECT_TRUE(!format().traits().splittable || Units(large.size()).size() >= 2);
}

TEST_P(FormatSuite, AnObjectOfNoBytesIsEmptyOrAnError) {
  const Decoded decoded = DecodeAll("");
  EXPECT_TRUE(decoded.contents.records.empty());
  EXPECT_EQ(decoded.input_bytes, 0u);
}

TEST_P(FormatSuite, CutAtEveryByteItIsAnErrorARejectOrACleanPrefix) {
  const std::string sample = GetParam().small();
  const std::vector<std::string> whole = DecodeAll(sample).contents.records;
  size_t silent = 0;
  for (size_t size = 0; size < sample.size(); ++size) {
    const std::string_view cut = std::string_view(sample).substr(0, size);
    const Decoded strict = DecodeAll(cut), skipping = DecodeAll(cut, {.skip_corrupt = true});
    ASSERT_TRUE(BeginsWith(whole, strict.contents.records)) << size;
    ASSERT_TRUE(BeginsWith(whole, skipping.contents.records)) << size;
    ASSERT_TRUE(strict.contents.lost.empty()) << "nothing is skipped unasked";
    const bool said = !strict.status.ok() || !strict.contents.whole();
    ASSERT_EQ(said, !skipping.status.ok() || !skipping.contents.whole()) << size;
    silent += said ? 0 : 1;
  }
  // Only behind a record, where nothing tells, and in what follows it without being part of one: a line's end.
  EXPECT_LE(silent, 2 * whole.size() + 1);
}

TEST_P(FormatSuite, SplitAtEveryUnitGivesTheSameRecords) {
  if (!format().traits().splittable) GTEST_SKIP();
  for (const uint64_t batch_bytes : {uint64_t{1}, uint64_t{128 << 10}}) {
    ExpectSameHoweverSplit(GetParam().large(), {.batch_bytes = batch_bytes});
    if (HasFatalFailure()) return;
  }
}

TEST_P(FormatSuite, SplitAtEveryUnitGivesTheSameDamage) {
  if (!format().traits().splittable) GTEST_SKIP();
  const std::string sample = GetParam().large();
  constexpr size_t kWounds = kOneIn > 1 ? 3 : 12;
  for (size_t wound = 0; wound < kWounds; ++wound) {
    std::string damaged = sample;
    const size_t at = sample.size() * wound / kWounds + wound;
    for (size_t i = at; i < std::min(damaged.size(), at + 1 + wound * wound); ++i) damaged[i] ^= 0x15;
    ExpectSameHoweverSplit(damaged, {.skip_corrupt = true});
    if (HasFatalFailure()) FAIL() << "damaged at " << at;
  }
}

TEST_P(FormatSuite, EveryCursorResumesToTheSameTail) {
  const std::string sample = GetParam().large();
  const Decoded whole = DecodeAll(sample, {.batch_bytes = 1});
  ASSERT_TRUE(whole.status.ok()) << whole.status;
  for (const auto& [cursor, before] : whole.stops) {
    const Decoded tail = Decode(sample, {0, sample.size()}, cursor);
    ASSERT_TRUE(tail.status.ok()) << tail.status;
    ASSERT_EQ(tail.contents, whole.contents.After(before)) << "from " << cursor;
  }
}

TEST_P(FormatSuite, BatchesOfAnySizeGiveTheSameRecords) {
  const std::string sample = GetParam().large();
  const Decoded whole = DecodeAll(sample);
  for (uint64_t batch_bytes = 1; batch_bytes < 2 * sample.size(); batch_bytes *= 3) {
    ASSERT_EQ(DecodeAll(sample, {.batch_bytes = batch_bytes}), whole) << batch_bytes;
  }
}

TEST_P(FormatSuite, WhatIsEncodedIsReadBack) {
  const std::unique_ptr<Encoder> encoder = format().NewEncoder({.full_keys = true});
  if (encoder == nullptr || !format().traits().lossless) GTEST_SKIP() << "it is not written, or not to be read back";
  const std::string sample = GetParam().large();
  const MemoryReader reader("memory://x", sample);
  const auto decoder = format().NewDecoder(&reader, {0, sample.size()}, 0, {});
  ASSERT_TRUE(decoder.ok()) << decoder.status();
  RecordBatch batch;
  ByteBuffer again;
  do {
    ASSERT_TRUE((*decoder)->Read(&batch).ok());
    for (const Record& record : batch.records) {
      Hash128 hash;
      ASSERT_TRUE(encoder->Append(record, &again, &hash).ok());
      EXPECT_NE(hash, Hash128());
    }
  } while (batch.input_bytes != 0);
  EXPECT_EQ(DecodeAll(again.view()).contents.records, DecodeAll(sample).contents.records);
  if (!format().traits().concatenable) return;
  const std::string twice = std::string(again.view()) + std::string(again.view());
  EXPECT_EQ(DecodeAll(twice).contents.records.size(), 2 * DecodeAll(sample).contents.records.size());
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_FORMAT_SUITE_H_
