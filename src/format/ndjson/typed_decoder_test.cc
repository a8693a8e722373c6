#include "format/ndjson/typed_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/text.h"
#include "format/ndjson/format.h"
#include "io/memory_reader.h"
#include "testing/format_suite.h"
#include "testing/sampling.h"

namespace datahaul {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kPrefix = R"({"key":{"database":"","namespace":"","path":[["a",1]]},"properties":)";

std::string RecordWith(std::string_view properties) { return StrCat(kPrefix, properties, "}"); }
std::string ValueLine(std::string_view value) { return RecordWith(StrCat(R"({"v":)", value, "}")); }

struct Decoded {
  std::vector<std::string> lines;  // the records, encoded again
  std::vector<Reject> rejects;
  uint64_t input_bytes = 0;

  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line;
    return all;
  }
};

Decoded DecodeRange(std::string_view text, ByteRange range, uint64_t resume, uint64_t batch_bytes = 256 << 10) {
  const MemoryReader reader("memory://x", text);
  DecodeOptions options;
  options.batch_bytes = batch_bytes;
  auto decoder = *TypedNdjson().NewDecoder(&reader, range, resume, options);
  const auto encoder = TypedNdjson().NewEncoder({.full_keys = text.find("\"app\"") != std::string_view::npos});
  Decoded decoded;
  RecordBatch batch;
  while (true) {
    EXPECT_TRUE(decoder->Read(&batch).ok());
    if (batch.input_bytes == 0) break;
    EXPECT_FALSE(batch.empty());
    for (const Record& record : batch.records) {
      ByteBuffer line;
      Hash128 hash;
      EXPECT_TRUE(encoder->Append(record, &line, &hash).ok());
      decoded.lines.emplace_back(line.view());
    }
    decoded.input_bytes += batch.input_bytes;
    std::move(batch.rejects.begin(), batch.rejects.end(), std::back_inserter(decoded.rejects));
  }
  EXPECT_TRUE(batch.empty());
  return decoded;
}

Decoded Decode(std::string_view text, uint64_t batch_bytes = 256 << 10) {
  return DecodeRange(text, {0, text.size()}, 0, batch_bytes);
}

// The one reason why `line` is no record, without the place that all reasons begin with.
std::string ReasonOf(const std::string& line) {
  const Decoded decoded = Decode(line);
  EXPECT_THAT(decoded.lines, IsEmpty()) << line;
  if (decoded.rejects.size() != 1) return StrCat(decoded.rejects.size(), " rejects");
  const Reject& reject = decoded.rejects[0];
  EXPECT_EQ(reject.bytes, line);
  EXPECT_EQ(reject.length, line.size());
  constexpr std::string_view kPlace = "reading memory://x at byte 0 (line beginning there";
  EXPECT_EQ(reject.reason.substr(0, kPlace.size()), kPlace);
  return reject.reason.substr(kPlace.size());
}

std::string ReasonOfValue(std::string_view value) { return ReasonOf(ValueLine(value)); }

