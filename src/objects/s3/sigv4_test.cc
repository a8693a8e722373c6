#include "objects/s3/sigv4.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/text.h"
#include "http/url.h"

namespace datahaul {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kEmptyHash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Micros At(int year, int month, int day, int hour = 0, int minute = 0) {
  return absl::ToUnixMicros(absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute, 0), absl::UTCTimeZone()));
}

// The worked examples of Amazon's S3 reference, "Signature Calculations for the Authorization Header".
std::string SignS3(SigV4Request request) {
  request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-date", "20130524T000000Z");
  request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
  return *SigV4Authorization("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", At(2013, 5, 24),
                             {"us-east-1", "s3"}, request);
}

TEST(SigV4, S3ExampleOfARange) {
  EXPECT_EQ(SignS3({"GET", "/test.txt", "", {{"Range", "bytes=0-9"}}, kEmptyHash}),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, S3ExampleOfABody) {
  EXPECT_THAT(SignS3({"PUT",
                      "/" + PercentEncode("test$file.text", "/"),
                      "",
                      {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                      "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}),
              EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SigV4, S3ExamplesOfQueries) {
  EXPECT_THAT(SignS3({"GET", "/", EncodeQuery({{"lifecycle", ""}}), {}, kEmptyHash}),
              EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_THAT(SignS3({"GET", "/", EncodeQuery({{"prefix", "J"}, {"max-keys", "2"}}), {}, kEmptyHash}),
              EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

// Of Amazon's test suite for Signature Version 4.
std::string SignOfSuite(HttpHeaders headers) {
  headers.emplace_back("host", "example.amazonaws.com");
  headers.emplace_back("x-amz-date", "20150830T123600Z");
  return *SigV4Authorization("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", At(2015, 8, 30, 12, 36),
                             {"us-east-1", "service"}, {"GET", "/", "", std::move(headers), kEmptyHash});
}

TEST(SigV4, SuiteOfAmazon) {
  EXPECT_THAT(SignOfSuite({}), EndsWith("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
  EXPECT_THAT(SignOfSuite({{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}),
              EndsWith("Signature=c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"));
}

TEST(SigV4, SpacesInHeadersAreCollapsed) {
  EXPECT_EQ(SignOfSuite({{"my-header1", "  a   b "}}), SignOfSuite({{"my-header1", "a b"}}));
  EXPECT_THAT(SignOfSuite({{"A", "1"}}), HasSubstr("SignedHeaders=a;host;x-amz-date, "));
}

TEST(SigV4, Times) { EXPECT_EQ(SigV4Time(At(2013, 5, 24, 3, 7)), "20130524T030700Z"); }

}  // namespace
}  // namespace datahaul
