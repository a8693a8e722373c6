#include "format/ndjson/plain_encoder.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "base/text.h"
#include "format/ndjson/format.h"
#include "io/memory_reader.h"

namespace datahaul {
namespace {

constexpr std::string_view kKey = R"({"database":"","namespace":"","path":[["a",1]]})";
constexpr std::string_view kPlainKey = R"({"__key__":{"namespace":"","kind":"a","id":1,"path":"a/1"})";

struct Encoded {
  std::string text;
  std::map<std::string, uint64_t> counters;
};

// A line of typed NDJSON, as plain NDJSON.
Encoded Plain(std::string_view typed) {
  const MemoryReader reader("memory://x", typed);
  auto decoder = *TypedNdjson().NewDecoder(&reader, {0, typed.size()}, 0, {});
  RecordBatch batch;
  EXPECT_TRUE(decoder->Read(&batch).ok());
  for (const Reject& reject : batch.rejects) ADD_FAILURE() << reject.reason;
  const auto encoder = PlainNdjson().NewEncoder({});
  ByteBuffer out;
  Hash128 hash;
  for (const Record& record : batch.records) EXPECT_TRUE(encoder->Append(record, &out, &hash).ok());
  Counters counters;
  encoder->AddCounters(&counters);
  return {std::string(out.view()), counters.named};
}

Encoded PlainProperties(std::string_view properties) {
  return Plain(StrCat(R"({"key":)", kKey, R"(,"properties":)", properties, "}"));
}

std::string Line(std::string_view properties) { return StrCat(kPlainKey, properties, "}\n"); }

void ExpectUncounted(std::string_view properties, std::string_view plain) {
  const Encoded encoded = PlainProperties(properties);
  EXPECT_EQ(encoded.text, Line(plain));
  EXPECT_TRUE(encoded.counters.empty());
}

TEST(PlainEncoderTest, TheKeyStandsFirst) {
  const auto key = [](std::string_view typed) {
    return Plain(StrCat(R"({"key":)", typed, R"(,"properties":{}})")).text;
  };
  EXPECT_EQ(key(R"({"database":"","namespace":"","path":[["users","ann"],["orders",5]]})"),
            "{\"__key__\":{\"namespace\":\"\",\"kind\":\"orders\",\"id\":5,\"path\":\"users/ann/orders/5\"}}\n");
  EXPECT_EQ(key(R"({"database":"db","namespace":"ns","path":[["größe","5"]]})"),
            "{\"__key__\":{\"database\":\"db\",\"namespace\":\"ns\",\"kind\":\"größe\",\"name\":\"5\","
            "\"path\":\"gr%C3%B6%C3%9Fe/\\\"5\\\"\"}}\n");
  EXPECT_EQ(key(R"({"database":"","namespace":"","path":[["a",null]]})"),
            "{\"__key__\":{\"namespace\":\"\",\"kind\":\"a\",\"path\":\"a\"}}\n");
}

TEST(PlainEncoderTest, PropertiesKeepTheirOrder) {
  ExpectUncounted(R"({"z":{"nullValue":null},"a":{"booleanValue":true},"m":{"booleanValue":false}})",
                  R"(,"z":null,"a":true,"m":false)");
}

TEST(PlainEncoderTest, Scalars) {
  ExpectUncounted(R"({"i":{"integerValue":"-9223372036854775808"},"d":{"doubleValue":5},"e":{"doubleValue":1e16},)"
                  R"("n":{"doubleValue":-0.0},"t":{"timestampValue":"2025-01-02T03:04:05.006789Z"}})",
                  R"(,"i":-9223372036854775808,"d":5.0,"e":1e+16,"n":-0.0,"t":"2025-01-02T03:04:05.006789Z")");
  ExpectUncounted(R"({"s":{"stringValue":"a\"\\\n\u0001größe"},"e":{"stringValue":""},"b":{"bytesValue":"AAH/"}})",
                  R"(,"s":"a\"\\\n\u0001größe","e":"","b":"AAH/")");
  ExpectUncounted(R"({"a":{"decimalValue":"1.50"},"b":{"dateValue":"2025-01-02"},"c":{"timeValue":"03:04:05"},)"
                  R"("d":{"uuidValue":"0-0"}})",
                  R"(,"a":"1.50","b":"2025-01-02","c":"03:04:05","d":"0-0")");
}