// One of everything, canonical.
const char* const kEverything[] = {
    R"({"key":{"database":"","namespace":"","path":[["a",1]]},"properties":{}})",
    R"({"key":{"database":"db","namespace":"ns","path":[["users","ann"],["orders",-5],["x",null]]},"op":"delete"})",
    R"({"key":{"database":"","namespace":"","path":[["größe","\"\\\b\f\n\r\t\u0000\u001f/𝄞"]]},"properties":{"a\n":{"nullValue":null}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","u"]]},"properties":{"n":{"indexed":true,"meaning":15,"nullValue":null}},"unknown":"AAEC/w=="})",
    R"({"key":{"database":"","namespace":"","path":[["a","v"]]},"properties":{"b":{"booleanValue":true},"c":{"booleanValue":false,"indexed":true},"i":{"integerValue":"-9223372036854775808"},"j":{"indexed":true,"integerValue":"9223372036854775807","meaning":13}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","d"]]},"properties":{"a":{"doubleValue":5.0},"b":{"doubleValue":-0.0},"c":{"doubleValue":5e-324},"d":{"doubleValue":1.7976931348623157e+308},"e":{"doubleValue":"NaN"},"f":{"doubleValue":"Infinity"},"g":{"doubleValue":"-Infinity","indexed":true,"meaning":1}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","t"]]},"properties":{"a":{"timestampValue":"0001-01-01T00:00:00.000000Z"},"b":{"indexed":true,"meaning":0,"timestampMicros":"-9223372036854775808"},"c":{"timestampMicros":"253402300800000000"}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","s"]]},"properties":{"a":{"stringValue":""},"b":{"indexed":true,"stringValue":"x"},"c":{"meaning":15,"stringValue":"long"},"d":{"stringBytes":"/w=="},"e":{"bytesValue":""},"f":{"bytesValue":"AA==","indexed":true,"meaning":16}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","r"]]},"properties":{"p":{"geoPointValue":{"latitude":-1.5,"longitude":180.0},"meaning":0},"r":{"indexed":true,"referenceValue":{"database":"d","namespace":"n","path":[["k",null]]}}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","l"]]},"properties":{"a":{"arrayValue":{"values":[]}},"b":{"arrayValue":{"values":[{"nullValue":null},{"indexed":true,"integerValue":"1"},{"mapValue":{"fields":{"x":{"arrayValue":{"values":[{"stringValue":"deep"}]}}}}}]}}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","m"]]},"properties":{"a":{"mapValue":{"fields":{}}},"b":{"indexed":true,"mapValue":{"fields":{"x":{"stringValue":"y"}},"key":{"database":"","namespace":"","path":[["k",7]]}},"meaning":0}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","w"]]},"properties":{"a":{"userValue":{"auth_domain":"","email":"e","federated_identity":"i","federated_provider":"p","gaiaid":"-7","nickname":"n","user_id":"u"}},"b":{"indexed":true,"meaning":1,"userValue":{}}}})",
    R"({"key":{"database":"","namespace":"","path":[["a","q"]]},"properties":{"a":{"decimalValue":"1.50"},"b":{"dateValue":"2025-01-02"},"c":{"timeValue":"03:04:05"},"d":{"uuidValue":"00000000-0000-0000-0000-000000000000"}}})",
};

std::string Everything() {
  std::string text;
  for (const char* line : kEverything) text += StrCat(line, "\n");
  return text;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

INSTANTIATE_TEST_SUITE_P(TypedNdjson, FormatSuite,
                         testing::Values(FormatUnderTest{"typed-ndjson", &TypedNdjson(), &Everything, &Everything}));

// The suite's damage does not reach a line that is empty.
TEST(TypedDecoderTest, RejectsStayThemselvesHoweverSplit) {
  const std::string text = Everything() + "broken\n\n" + kEverything[0];
  const Decoded whole = Decode(text);
  EXPECT_THAT(whole.rejects, SizeIs(2));
  for (size_t split = 0; split <= text.size(); ++split) {
    const Decoded first = DecodeRange(text, {0, split}, 0, 512),
                  second = DecodeRange(text, {split, text.size()}, split);
    ASSERT_EQ(first.text() + second.text(), whole.text()) << split;
    ASSERT_EQ(first.rejects.size() + second.rejects.size(), whole.rejects.size());
    ASSERT_EQ(first.input_bytes + second.input_bytes, text.size());
  }
}

TEST(TypedDecoderTest, EverythingComesBackAsItWas) {
  for (const char* line : kEverything) {
    const Decoded decoded = Decode(line);
    EXPECT_EQ(decoded.text(), StrCat(line, "\n"));
    for (const Reject& reject : decoded.rejects) ADD_FAILURE() << reject.reason;
  }
  EXPECT_EQ(Decode(Everything()).text(), Everything());
}

TEST(TypedDecoderTest, OfALongRejectTheFirstMebibyteIsKept) {
  for (const size_t size : {Reject::kMostBytes, Reject::kMostBytes + 1, size_t{3'000'000}}) {
    std::string bad(size, 'x');
    bad.replace(0, 8, "{\"key\": ");
    const std::string text = StrCat(kEverything[0], "\n", bad, "\n", kEverything[1], "\n");
    const Decoded decoded = Decode(text);
    EXPECT_THAT(decoded.lines, SizeIs(2));
    ASSERT_THAT(decoded.rejects, SizeIs(1));
    const Reject& reject = decoded.rejects[0];
    EXPECT_EQ(reject.length, size);
    EXPECT_EQ(reject.bytes, bad.substr(0, Reject::kMostBytes));
    EXPECT_EQ(text.substr(reject.offset, reject.length), bad) << "the whole is found again";
    EXPECT_EQ(reject.cut(), size > Reject::kMostBytes);
    EXPECT_EQ(reject.reason.ends_with(StrCat("; only the first 1048576 of its ", size, " bytes are kept")),
              reject.cut());
  }
}

TEST(TypedDecoderTest, AppIdsComeBackToo) {
  const std::string line =
      R"({"key":{"app":"s~p","database":"","namespace":"","path":[["a",1]]},"properties":{"r":{"referenceValue":)"
      R"({"app":"s~q","database":"","namespace":"","path":[["b",2]]}}}})";
  EXPECT_EQ(Decode(line).text(), line + "\n");
}

TEST(TypedDecoderTest, TruthFilesComeBackAsTheyWere) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DATAHAUL_SOURCE_DIR "/testdata/truth")) {
    if (!entry.path().string().ends_with(".typed.ndjson")) continue;
    const std::string text = ReadFile(entry.path());
    const Decoded decoded = Decode(text, 64 << 10);
    EXPECT_EQ(decoded.text(), text) << entry.path();
    EXPECT_THAT(decoded.rejects, IsEmpty());
    ++files;
  }
  EXPECT_GT(files, 5);
}

