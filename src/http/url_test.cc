#include "http/url.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(Url, EncodesAllButUnreservedBytes) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b+c/d%\xc3\xa4"), "a%20b%2Bc%2Fd%25%C3%A4");
  EXPECT_EQ(PercentEncode("a/b c", "/"), "a/b%20c");
  EXPECT_EQ(PercentEncode(std::string_view("\0\xff", 2)), "%00%FF");
}

TEST(Url, OrdersAQueryByEncodedNames) {
  EXPECT_EQ(EncodeQuery({}), "");
  EXPECT_EQ(EncodeQuery({{"uploads", ""}}), "uploads=");
  EXPECT_EQ(EncodeQuery({{"prefix", "a b"}, {"max-keys", "2"}, {"id-type", "x"}, {"id", "1"}}),
            "id=1&id-type=x&max-keys=2&prefix=a%20b");
}

TEST(Url, ShowsOnlyTheOrigin) {
  EXPECT_EQ(OriginOf("https://user:secret@host:8443/path?sig=secret"), "https://host:8443");
  EXPECT_EQ(OriginOf("http://host?x=@y"), "http://host");
  EXPECT_EQ(OriginOf("host/path"), "");
}

}  // namespace
}  // namespace datahaul
