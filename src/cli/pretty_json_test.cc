#include "cli/pretty_json.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(PrettyJson, Indents) {
  EXPECT_EQ(PrettyJson(R"({"a":[1,{"b":"x,{}\"[\\"}],"c":{},"d":[]})"), R"({
  "a": [
    1,
    {
      "b": "x,{}\"[\\"
    }
  ],
  "c": {},
  "d": []
})");
  EXPECT_EQ(PrettyJson("{}"), "{}");
  EXPECT_EQ(PrettyJson("[1]"), "[\n  1\n]");
}

}  // namespace
}  // namespace datahaul