TEST(TypedDecoderTest, AnObjectOfNoBytesHasNoRecords) { EXPECT_EQ(Decode("").input_bytes, 0u); }

TEST(TypedDecoderTest, MembersMayComeInAnyOrderAndSpellingWithWhiteSpaceAnywhere) {
  const std::string line =
      " { \"properties\" : { \"z\" : { \"indexed\" : false , \"doubleValue\" : 50e-1 } ,\t"
      "\"\\u0061\" : { \"timestampValue\" : \"2025-01-02T03:04:05.5000000Z\" , \"meaning\" : 7 } , "
      "\"m\" : { \"mapValue\" : { \"key\" : { \"path\" : [ [ \"k\" , -0 ] ] , \"namespace\" : \"\" , \"database\" : "
      "\"\" } , "
      "\"fields\" : { } } } , \"d\" : { \"doubleValue\" : 5 } , \"s\" : { \"stringValue\" : \"\\ud834\\udd1e\\/\" } , "
      "\"i\" : { \"integerValue\" : \"-0\" } } , "
      "\"key\" : { \"path\" : [ [ \"a\" , 1 ] ] , \"namespace\" : \"\" , \"database\" : \"\" } } \r\n";
  const Decoded decoded = Decode(line);
  EXPECT_THAT(decoded.rejects, IsEmpty());
  EXPECT_EQ(decoded.text(),
            RecordWith(R"({"a":{"timestampValue":"2025-01-02T03:04:05.500000Z"},"d":{"doubleValue":5.0},)"
                       R"("i":{"integerValue":"0"},"m":{"mapValue":{"fields":{},"key":{"database":"","namespace":"",)"
                       R"("path":[["k",0]]}}},"s":{"stringValue":"𝄞/"},"z":{"doubleValue":5.0}})") +
                "\n");
}

TEST(TypedDecoderTest, StoredOrderIsTheLines) {
  const std::string line = RecordWith(R"({"b":{"nullValue":null},"a":{"nullValue":null}})");
  const MemoryReader reader("memory://x", line);
  TypedDecoder decoder(&reader, 0, line.size(), {});
  RecordBatch batch;
  ASSERT_TRUE(decoder.Read(&batch).ok());
  ASSERT_EQ(batch.records.size(), 1u);
  const Map& map = batch.records[0].properties;
  ASSERT_EQ(map.size, 2u);
  EXPECT_EQ(map.fields[0].name, "b");
  EXPECT_EQ(map.fields[map.sorted[0]].name, "a");
}

