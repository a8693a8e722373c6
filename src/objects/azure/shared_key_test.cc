#include "objects/azure/shared_key.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace datahaul {
namespace {

Micros At(int year, int month, int day, int hour, int minute, int second) {
  return absl::ToUnixMicros(
      absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute, second), absl::UTCTimeZone()));
}

TEST(SharedKey, Dates) { EXPECT_EQ(HttpDate(At(2015, 6, 26, 23, 39, 12)), "Fri, 26 Jun 2015 23:39:12 GMT"); }

// The worked example of Microsoft's "Authorize with Shared Key".
TEST(SharedKey, ExampleOfMicrosoft) {
  const QueryParameters query = {{"restype", "container"}, {"comp", "metadata"}, {"timeout", "20"}};
  const HttpHeaders headers = {{"x-ms-version", "2015-02-21"}, {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}};
  EXPECT_EQ(SharedKeyText("myaccount", {"GET", "/mycontainer", query, headers}),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
            "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
}

TEST(SharedKey, EveryHeaderHasItsPlace) {
  const HttpHeaders headers = {{"If-None-Match", "n"}, {"Range", "r"},        {"x-ms-b", "2"},          {"X-MS-A", "1"},
                               {"If-Match", "m"},      {"Content-Type", "t"}, {"Authorization", "none"}};
  EXPECT_EQ(SharedKeyText("a", {"PUT", "/a/c/k%20x", {{"Comp", "block"}}, headers, 12}),
            "PUT\n\n\n12\n\nt\n\n\nm\nn\n\nr\nx-ms-a:1\nx-ms-b:2\n/a/a/c/k%20x\ncomp:block");
}

// By another implementation (Python's hmac).
TEST(SharedKey, Signs) {
  const HttpHeaders headers = {{"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}};
  EXPECT_EQ(*SharedKeyAuthorization("account", "key", {"GET", "/c", {}, headers}),
            "SharedKey account:rFSy3SpX0ciQplkKQvQd3DfiUg977o3acgyPrOah8C4=");
  EXPECT_EQ(*ReadSas("account", "key", "c", "a b", At(2026, 1, 2, 3, 4, 5)),
            "se=2026-01-02T03%3A04%3A05Z&sig=2uoyIvj1OyXh8CH5TNXzPlffo8laFAWclI%2BqsFhPFZg%3D&sp=r&sr=b&sv=2020-12-06");
}

}  // namespace
}  // namespace datahaul
