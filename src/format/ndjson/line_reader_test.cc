#include "format/ndjson/line_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "io/memory_reader.h"

namespace datahaul {
namespace {

struct Piece {
  uint64_t offset;
  std::string lines;
};

std::vector<Piece> Pieces(const std::string& text, uint64_t begin, uint64_t end, uint64_t chunk) {
  const MemoryReader reader("memory://x", text);
  LineReader lines(&reader, begin, end, chunk);
  std::vector<Piece> pieces;
  ByteBuffer buffer;
  while (true) {
    EXPECT_TRUE(lines.Next(&buffer).ok());
    if (buffer.empty()) return pieces;
    pieces.push_back({lines.offset(), std::string(buffer.view())});
  }
}

std::string Joined(const std::vector<Piece>& pieces) {
  std::string all;
  for (const Piece& piece : pieces) all += piece.lines;
  return all;
}

// The lines that begin in [begin, end), found the plain way.
std::string LinesOf(const std::string& text, size_t begin, size_t end) {
  std::string lines;
  for (size_t line = 0; line < text.size();) {
    const size_t next = std::min(text.find('\n', line), text.size() - 1) + 1;
    if (line >= begin && line < end) lines += text.substr(line, next - line);
    line = next;
  }
  return lines;
}

TEST(LineReaderTest, EveryRangeHasTheLinesThatBeginInIt) {
  for (const std::string text :
       {"", "\n", "a", "one\n", "\n\nthree\nfour four\n\nsix", "a longer first line\nb\nc\n"}) {
    for (size_t begin = 0; begin <= text.size() + 1; ++begin) {
      for (size_t end = begin; end <= text.size() + 2; ++end) {
        for (const uint64_t chunk : {1, 2, 3, 7, 1000}) {
          ASSERT_EQ(Joined(Pieces(text, begin, end, chunk)), LinesOf(text, begin, end))
              << testing::PrintToString(text) << " [" << begin << ", " << end << ") by " << chunk;
        }
      }
    }
  }
}

TEST(LineReaderTest, PiecesAreWholeLinesAndSayWhereTheyBegin) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += std::string(static_cast<size_t>(i) % 37, 'x') + "\n";
  text += "no end";
  for (const uint64_t chunk : {1, 10, 100, 1000, 100'000}) {
    uint64_t offset = 0;
    for (const Piece& piece : Pieces(text, 0, std::numeric_limits<uint64_t>::max(), chunk)) {
      ASSERT_EQ(piece.offset, offset);
      offset += piece.lines.size();
      ASSERT_TRUE(piece.lines.back() == '\n' || offset == text.size());
    }
    EXPECT_EQ(offset, text.size());
  }
}

TEST(LineReaderTest, ZeroBytesFollowTheLines) {
  const std::string text = "first\n{\"second\"";
  const MemoryReader reader("memory://x", text);
  LineReader lines(&reader, 0, 3, 1000);
  ByteBuffer buffer;
  ASSERT_TRUE(lines.Next(&buffer).ok());
  ASSERT_EQ(buffer.view(), "first\n");
  EXPECT_TRUE(std::all_of(buffer.end(), buffer.end() + kSlack, [](char c) { return c == 0; }));
}

// An endless line.
class EndlessReader final : public ByteReader {
 public:
  absl::StatusOr<size_t> ReadAt(uint64_t, char* out, size_t size) const override {
    std::memset(out, 'x', size);
    return size;
  }
  uint64_t size() const override { return std::numeric_limits<uint64_t>::max(); }
  const std::string& uri() const override { return uri_; }

 private:
  std::string uri_ = "memory://endless";
};

TEST(LineReaderTest, AnEndlessLineIsAnError) {
  const EndlessReader reader;
  LineReader lines(&reader, 0, 1000, 64 << 10);
  ByteBuffer buffer;
  EXPECT_EQ(lines.Next(&buffer).message(),
            "reading memory://endless at byte 0: expected lines of at most 67108864 bytes, found a longer one");
  EXPECT_LE(buffer.capacity(), 2 * LineReader::kLongestLine);
}

}  // namespace
}  // namespace datahaul