TEST(TypedDecoderTest, DoublesAreTheNearest) {
  const std::vector<std::pair<const char*, double>> numbers = {{"0", 0.0},
                                                               {"1e0", 1.0},
                                                               {"0.1", 0.1},
                                                               {"100000000000000000000", 1e20},
                                                               {"-1.5E+2", -150.0},
                                                               {"1e-300", 1e-300},
                                                               {"2.2250738585072011e-308", 2.2250738585072011e-308},
                                                               {"9007199254740993", 9007199254740992.0},
                                                               {"0.30000000000000004", 0.1 + 0.2}};
  for (const auto& [text, value] : numbers) {
    const std::string line = ValueLine(StrCat(R"({"doubleValue":)", text, "}"));
    const MemoryReader reader("memory://x", line);
    TypedDecoder decoder(&reader, 0, line.size(), {});
    RecordBatch batch;
    ASSERT_TRUE(decoder.Read(&batch).ok());
    ASSERT_EQ(batch.records.size(), 1u) << text;
    EXPECT_EQ(batch.records[0].properties.fields[0].value.number, value) << text;
  }
}

TEST(TypedDecoderTest, ARejectSaysWhereAndWhat) {
  const std::string good = RecordWith("{}");
  const std::string bad =
      R"({"key":{"database":"","namespace":"shop","path":[["Order",7]]},"properties":{"address":{"mapValue":{"fields":)"
      R"({"zip":{"integerValue":"12a4"}}}}}})";
  const Decoded decoded = Decode(StrCat(good, "\n", bad, "\n", good, "\n"));
  EXPECT_THAT(decoded.lines, ElementsAre(good + "\n", good + "\n"));
  ASSERT_EQ(decoded.rejects.size(), 1u);
  const Reject& reject = decoded.rejects[0];
  EXPECT_EQ(reject.object, "memory://x");
  EXPECT_EQ(reject.offset, good.size() + 1);
  EXPECT_EQ(reject.length, bad.size());
  EXPECT_EQ(reject.bytes, bad);
  EXPECT_EQ(reject.kind, "Order");
  EXPECT_EQ(reject.ns, "shop");
  EXPECT_EQ(reject.reason,
            StrCat("reading memory://x at byte ", good.size() + 1,
                   " (line beginning there, field \"address.zip\"): expected an int64, as decimal digits "
                   "in a string, found \"12a4\""));
}

TEST(TypedDecoderTest, RecordsThatAreNone) {
  const std::string key = R"("key":{"database":"","namespace":"","path":[["a",1]]})";
  EXPECT_EQ(ReasonOf("null"), "): expected a record, found null");
  EXPECT_EQ(ReasonOf("[]"), "): expected a record, found [");
  EXPECT_EQ(ReasonOf("{}"), "): expected member \"key\", found none");
  EXPECT_EQ(ReasonOf(StrCat("{", key, "}")), "): expected member \"properties\", found none");
  EXPECT_EQ(ReasonOf(R"({"properties":{}})"), "): expected member \"key\", found none");
  EXPECT_EQ(ReasonOf(StrCat("{", key, R"(,"properties":{},"extra":1})")),
            "): expected a record's member (key, properties, op, unknown), found \"extra\"");
  EXPECT_EQ(ReasonOf(StrCat("{", key, ",", key, "}")), "): expected a member once, found \"key\"");
  EXPECT_EQ(ReasonOf(StrCat("{", key, R"(,"op":"put","properties":{}})")), "): expected \"delete\", found \"put\"");
  EXPECT_EQ(ReasonOf(StrCat("{", key, R"(,"op":"delete","properties":{}})")),
            "): expected the key alone in a deletion, found properties or unknown");
  EXPECT_EQ(ReasonOf(StrCat("{", key, R"(,"properties":{},"unknown":"A"})")),
            "): expected base64 with padding, found \"A\"");
  EXPECT_EQ(ReasonOf(StrCat("{", key, R"(,"properties":[]})")), "): expected an object of fields, found [");
}

