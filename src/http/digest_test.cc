#include "http/digest.h"

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "testing/rsa_key.h"

namespace datahaul {
namespace {

TEST(Digest, Sha256OfPublishedExamples) {  // FIPS 180-4
  EXPECT_EQ(Hex(*Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(*Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, HmacSha256OfPublishedExamples) {  // RFC 4231
  EXPECT_EQ(Hex(*HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hex(*HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(Digest, RsaSha256AsOpensslSigns) {  // openssl dgst -sha256 -sign
  EXPECT_EQ(
      Hex(*RsaSha256(kRsaKey, "what is signed")),
      "1708f1289a1a5c20a31d2d96508864fc67a988c68bd6f3c36fe3f1e7164b98f0035865bec1314036d68c908649eb9b98dc5fd7d42a872de5"
      "36c0979fb3b916dfe42dc9f133b486456e167e1587c94944915036e2b0f1312cef1e7b868ac3d16cd6733d150ec717fbeacee090832ddf38"
      "5d368be993c24b4452e93f95a51745dd");
}

TEST(Digest, OnlyRsaKeysSign) {
  constexpr char kCurve[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoIiJARq6yYb05W0I
6MeO5C3n7VqIgLPvTHj1vwWBvJShRANCAAQsy6prCyBQwejF83q894xih3a3Afb5
88rbAdysqBKqcCsUmuo1e9l0x8e3LEnDGXwn3frvqur3VAkk5c+Kgwql
-----END PRIVATE KEY-----
)";
  for (const std::string& key : {std::string(), std::string("hush"), std::string(kCurve), std::string(kRsaKey, 400)}) {
    const absl::Status status = RsaSha256(key, "x").status();
    EXPECT_EQ(RetryOf(status), Retry::kHuman) << status;
    EXPECT_EQ(status.ToString().find("hush"), std::string::npos);
  }
}

}  // namespace
}  // namespace datahaul
