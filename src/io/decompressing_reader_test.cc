#include "io/decompressing_reader.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/random.h"
#include "io/memory_reader.h"

namespace datahaul {
namespace {

std::string TextOf(size_t size, uint64_t seed) {
  Random random(seed);
  std::string text;
  while (text.size() < size) absl::StrAppend(&text, "line ", random.Below(100'000), "\n");
  text.resize(size);
  return text;
}

std::string Compressed(Compression compression, const std::vector<std::string>& members) {
  ByteBuffer out;
  for (const std::string& member : members) {
    EXPECT_TRUE(CompressMember(compression, kDefaultLevel, member, &out).ok());
  }
  return std::string(out.view());
}

// Everything, read forward in steps.
absl::StatusOr<std::string> ReadAll(const ByteReader& reader, size_t step) {
  std::string all, part(step, '\0');
  while (true) {
    auto n = reader.ReadAt(all.size(), part.data(), step);
    if (!n.ok()) return n.status();
    all.append(part, 0, *n);
    if (*n < step) return all;
  }
}

absl::StatusOr<std::string> DecompressAll(Compression compression, std::string_view bytes, size_t step = 10'000) {
  const MemoryReader compressed("memory://x", bytes);
  auto reader = NewDecompressingReader(&compressed, compression);
  if (!reader.ok()) return reader.status();
  return ReadAll(**reader, step);
}

class DecompressingReaderTest : public testing::TestWithParam<Compression> {};

TEST_P(DecompressingReaderTest, ReadsMembersThatFollowEachOther) {
  const std::vector<std::string> members = {TextOf(300'000, 1), "", TextOf(5, 2), TextOf(700'000, 3)};
  const std::string bytes = Compressed(GetParam(), members);
  const std::string expected = absl::StrCat(members[0], members[2], members[3]);
  for (const size_t step : {size_t{1} << 9, size_t{100'000}, size_t{4} << 20}) {
    EXPECT_EQ(*DecompressAll(GetParam(), bytes, step), expected);
  }
}

TEST_P(DecompressingReaderTest, KnowsItsSizeOnceTheEndWasSeen) {
  const std::string text = TextOf(500'000, 1);
  const std::string bytes = Compressed(GetParam(), {text});
  const MemoryReader compressed("memory://x", bytes);
  auto reader = *NewDecompressingReader(&compressed, GetParam());
  EXPECT_EQ(reader->size(), kUnknownSize);
  EXPECT_EQ(reader->uri(), "memory://x");
  char byte;
  EXPECT_EQ(*reader->ReadAt(text.size() - 1, &byte, 1), 1u);
  EXPECT_EQ(byte, text.back());
  EXPECT_EQ(*reader->ReadAt(text.size(), &byte, 1), 0u);
  EXPECT_EQ(reader->size(), text.size());
  EXPECT_EQ(*reader->ReadAt(text.size() + 100, &byte, 1), 0u);
  EXPECT_EQ(*reader->ReadAt(0, &byte, 1), 1u);
  EXPECT_EQ(byte, text.front());
  EXPECT_EQ(reader->size(), text.size());
}

TEST_P(DecompressingReaderTest, ReadsAnywhere) {
  const std::string text = TextOf(900'000, 7);
  const std::string bytes = Compressed(GetParam(), {text.substr(0, 400'000), text.substr(400'000)});
  const MemoryReader compressed("memory://x", bytes);
  auto reader = *NewDecompressingReader(&compressed, GetParam());
  Random random(3);
  std::string part(1000, '\0');
  for (int i = 0; i < 200; ++i) {
    const size_t offset = random.Below(text.size() + 10);
    const size_t n = *reader->ReadAt(offset, part.data(), part.size());
    ASSERT_EQ(part.substr(0, n), offset < text.size() ? text.substr(offset, part.size()) : "");
  }
}

TEST_P(DecompressingReaderTest, NoBytesAreNoMembers) { EXPECT_EQ(*DecompressAll(GetParam(), ""), ""); }

TEST_P(DecompressingReaderTest, CutAnywhereIsAnError) {
  const std::string first = TextOf(500, 1), second = TextOf(700, 2);
  const std::string bytes = Compressed(GetParam(), {first, second});
  const size_t boundary = Compressed(GetParam(), {first}).size();
  for (size_t size = 1; size < bytes.size(); ++size) {
    const auto text = DecompressAll(GetParam(), std::string_view(bytes).substr(0, size));
    if (size == boundary) {  // whole members: only a manifest can tell that one is missing
      EXPECT_EQ(*text, first);
      continue;
    }
    ASSERT_EQ(text.status().code(), absl::StatusCode::kDataLoss) << size;
    EXPECT_TRUE(absl::StartsWith(text.status().message(),
                                 absl::StrCat("decompressing memory://x at compressed byte ", size, ": expected an ")))
        << text.status();
  }
}

TEST_P(DecompressingReaderTest, AChangedByteIsAnErrorOrChangesNothing) {
  const std::string text = TextOf(2'000, 1);
  const std::string bytes = Compressed(GetParam(), {text.substr(0, 900), text.substr(900)});
  for (const int mask : {0x01, 0x80, 0xff}) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ mask);
      const auto result = DecompressAll(GetParam(), damaged);
      if (result.ok()) {
        ASSERT_EQ(*result, text) << i;
      } else {
        ASSERT_EQ(result.status().code(), absl::StatusCode::kDataLoss) << i;
      }
    }
  }
}

TEST_P(DecompressingReaderTest, AnythingBehindTheLastMemberIsAnError) {
  for (const std::string_view garbage : {std::string_view("x"), std::string_view("\0\0\0\0\0\0\0\0", 8)}) {
    const std::string bytes = Compressed(GetParam(), {TextOf(100, 1)}) + std::string(garbage);
    EXPECT_EQ(DecompressAll(GetParam(), bytes).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST_P(DecompressingReaderTest, DamageStaysAndWhatLiesBeforeItCanBeReadAgain) {
  const std::string text = TextOf(600'000, 1);
  std::string bytes = Compressed(GetParam(), {text.substr(0, 500'000), text.substr(500'000)});
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const MemoryReader compressed("memory://x", bytes);
  auto reader = *NewDecompressingReader(&compressed, GetParam());
  const absl::Status damage = ReadAll(*reader, 4096).status();
  ASSERT_EQ(damage.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(reader->size(), kUnknownSize);
  char byte;
  EXPECT_EQ(reader->ReadAt(text.size(), &byte, 1).status(), damage);
  EXPECT_EQ(*reader->ReadAt(17, &byte, 1), 1u);
  EXPECT_EQ(byte, text[17]);
  EXPECT_EQ(ReadAll(*reader, 4096).status(), damage);
}

INSTANTIATE_TEST_SUITE_P(Both, DecompressingReaderTest, testing::Values(Compression::kGzip, Compression::kZstd),
                         [](const auto& param) { return std::string(CompressionName(param.param)); });

TEST(DecompressingReaderRefusalTest, NoneIsNotACompression) {
  const MemoryReader plain("memory://x", "text");
  EXPECT_EQ(NewDecompressingReader(&plain, Compression::kNone).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace datahaul