TEST(TypedDecoderTest, KeysThatAreNone) {
  const auto reason = [](std::string_view key) { return ReasonOf(StrCat(R"({"key":)", key, R"(,"properties":{}})")); };
  EXPECT_EQ(reason("7"), "): expected a key, found 7");
  EXPECT_EQ(reason(R"({"namespace":"","path":[["a",1]]})"), "): expected member \"database\", found none");
  EXPECT_EQ(reason(R"({"database":"","path":[["a",1]]})"), "): expected member \"namespace\", found none");
  EXPECT_EQ(reason(R"({"database":"","namespace":""})"), "): expected member \"path\", found none");
  EXPECT_EQ(reason(R"({"database":"","namespace":"","path":[]})"),
            "): expected a key with at least one path element, found an empty path");
  EXPECT_EQ(reason(R"({"database":1})"), "): expected a string, found 1");
  EXPECT_EQ(reason(R"({"project":""})"),
            "): expected a key's member (app, database, namespace, path), found \"project\"");
  EXPECT_EQ(reason(R"({"path":{}})"), "): expected a key's path, found {");
  EXPECT_EQ(reason(R"({"path":["a"]})"),
            "): expected a path element: [kind, name], [kind, id] or [kind, null], found \"a\"");
  EXPECT_EQ(reason(R"({"path":[["a"]]})"), "): expected ',' and a name, an id or null, found ]");
  EXPECT_EQ(reason(R"({"path":[["a",1,2]]})"), "): expected ']' behind two members of a path element, found ,");
  for (const char* id : {"1.0", "1e0", "9223372036854775808", "-9223372036854775809", "01", "true", "{", "-", "+1"}) {
    EXPECT_EQ(reason(StrCat(R"({"path":[["a",)", id, "]]}")),
              StrCat("): expected a name, an int64 id or null, found ", id));
  }
  EXPECT_EQ(reason(R"({"path":[["a",nil]]})"), "): expected null, found nil");
}

TEST(TypedDecoderTest, ValuesThatAreNone) {
  const std::string field = ", field \"v\"): expected ";
  EXPECT_EQ(ReasonOfValue("5"), field + "a value, found 5");
  EXPECT_EQ(ReasonOfValue("{}"), field + "a value form, found none");
  EXPECT_EQ(ReasonOfValue(R"({"indexed":true})"), field + "a value form, found none");
  EXPECT_EQ(ReasonOfValue(R"({"floatValue":1})"), field + "a value form, indexed or meaning, found \"floatValue\"");
  EXPECT_EQ(ReasonOfValue(R"({"integerValue":"1","stringValue":"1"})"),
            field + "one value form, found \"stringValue\"");
  EXPECT_EQ(ReasonOfValue(R"({"stringValue":"1","stringValue":"1"})"), field + "one value form, found \"stringValue\"");
  EXPECT_EQ(ReasonOfValue(R"({"nullValue":null,"indexed":true,"indexed":true})"),
            field + "a member once, found \"indexed\"");
  EXPECT_EQ(ReasonOfValue(R"({"indexed":1,"nullValue":null})"), field + "true or false, found 1");
  EXPECT_EQ(ReasonOfValue(R"({"meaning":65536,"nullValue":null})"), field + "a meaning from 0 to 65535, found 65536");
  EXPECT_EQ(ReasonOfValue(R"({"meaning":"7","nullValue":null})"), field + "a meaning from 0 to 65535, found \"7\"");
  EXPECT_EQ(ReasonOfValue(R"({"nullValue":0})"), field + "null, found 0");
  EXPECT_EQ(ReasonOfValue(R"({"nullValue":nulll})"), field + "null, found nulll");
  EXPECT_EQ(ReasonOfValue(R"({"booleanValue":"true"})"), field + "true or false, found \"true\"");
  EXPECT_EQ(ReasonOfValue(R"({"stringValue":7})"), field + "a string, found 7");
  EXPECT_EQ(ReasonOfValue(R"({"arrayValue":{"values":[]},"indexed":true})"),
            field + "no \"indexed\" beside arrayValue, found it");
}

