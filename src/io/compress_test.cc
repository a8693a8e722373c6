#include "io/compress.h"

#include <string>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/status.h"

namespace datahaul {
namespace {

TEST(CompressTest, NamesAndSuffixes) {
  EXPECT_EQ(ParseCompression("none"), Compression::kNone);
  EXPECT_EQ(ParseCompression("gzip"), Compression::kGzip);
  EXPECT_EQ(ParseCompression("zstd"), Compression::kZstd);
  EXPECT_EQ(ParseCompression("gz"), std::nullopt);
  EXPECT_EQ(CompressionName(Compression::kZstd), "zstd");
  EXPECT_EQ(CompressionSuffix(Compression::kGzip), ".gz");
  EXPECT_EQ(CompressionOfFile("users.ndjson.gz"), Compression::kGzip);
  EXPECT_EQ(CompressionOfFile("users.ndjson.zst"), Compression::kZstd);
  EXPECT_EQ(CompressionOfFile("users.ndjson"), Compression::kNone);
}

TEST(CompressTest, AppendsAndIsRepeatable) {
  const std::string text(100'000, 'x');
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    ByteBuffer once, twice;
    twice.Append("before");
    ASSERT_TRUE(CompressMember(compression, kDefaultLevel, text, &once).ok());
    ASSERT_TRUE(CompressMember(compression, 9, "something else in between", &twice).ok());
    const size_t middle = twice.size();
    ASSERT_TRUE(CompressMember(compression, kDefaultLevel, text, &twice).ok());
    EXPECT_EQ(twice.view().substr(0, 6), "before");
    EXPECT_EQ(twice.view().substr(middle), once.view());
    EXPECT_LT(once.size(), text.size() / 100);
  }
}

TEST(CompressTest, NoneIsTheInputItself) {
  ByteBuffer out;
  ASSERT_TRUE(CompressMember(Compression::kNone, kDefaultLevel, "as it is", &out).ok());
  EXPECT_EQ(out.view(), "as it is");
}

TEST(CompressTest, LevelsOutOfRangeAreRefused) {
  ByteBuffer out;
  EXPECT_EQ(CompressMember(Compression::kGzip, 13, "x", &out).message(),
            "compressing with gzip: expected a level from 1 to 12, found 13");
  EXPECT_EQ(CompressMember(Compression::kZstd, 20, "x", &out).message(),
            "compressing with zstd: expected a level from 1 to 19, found 20");
  EXPECT_EQ(CompressMember(Compression::kZstd, -1, "x", &out).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(out.empty());
}

TEST(CompressTest, BytesThatDoNotCompressStillFit) {
  std::string noise;
  Random random(1);
  while (noise.size() < 200'000) noise += static_cast<char>(random.Next());
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    ByteBuffer out;
    ASSERT_TRUE(CompressMember(compression, kDefaultLevel, noise, &out).ok());
    EXPECT_LT(out.size(), noise.size() + 1000);
  }
}

}  // namespace
}  // namespace datahaul
