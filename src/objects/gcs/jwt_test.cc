#include "objects/gcs/jwt.h"

#include <string>

#include "gtest/gtest.h"

#include "testing/rsa_key.h"

namespace datahaul {
namespace {

// The last part is what `openssl dgst -sha256 -sign` makes of the others.
TEST(Jwt, IsWhatOpensslSigns) {
  const JwtClaims claims{"k1", "me@project.iam.gserviceaccount.com", "https://scope", "https://token",
                         1'700'000'000'000'000};
  const auto jwt = SignedJwt(claims, kRsaKey);
  ASSERT_TRUE(jwt.ok()) << jwt.status();
  EXPECT_EQ(*jwt,
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJpc3MiOiJtZUBwcm9qZWN0LmlhbS5nc2VydmljZWFjY291"
            "bnQuY29tIiwic2NvcGUiOiJodHRwczovL3Njb3BlIiwiYXVkIjoiaHR0cHM6Ly90b2tlbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhw"
            "IjoxNzAwMDAzNjAwfQ.WIGTpFgpSBgv4XLwNaldmU9hn3Dn9AEEEEDS3eZTkf4l3tezdjbs5MKG9r8KMXKC3AV5ncR2XiAqxs5j2"
            "qtKteg9sls5fiktMPRIb3kfIbTH9G-2wsL1FY8toEbKhywx8ebf9e5gGtBY3hA06_xoSj_SOJ1VV0CYai5NN5YZsKg");
}

TEST(Jwt, WantsAKey) { EXPECT_FALSE(SignedJwt({}, "").ok()); }

}  // namespace
}  // namespace datahaul