TEST(TypedDecoderTest, ScalarsOutOfRangeOrMalformed) {
  const std::string field = ", field \"v\"): expected ";
  for (const char* integer : {"", "-", "+1", "01", "-01", "1.0", "1e3", " 1", "1 ", "0x1", "9223372036854775808"}) {
    EXPECT_EQ(ReasonOfValue(StrCat(R"({"integerValue":")", integer, "\"}")),
              StrCat(field, "an int64, as decimal digits in a string, found \"", integer, "\""));
  }
  EXPECT_EQ(ReasonOfValue(R"({"integerValue":7})"), field + "an int64, as decimal digits in a string, found 7");
  for (const char* number :
       {"1e400", "-1e400", "1e-400", "01", "1.", ".5", "1e", "+1", "0x1", "NaN", "1.5.2", "1a", "-"}) {
    EXPECT_EQ(ReasonOfValue(StrCat(R"({"doubleValue":)", number, "}")),
              StrCat(field, "a number, \"NaN\", \"Infinity\" or \"-Infinity\", found ", number));
  }
  EXPECT_EQ(ReasonOfValue(R"({"doubleValue":"1.5"})"),
            field + "a number, \"NaN\", \"Infinity\" or \"-Infinity\", found \"1.5\"");
  EXPECT_EQ(ReasonOfValue(R"({"timestampValue":"2025-01-02T03:04:05.1234567Z"})"),
            field +
                "an RFC 3339 time in UTC, exact in microseconds (2025-01-02T03:04:05.000006Z), found "
                "\"2025-01-02T03:04:05.1234567Z\"");
  EXPECT_EQ(ReasonOfValue(R"({"timestampMicros":"1.5"})"),
            field + "an int64, as decimal digits in a string, found \"1.5\"");
  for (const char* base64 : {"A", "AA", "AAA", "AA=", "AB==", "AAB=", "AA==AA==", "A A=", "____"}) {
    for (const char* form : {"bytesValue", "stringBytes"}) {
      EXPECT_EQ(ReasonOfValue(StrCat("{\"", form, "\":\"", base64, "\"}")),
                StrCat(field, "base64 with padding, found \"", base64, "\""));
    }
  }
}

TEST(TypedDecoderTest, CompoundValuesThatAreNone) {
  const std::string field = ", field \"v\"): expected ";
  EXPECT_EQ(ReasonOfValue(R"({"geoPointValue":{"latitude":1.0}})"), field + "member \"longitude\", found none");
  EXPECT_EQ(ReasonOfValue(R"({"geoPointValue":{"longitude":1.0}})"), field + "member \"latitude\", found none");
  EXPECT_EQ(ReasonOfValue(R"({"geoPointValue":{"lat":1.0}})"), field + "latitude or longitude, found \"lat\"");
  EXPECT_EQ(ReasonOfValue(R"({"userValue":{"email":"a","email":"b"}})"), field + "a member once, found \"email\"");
  EXPECT_EQ(ReasonOfValue(R"({"userValue":{"gaiaid":1}})"), field + "an int64, as decimal digits in a string, found 1");
  EXPECT_EQ(ReasonOfValue(R"({"userValue":{"id":"1"}})"), field + "a user's member, found \"id\"");
  EXPECT_EQ(ReasonOfValue(R"({"arrayValue":[]})"), field + "an object of values, found [");
  EXPECT_EQ(ReasonOfValue(R"({"arrayValue":{}})"), field + "member \"values\", found none");
  EXPECT_EQ(ReasonOfValue(R"({"mapValue":{}})"), field + "member \"fields\", found none");
  EXPECT_EQ(ReasonOfValue(R"({"mapValue":{"value":{}}})"), field + "fields or key, found \"value\"");
  EXPECT_EQ(ReasonOfValue(R"({"referenceValue":"a/b"})"), field + "a key, found \"a/b\"");
  EXPECT_EQ(ReasonOfValue(R"({"arrayValue":{"values":[{"nullValue":null},{"arrayValue":{"values":[]}}]}})"),
            ", field \"v[1]\"): expected a value that is not an array itself, found an array");
  EXPECT_EQ(ReasonOfValue(
                R"({"mapValue":{"fields":{"x":{"nullValue":null},"y":{"nullValue":null},"x":{"nullValue":null}}}})"),
            ", field \"v.x\"): expected a field once, found it twice");
  EXPECT_EQ(ReasonOfValue(
                R"({"arrayValue":{"values":[{"nullValue":null},{"mapValue":{"fields":{"x":{"booleanValue":0}}}}]}})"),
            ", field \"v[1].x\"): expected true or false, found 0");
  EXPECT_EQ(ReasonOf(RecordWith(R"({"x":{"nullValue":null},"\u0078":{"nullValue":null}})")),
            ", field \"x\"): expected a field once, found it twice");
}

