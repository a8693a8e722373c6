#include "io/read_ahead.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "io/memory_reader.h"

namespace datahaul {
namespace {

// Remembers the ranges that were asked for, and how many at once.
class FarReader final : public ByteReader {
 public:
  explicit FarReader(std::string_view bytes) : reader_("far", bytes) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    {
      const std::lock_guard lock(mutex_);
      reads_.push_back({offset, offset + size});
    }
    most_ = std::max(most_.load(), ++now_);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    --now_;
    if (failures_ > 0 && --failures_ == 0) return absl::UnavailableError("broken");
    return reader_.ReadAt(offset, out, size);
  }
  uint64_t size() const override { return reader_.size(); }
  const std::string& uri() const override { return reader_.uri(); }

  // The n-th read from now fails.
  void Fail(int n) { failures_ = n; }
  int most_at_once() const { return most_; }
  std::vector<ByteRange> reads() const {
    const std::lock_guard lock(mutex_);
    return reads_;
  }

 private:
  const MemoryReader reader_;
  mutable std::mutex mutex_;
  mutable std::vector<ByteRange> reads_;
  mutable std::atomic<int> now_ = 0, most_ = 0, failures_ = 0;
};

class ReadAheadTest : public testing::Test {
 protected:
  static constexpr size_t kSize = 15'000'000;

  ReadAheadTest() : bytes_(kSize, '\0') {
    Random random(1);
    for (char& c : bytes_) c = static_cast<char>(random.Next());
  }
  std::unique_ptr<ReadAheadReader> Open(ByteRange likely = {0, UINT64_MAX}) {
    auto far = std::make_unique<FarReader>(bytes_);
    far_ = far.get();
    return std::make_unique<ReadAheadReader>(std::move(far), likely);
  }
  // One read behind the other, of `size` bytes each.
  void ExpectAll(const ByteReader& reader, ByteRange range, size_t size) {
    for (uint64_t at = range.begin; at < range.end; at += size) Expect(reader, at, size);
  }
  void Expect(const ByteReader& reader, uint64_t offset, size_t size) {
    std::string out(size, '\0');
    const auto got = reader.ReadAt(offset, out.data(), size);
    ASSERT_TRUE(got.ok()) << got.status();
    const std::string_view expected = std::string_view(bytes_).substr(std::min(offset, bytes_.size()), size);
    EXPECT_EQ(*got, expected.size());
    EXPECT_TRUE(out.substr(0, *got) == expected) << offset;
  }

