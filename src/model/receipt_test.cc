#include "model/receipt.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/random.h"
#include "io/checksum.h"

namespace datahaul {
namespace {

using testing::ElementsAre;

// An extent that holds `bytes` at `offset`, one record of kind "k".
Extent Of(std::string object, uint64_t offset, std::string_view bytes) {
  Extent extent;
  extent.object = std::move(object);
  extent.kind = "k";
  extent.offset = offset;
  extent.length = bytes.size();
  extent.records = 1;
  extent.crc32c = Crc32c(bytes);
  return extent;
}

std::vector<Extent> Joined(const std::vector<Extent>& all) {
  std::vector<Extent> extents;
  for (const Extent& extent : all) JoinExtent(extents, extent);
  return extents;
}

TEST(JoinExtentTest, BytesThatAdjoinBecomeOneExtentWithTheWholeChecksum) {
  Extent whole = Of("o", 100, "hello, world");
  whole.records = 3;
  EXPECT_THAT(Joined({Of("o", 100, "hello"), Of("o", 105, ", "), Of("o", 107, "world")}), ElementsAre(whole));
}

TEST(JoinExtentTest, GapsOverlapsAndOtherObjectsStayApart) {
  const Extent first = Of("o", 0, "hello");
  for (const Extent& next : {Of("o", 6, "x"), Of("o", 4, "x"), Of("o", 0, "x"), Of("p", 5, "x"), Of("", 5, "x")}) {
    EXPECT_THAT(Joined({first, next}), ElementsAre(first, next));
  }
  // Only the last extent is looked at.
  EXPECT_THAT(Joined({first, Of("p", 0, "x"), Of("o", 5, "y")}), ElementsAre(first, Of("p", 0, "x"), Of("o", 5, "y")));
}

TEST(JoinExtentTest, SeveralKindsAreMixedAndThenHaveNoName) {
  Extent a = Of("o", 0, "a"), b = Of("o", 1, "b"), c = Of("o", 2, "c"), other_ns = Of("o", 1, "n");
  b.kind = "other";
  other_ns.ns = "n";
  std::vector<Extent> extents = Joined({a, b});
  ASSERT_EQ(extents.size(), 1u);
  EXPECT_TRUE(extents[0].mixed);
  EXPECT_EQ(extents[0].kind, "");
  EXPECT_EQ(extents[0].ns, "");

  extents = Joined({a, b, c});  // once mixed, always mixed
  ASSERT_EQ(extents.size(), 1u);
  EXPECT_TRUE(extents[0].mixed);
  EXPECT_EQ(extents[0].kind, "");
  EXPECT_EQ(extents[0].records, 3u);
  EXPECT_EQ(extents[0].crc32c, Crc32c("abc"));

  extents = Joined({a, other_ns});
  ASSERT_EQ(extents.size(), 1u);
  EXPECT_TRUE(extents[0].mixed);

  Extent mixed = Of("o", 1, "m");
  mixed.mixed = true;
  mixed.kind = "";
  extents = Joined({a, mixed});
  ASSERT_EQ(extents.size(), 1u);
  EXPECT_TRUE(extents[0].mixed);
  EXPECT_EQ(extents[0].kind, "");
}

TEST(JoinExtentTest, AnyCutOfAnObjectJoinsToTheSame) {
  Random random(1);
  std::string bytes(5000, '\0');
  for (char& c : bytes) c = static_cast<char>(random.Next());
  for (int i = 0; i < 100; ++i) {
    std::vector<Extent> extents;
    uint64_t pieces = 0;
    for (size_t at = 0; at < bytes.size(); ++pieces) {
      const size_t size = 1 + random.Below(std::min<size_t>(bytes.size() - at, 500));
      JoinExtent(extents, Of("o", at, std::string_view(bytes).substr(at, size)));
      at += size;
    }
    Extent whole = Of("o", 0, bytes);
    whole.records = pieces;
    ASSERT_THAT(extents, ElementsAre(whole));
  }
}

TEST(CountersTest, Add) {
  Counters sum, more;
  sum.kinds[{"", "a"}] = {10, 6, 3, 1};
  sum.named["bytes_in"] = 5;
  more.kinds[{"", "a"}] = {1, 1, 0, 0};
  more.kinds[{"n", "a"}] = {2, 0, 2, 0};
  more.named["bytes_in"] = 7;
  more.named["lost_ranges"] = 1;
  AddTo(sum, more);
  EXPECT_EQ(sum.kinds, (std::map<KindName, Tally>{{{"", "a"}, {11, 7, 3, 1}}, {{"n", "a"}, {2, 0, 2, 0}}}));
  EXPECT_EQ(sum.named, (std::map<std::string, uint64_t>{{"bytes_in", 12}, {"lost_ranges", 1}}));
  EXPECT_EQ(sum.Total(), (Tally{13, 7, 5, 1}));
  EXPECT_EQ(Counters().Total(), Tally());
}

}  // namespace
}  // namespace datahaul