TEST(PlainEncoderTest, Compounds) {
  ExpectUncounted(R"({"g":{"geoPointValue":{"latitude":1.5,"longitude":-2}},"l":{"arrayValue":{"values":[]}},)"
                  R"("m":{"arrayValue":{"values":[{"integerValue":"1"},{"mapValue":{"fields":{"y":{"nullValue":null},)"
                  R"("x":{"stringValue":"s"}}}}]}},"e":{"mapValue":{"fields":{}}}})",
                  R"(,"g":{"latitude":1.5,"longitude":-2.0},"l":[],"m":[1,{"y":null,"x":"s"}],"e":{})");
  ExpectUncounted(R"({"u":{"userValue":{"user_id":"7","gaiaid":"-1","email":"e","nickname":""}},)"
                  R"("v":{"userValue":{"gaiaid":"5"}},"w":{"userValue":{}}})",
                  R"(,"u":{"email":"e","nickname":"","user_id":"7","gaiaid":-1},"v":{"gaiaid":5},"w":{})");
}

TEST(PlainEncoderTest, ReferencesArePaths) {
  ExpectUncounted(R"({"r":{"referenceValue":{"database":"","namespace":"","path":[["a","b c"]]}},)"
                  R"("s":{"referenceValue":{"database":"d","namespace":"n","path":[["a","7"],["b",7]]}}})",
                  R"(,"r":"a/b%20c","s":"//d/n/a/\"7\"/b/7")");
}

TEST(PlainEncoderTest, EmbeddedEntitiesKeepTheirKey) {
  ExpectUncounted(R"({"m":{"mapValue":{"fields":{"x":{"integerValue":"1"}},"key":)"
                  R"({"database":"","namespace":"","path":[["k",null]]}}},)"
                  R"("e":{"mapValue":{"fields":{},"key":{"database":"","namespace":"","path":[["k",2]]}}}})",
                  R"(,"m":{"__key__":{"namespace":"","kind":"k","path":"k"},"x":1})"
                  R"(,"e":{"__key__":{"namespace":"","kind":"k","id":2,"path":"k/2"}})");
}

TEST(PlainEncoderTest, DeletionsSaySo) {
  EXPECT_EQ(Plain(StrCat(R"({"key":)", kKey, R"(,"op":"delete"})")).text, Line(",\"__deleted__\":true"));
}

TEST(PlainEncoderTest, WhatJsonLacksIsCounted) {
  const Encoded encoded = PlainProperties(
      R"({"a":{"doubleValue":"NaN"},"b":{"doubleValue":"Infinity"},"c":{"geoPointValue":{"latitude":"-Infinity",)"
      R"("longitude":0}},"d":{"stringBytes":"/w=="},"e":{"timestampMicros":"-9223372036854775808"}})");
  EXPECT_EQ(encoded.text, Line(R"(,"a":null,"b":null,"c":{"latitude":null,"longitude":0.0},"d":"/w==")"
                               R"(,"e":"-9223372036854775808")"));
  EXPECT_EQ(encoded.counters,
            (std::map<std::string, uint64_t>{{"non_finite", 3}, {"invalid_utf8", 1}, {"timestamps_out_of_range", 1}}));
}

TEST(PlainEncoderTest, PropertiesThatLookLikeTheKeyAreRenamed) {
  const Encoded encoded =
      PlainProperties(R"({"__key__":{"nullValue":null},"__key___":{"nullValue":null},"__key__x":{"nullValue":null},)"
                      R"("m":{"mapValue":{"fields":{"__key__":{"nullValue":null}}}}})");
  EXPECT_EQ(encoded.text, Line(R"(,"__key___":null,"__key____":null,"__key__x":null,"m":{"__key___":null})"));
  EXPECT_EQ(encoded.counters, (std::map<std::string, uint64_t>{{"renamed_key_properties", 3}}));
}

TEST(PlainEncoderTest, WhatCannotBeExpressedIsCounted) {
  const Encoded encoded =
      Plain(StrCat(R"({"key":)", kKey, R"(,"properties":{"a":{"nullValue":null}},"unknown":"AAAA"})"));
  EXPECT_EQ(encoded.text, Line(",\"a\":null"));
  EXPECT_EQ(encoded.counters, (std::map<std::string, uint64_t>{{"not_expressible", 1}}));
}

TEST(PlainEncoderTest, LongStringsAreWrittenWhole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += i % 3 == 0 ? "größe" : i % 3 == 1 ? "\\\"" : "x";
  ExpectUncounted(StrCat(R"({"s":{"stringValue":")", text, "\"}}"), StrCat(",\"s\":\"", text, "\""));
}

}  // namespace
}  // namespace datahaul