TEST(TypedDecoderTest, BrokenJson) {
  EXPECT_EQ(ReasonOf(StrCat(kPrefix, "{}")), "): expected ',' or '}', found the end of the line");
  EXPECT_EQ(ReasonOf(RecordWith("{}") + "}"), "): expected the end of the line, found }");
  EXPECT_EQ(ReasonOf(RecordWith("{}") + RecordWith("{}")), "): expected the end of the line, found {");
  EXPECT_EQ(ReasonOf(RecordWith("{},")), "): expected a member's name, found }");
  EXPECT_EQ(ReasonOf(RecordWith(R"({"a"})")), "): expected ':', found }");
  EXPECT_EQ(ReasonOf(RecordWith(R"({a:1})")), "): expected a member's name, found a");
  EXPECT_EQ(ReasonOf("\xEF\xBB\xBF" + RecordWith("{}")), "): expected a record, found \xEF\xBB\xBF");
  EXPECT_EQ(ReasonOfValue(R"({"stringValue":"x" "y"})"), ", field \"v\"): expected ',' or '}', found \"y\"");
  EXPECT_EQ(ReasonOfValue(R"({"stringValue":"x"y})"), ", field \"v\"): expected ',' or '}', found y");
  EXPECT_EQ(ReasonOfValue(R"({"arrayValue":{"values":[{"nullValue":null},]}})"),
            ", field \"v[1]\"): expected a value, found ]");
  EXPECT_EQ(ReasonOfValue(R"({"stringValue":"x)"), "): expected a record in JSON, found a string without an end");
  EXPECT_EQ(ReasonOfValue("{\"stringValue\":\"\xff\"}"),
            "): expected a record in JSON, found bytes that are not UTF-8");
  EXPECT_EQ(ReasonOfValue("{\"stringValue\":\"\t\"}"),
            "): expected a record in JSON, found a control character in a string");
  EXPECT_EQ(ReasonOfValue(std::string_view("{\"booleanValue\":true\0}", 21)),
            ", field \"v\"): expected true or false, found true\\x00");
  EXPECT_EQ(ReasonOf(RecordWith("{}") + std::string(1, '\0')), "): expected the end of the line, found \\x00");
}

TEST(TypedDecoderTest, EscapesThatAreNone) {
  for (const char* text : {R"(\x)", R"(\u12)", R"(\u12g4)", R"(\ud800)", R"(\ud800x)", R"(\ud800\n)", R"(\ud800\u0041)",
                           R"(\udc00)", R"(\ud800\ud800)", R"(\U0041)"}) {
    EXPECT_EQ(ReasonOfValue(StrCat(R"({"stringValue":")", text, "\"}")),
              StrCat(", field \"v\"): expected a string with well-formed escapes, found \"", text, "\""));
  }
}

TEST(TypedDecoderTest, AnEmptyLineIsAReject) {
  const std::string good = RecordWith("{}") + "\n";
  const Decoded decoded = Decode(StrCat(good, "\n", good, " \t\r\n", good));
  EXPECT_THAT(decoded.lines, ElementsAre(good, good, good));
  ASSERT_EQ(decoded.rejects.size(), 2u);
  EXPECT_THAT(decoded.rejects[0].reason, EndsWith("): expected a record, found an empty line"));
  EXPECT_EQ(decoded.rejects[1].offset, 2 * good.size() + 1);
  EXPECT_THAT(decoded.rejects[1].reason, EndsWith("): expected a record, found an empty line"));
}

