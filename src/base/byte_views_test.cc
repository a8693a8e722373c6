#include "base/byte_views.h"

#include <vector>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(ByteViewsTest, AreTextOrAListOfTexts) {
  std::string scratch;
  EXPECT_EQ(ByteViews().size(), 0u);
  EXPECT_EQ(std::string(ByteViews()), "");
  const std::string text = "abc";
  EXPECT_EQ(ByteViews(text).In(&scratch).data(), text.data()) << "it is in one place already";
  EXPECT_EQ(std::string(ByteViews("literal")), "literal");
  const std::vector<std::string_view> several = {"a", "", "bc"};
  const ByteViews views(several);
  EXPECT_EQ(views.size(), 3u);
  EXPECT_FALSE(views.empty());
  EXPECT_EQ(views.In(&scratch), "abc");
  EXPECT_EQ(views.views().size(), 3u);
  const std::vector<std::string_view> empty = {"", ""}, none;
  EXPECT_TRUE(ByteViews(empty).empty());
  EXPECT_EQ(ByteViews(none).In(&scratch), "");
}

}  // namespace
}  // namespace datahaul
