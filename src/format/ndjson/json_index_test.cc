#include "format/ndjson/json_index.h"

#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/bytes.h"

namespace datahaul {
namespace {

// Every instruction set that this machine can run must find the same.
class JsonIndexTest : public testing::TestWithParam<const simdjson::implementation*> {
 protected:
  void SetUp() override { simdjson::get_active_implementation() = GetParam(); }
  void TearDown() override {
    simdjson::get_active_implementation() = simdjson::get_available_implementations().detect_best_supported();
  }

  std::string Tokens(std::string_view text) {
    ByteBuffer padded;
    padded.Append(text);
    EXPECT_TRUE(index_.Index(padded.view())) << index_.problem();
    std::string found;
    const uint32_t* token = index_.tokens();
    for (; *token < text.size(); ++token) found += text[*token];
    EXPECT_EQ(*token, text.size());
    return found;
  }

  std::string Problem(std::string_view text) {
    ByteBuffer padded;
    padded.Append(text);
    return index_.Index(padded.view()) ? "" : std::string(index_.problem());
  }

  JsonIndex index_;
};

TEST_P(JsonIndexTest, FindsWhereTokensBegin) {
  EXPECT_EQ(Tokens(R"({"a" : [1, -2.5e3 ,true],"b\"{":null})"), R"({":[1,-,t],":n})");
  EXPECT_EQ(Tokens("{}\n[]\n\"\""), "{}[]\"");
  EXPECT_EQ(Tokens(""), "");
  EXPECT_EQ(Tokens(" \t\r\n"), "");
}

TEST_P(JsonIndexTest, FindsTheSameAtEveryOffset) {
  for (size_t before = 0; before < 130; ++before) {
    EXPECT_EQ(Tokens(std::string(before, ' ') + R"({"größe\\":"东京","b":[]})"), R"({":",":[]})") << before;
  }
}

TEST_P(JsonIndexTest, NamesTheProblem) {
  EXPECT_EQ(Problem("{\"a\":\"\xff\"}"), "bytes that are not UTF-8");
  EXPECT_EQ(Problem("{\"a\":\"\xed\xa0\x80\"}"), "bytes that are not UTF-8");
  EXPECT_EQ(Problem("{\"a\":\"x\ny\"}"), "a control character in a string");
  EXPECT_EQ(Problem(std::string_view("{\"a\":\"\0\"}", 9)), "a control character in a string");
  EXPECT_EQ(Problem("{\"a\":\"x"), "a string without an end");
  EXPECT_EQ(*index_.tokens(), 0u);
}

TEST_P(JsonIndexTest, GrowsAndShrinksAgain) {
  const std::string large = "[" + std::string(3 << 20, ',') + "]";
  EXPECT_EQ(Tokens(large), large);
  EXPECT_EQ(Tokens("[]"), "[]");
}

std::vector<const simdjson::implementation*> Implementations() {
  std::vector<const simdjson::implementation*> runnable;
  for (const auto* implementation : simdjson::get_available_implementations()) {
    if (implementation->supported_by_runtime_system()) runnable.push_back(implementation);
  }
  return runnable;
}

INSTANTIATE_TEST_SUITE_P(All, JsonIndexTest, testing::ValuesIn(Implementations()),
                         [](const auto& param) { return param.param->name(); });

}  // namespace
}  // namespace datahaul