TEST(TypedDecoderTest, ABrokenLineDoesNotTouchItsNeighbours) {
  const std::string good = Everything();
  for (const std::string& bad :
       {std::string("\"open"), std::string("\xff"), std::string("{"), RecordWith("{"), std::string(R"({"key":)"),
        ValueLine(R"({"arrayValue":{"values":[{"nullValue":null},)"), std::string("}"), std::string("\\"),
        std::string("x\0y", 3), StrCat(RecordWith("{}"), ",")}) {
    const Decoded decoded = Decode(StrCat(good, bad, "\n", good));
    EXPECT_EQ(decoded.text(), good + good) << bad;
    ASSERT_EQ(decoded.rejects.size(), 1u) << bad;
    EXPECT_EQ(decoded.rejects[0].bytes, bad);
  }
}

TEST(TypedDecoderTest, NestingIsBounded) {
  const auto nested = [](int levels) {
    std::string value = R"({"nullValue":null})";
    for (int i = 0; i < levels; ++i) value = StrCat(R"({"mapValue":{"fields":{"m":)", value, "}}}");
    return ValueLine(value);
  };
  EXPECT_EQ(Decode(nested(100)).text(), nested(100) + "\n");
  EXPECT_THAT(ReasonOf(nested(101)), EndsWith("expected at most 100 levels of maps, found more"));
  EXPECT_THAT(ReasonOf(ValueLine(std::string(100'000, '['))), HasSubstr("expected a value, found ["));
}

TEST(TypedDecoderTest, CutAnywhereLosesNothingSilently) {
  const std::string text = Everything();
  for (size_t size = 0; size < text.size(); ++size) {
    const std::string cut = text.substr(0, size);
    const Decoded decoded = Decode(cut);
    const size_t whole = cut.rfind('\n') + 1;  // 0 if there is none
    if (text[size] == '\n') {
      ASSERT_EQ(decoded.text(), cut + "\n");  // only the line end is missing
    } else if (whole == size) {
      ASSERT_EQ(decoded.text(), cut);
    } else {
      ASSERT_EQ(decoded.text(), cut.substr(0, whole));
      ASSERT_EQ(decoded.rejects.size(), 1u) << size;
      ASSERT_EQ(decoded.rejects[0].bytes, cut.substr(whole));
    }
  }
}

TEST(TypedDecoderTest, AChangedByteStaysWithinItsLine) {
  const std::string text = Everything();
  for (const int mask : {0x01, 0x20, 0x80}) {
    for (size_t i = 0; i < text.size(); i += kOneIn) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ mask);
      if (text[i] == '\n' || damaged[i] == '\n') continue;
      const Decoded decoded = Decode(damaged);
      ASSERT_EQ(decoded.lines.size() + decoded.rejects.size(), std::size(kEverything)) << i;
      int others = 0;
      for (const char* line : kEverything) {
        others += std::find(decoded.lines.begin(), decoded.lines.end(), StrCat(line, "\n")) != decoded.lines.end();
      }
      ASSERT_GE(others, static_cast<int>(std::size(kEverything)) - 1) << i;
    }
  }
}

TEST(TypedDecoderTest, ALongLineGrowsTheBatch) {
  const std::string line = ValueLine(StrCat(R"({"stringValue":")", std::string(3 << 20, 'x'), "\"}")) + "\n";
  EXPECT_EQ(Decode(line + line, 1000).text(), line + line);
}

TEST(PlainNdjsonTest, IsNotReadBack) {
  const MemoryReader reader("memory://x", "{}");
  EXPECT_EQ(PlainNdjson().NewDecoder(&reader, {0, 2}, 0, {}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(PlainNdjson().traits().readable);
  EXPECT_TRUE(TypedNdjson().traits().readable);
}

}  // namespace
}  // namespace datahaul