  std::string bytes_;
  FarReader* far_ = nullptr;
};

TEST_F(ReadAheadTest, SequentialReadsAreFetchedInWindowsSeveralAtOnce) {
  const auto reader = Open();
  for (uint64_t at = 0; at < kSize + 1'000'000; at += 1'000'000) Expect(*reader, at, 1'000'000);
  EXPECT_GE(far_->most_at_once(), 2);
  uint64_t fetched = 0;
  for (const ByteRange& read : far_->reads()) fetched += read.size();
  EXPECT_EQ(fetched, kSize);
}

TEST_F(ReadAheadTest, PiecesMayOverlap) {
  const auto reader = Open();
  for (uint64_t at = 0; at < kSize; at += 900'000) Expect(*reader, at, 1'100'000);
  EXPECT_LE(far_->reads().size(), 10u);
}

TEST_F(ReadAheadTest, ReadsHereAndThereAreJustThat) {
  const auto reader = Open();
  Random random(2);
  for (int i = 0; i < 50; ++i) Expect(*reader, random.Below(kSize), 1 + random.Below(5000));
  EXPECT_EQ(far_->reads().size(), 50u);
}

TEST_F(ReadAheadTest, ASequenceGoesOnThoughOthersReadElsewhere) {
  const auto reader = Open();
  for (uint64_t at = 0; at < kSize; at += 1'000'000) {
    Expect(*reader, at, 1'000'000);
    Expect(*reader, kSize - 10, 20);
  }
}

TEST_F(ReadAheadTest, NothingIsFetchedBehindWhatIsLikely) {
  const auto reader = Open({1'000'000, 4'000'000});
  for (uint64_t at = 1'000'000; at < 4'200'000; at += 400'000) Expect(*reader, at, 400'000);
  uint64_t fetched = 0;
  for (const ByteRange& read : far_->reads()) fetched += read.size();
  EXPECT_LE(fetched, 3'200'000u);
}

TEST_F(ReadAheadTest, AReadOfEverythingAtOnce) {
  const auto reader = Open();
  Expect(*reader, 0, kSize);
  Expect(*reader, 0, kSize + 5);
  Expect(*reader, kSize, 5);
}

TEST_F(ReadAheadTest, LargeReadsAreNotCutUp) {
  const auto reader = Open();
  Expect(*reader, 0, 1000);
  Expect(*reader, 1000, kSize - 1000);
  EXPECT_EQ(far_->reads().size(), 2u);
}

TEST_F(ReadAheadTest, GoesOnAfterAJump) {
  const auto reader = Open();
  ExpectAll(*reader, {0, 2'000'000}, 500'000);
  ExpectAll(*reader, {9'000'000, 14'000'000}, 200'000);
  ExpectAll(*reader, {1'000'000, 6'000'000}, 200'000);
  // The first after each jump; all others were fetched ahead.
  std::vector<uint64_t> direct;
  for (const ByteRange& read : far_->reads()) {
    if (read.size() == 200'000) direct.push_back(read.begin);
  }
  EXPECT_EQ(direct, (std::vector<uint64_t>{9'000'000, 1'000'000}));
}

// While one lives, threads can't be started: their stacks would be larger than memory is.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge = before_;
    EXPECT_EQ(pthread_attr_setstacksize(&huge, size_t{1} << 47), 0);
    EXPECT_EQ(pthread_setattr_default_np(&huge), 0);
  }
  ~NoThreads() { pthread_setattr_default_np(&before_); }

 private:
  pthread_attr_t before_;
};

TEST_F(ReadAheadTest, ReadsWithoutThreadsToFetch) {
  const auto reader = Open();
  {
    const NoThreads none;
    ExpectAll(*reader, {0, 5'000'000}, 1'000'000);
    EXPECT_EQ(far_->reads().size(), 5u);
  }
  ExpectAll(*reader, {5'000'000, 8'000'000}, 100'000);
  EXPECT_LE(far_->reads().size(), 11u);
}

TEST_F(ReadAheadTest, ErrorsComeToWhoReadsAndAreNotKept) {
  const auto reader = Open();
  Expect(*reader, 0, 1'000'000);
  Expect(*reader, 1'000'000, 1'000'000);
  far_->Fail(1);
  bool failed = false;
  std::string out(1'000'000, '\0');
  for (uint64_t at = 2'000'000; at < kSize; at += 1'000'000) {
    failed |= !reader->ReadAt(at, out.data(), out.size()).ok();
  }
  EXPECT_TRUE(failed);
  for (uint64_t at = 0; at < kSize; at += 1'000'000) Expect(*reader, at, 1'000'000);
}

TEST_F(ReadAheadTest, ManyThreadsMayReadAtOnce) {
  const auto reader = Open();
  std::vector<std::thread> threads;
  for (uint64_t begin : {0, 5'000'000, 10'000'000}) {
    threads.emplace_back([&, begin] {
      for (uint64_t at = begin; at < begin + 5'000'000; at += 500'000) Expect(*reader, at, 500'000);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ReadAheadTest, MayBeDroppedWhileItFetches) {
  const auto reader = Open();
  Expect(*reader, 0, 1'000'000);
  Expect(*reader, 1'000'000, 1'000'000);
}

}  // namespace
}  // namespace datahaul
