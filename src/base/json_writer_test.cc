#include "base/json_writer.h"

#include <string>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(JsonWriter, Nests) {
  JsonWriter json;
  json.BeginObject().Field("a", 1).Key("b").BeginArray().Value(true).Null().BeginObject().EndObject().EndArray();
  json.Field("c", "d").Key("e").Raw("[1]").EndObject();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[true,null,{}],"c":"d","e":[1]})");
}

TEST(JsonWriter, Numbers) {
  JsonWriter json;
  json.BeginArray().Value(uint64_t{18446744073709551615u}).Value(-5).Value(0.5).Value(3.0).Value(1e6).EndArray();
  EXPECT_EQ(json.text(), "[18446744073709551615,-5,0.5,3,1000000]");
}

TEST(JsonWriter, EscapesAndStaysUtf8) {
  JsonWriter json;
  json.BeginArray().Value("\"\\\n\x01").Value("é").Value("\xff").EndArray();
  EXPECT_EQ(json.text(), "[\"\\\"\\\\\\u000a\\u0001\",\"é\",\"\xEF\xBF\xBD\"]");
}

}  // namespace
}  // namespace datahaul
