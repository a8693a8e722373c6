#include "model/digest.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

constexpr uint64_t kMost = UINT64_MAX;

TEST(Hash128Test, AddsModulo2To128) {
  const struct {
    Hash128 a, b, sum;
  } kCases[] = {
      {{0, 0}, {0, 0}, {0, 0}},
      {{1, 2}, {3, 4}, {4, 6}},
      {{kMost, 0}, {1, 0}, {0, 1}},      // carries
      {{kMost, kMost}, {1, 0}, {0, 0}},  // wraps
      {{kMost, kMost}, {kMost, kMost}, {kMost - 1, kMost}},
      {{0, 1ull << 63}, {0, 1ull << 63}, {0, 0}},
  };
  for (const auto& [a, b, sum] : kCases) {
    Hash128 left = a, right = b;
    EXPECT_EQ(left += b, sum);
    EXPECT_EQ(right += a, sum);
  }
}

TEST(Hash128Test, OrdersAsANumber) {
  const std::vector<Hash128> ascending = {{0, 0}, {1, 0}, {kMost, 0}, {0, 1}, {1, 1}, {0, 1ull << 63}, {kMost, kMost}};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(ascending[i] < ascending[j], i < j);
      EXPECT_EQ(ascending[i] == ascending[j], i == j);
    }
  }
}

TEST(Hash128Test, Hex) {
  EXPECT_EQ((Hash128{0x0123456789abcdefu, 0xfedcba9876543210u}).ToHex(), "fedcba98765432100123456789abcdef");
  EXPECT_EQ(Hash128().ToHex(), std::string(32, '0'));
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const Hash128 hash{random.Next(), random.Next()};
    ASSERT_EQ(Hash128::FromHex(hash.ToHex()), hash);
  }
}

TEST(Hash128Test, OnlyThirtyTwoLowerCaseDigitsAreRead) {
  const std::string good = "fedcba98765432100123456789abcdef";
  EXPECT_TRUE(Hash128::FromHex(good).has_value());
  for (const std::string& bad : {std::string(), good.substr(1), good.substr(2), good + "0", good + "00",
                                 "F" + good.substr(1), "g" + good.substr(1)}) {
    EXPECT_EQ(Hash128::FromHex(bad), std::nullopt) << bad;
  }
}

TEST(KindDigestTest, TheOrderDoesNotCountButEveryRecordDoes) {
  Random random(2);
  std::vector<Hash128> hashes(100);
  for (Hash128& hash : hashes) hash = {random.Next(), random.Next()};
  KindDigest forward, backward, part, rest;
  for (size_t i = 0; i < hashes.size(); ++i) {
    forward.Add(hashes[i]);
    backward.Add(hashes[hashes.size() - 1 - i]);
    (i % 3 == 0 ? part : rest).Add(hashes[i]);
  }
  EXPECT_EQ(forward, backward);
  EXPECT_EQ(part += rest, forward);
  EXPECT_EQ(forward.records, 100u);
  for (const Hash128& hash : hashes) {
    KindDigest twice = forward;
    twice.Add(hash);
    EXPECT_NE(twice, forward);
  }
  KindDigest zero;  // a record whose hash is 0 counts too
  zero.Add({});
  EXPECT_NE(zero, KindDigest());
}

KindDigest One(uint64_t hash) {
  KindDigest digest;
  digest.Add({hash, 0});
  return digest;
}

TEST(DigestsTest, AddToJoinsByNamespaceAndKind) {
  Digests sum = {{{"", "a"}, One(1)}, {{"n", "a"}, One(2)}};
  AddTo(sum, {{{"", "a"}, One(10)}, {{"", "b"}, One(20)}});
  const Digests expected = {{{"", "a"}, {2, {11, 0}}}, {{"", "b"}, {1, {20, 0}}}, {{"n", "a"}, {1, {2, 0}}}};
  EXPECT_EQ(sum, expected);
  AddTo(sum, {});
  EXPECT_EQ(sum, expected);
  Digests none;
  AddTo(none, expected);
  EXPECT_EQ(none, expected);
}

// A digest's parts come from slices in any order: whatever the order, the sum is one.
TEST(DigestsTest, TheOrderOfAddingDoesNotCount) {
  Random random(3);
  Digests parts[5];
  for (Digests& part : parts) {
    for (int i = 0; i < 4; ++i)
      part[{"", std::string(1, static_cast<char>('a' + random.Below(3)))}].Add({random.Next(), random.Next()});
  }
  Digests forward, backward;
  for (int i = 0; i < 5; ++i) {
    AddTo(forward, parts[i]);
    AddTo(backward, parts[4 - i]);
  }
  EXPECT_EQ(forward, backward);
}

TEST(KindNameTest, OrdersByNamespaceFirst) {
  EXPECT_LT((KindName{"", "z"}), (KindName{"a", "a"}));
  EXPECT_LT((KindName{"a", "a"}), (KindName{"a", "b"}));
  EXPECT_EQ((KindName{"a", "b"}), (KindName{"a", "b"}));
}

}  // namespace
}  // namespace datahaul
