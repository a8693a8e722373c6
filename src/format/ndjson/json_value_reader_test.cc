#include "format/ndjson/json_value_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/text.h"
#include "format/ndjson/format.h"
#include "format/ndjson/plain_value.h"
#include "format/ndjson/typed_encoder.h"
#include "io/memory_reader.h"

namespace datahaul {
namespace {

Column Of(ColumnType type, std::string_view field = "") {
  Column column;
  column.name = column.field = field;
  column.type = type;
  return column;
}

Column ListOf(Column element) {
  Column list = Of(ColumnType::kList);
  list.children.push_back(std::move(element));
  return list;
}

Column StructOf(std::vector<Column> children) {
  Column structure = Of(ColumnType::kStruct);
  structure.children = std::move(children);
  return structure;
}

// The value as typed NDJSON says it.
std::string Typed(const Value& value) {
  static constexpr uint32_t kFirst = 0;
  Arena arena;  // encoders may read past the ends of texts
  Field field{arena.CopyString("v"), value};
  const PathElement path{.kind = arena.CopyString("a"), .name = {}, .number = 1, .id = PathElement::Id::kNumber};
  Key key;
  key.path = &path;
  key.size = 1;
  Record record;
  record.key = &key;
  record.properties.fields = &field;
  record.properties.sorted = &kFirst;
  record.properties.size = 1;
  ByteBuffer out;
  TypedEncoder(EncodeOptions()).AppendLine(record, &out);
  std::string line(out.view());
  const size_t begin = line.find("{\"v\":") + 5;
  return line.substr(begin, line.size() - begin - 3);
}

class JsonValueReaderTest : public testing::Test {
 protected:
  std::string Read(std::string_view json, const Column& column) {
    const auto buffer = std::make_unique<char[]>(json.size());  // no slack: what reads beyond shows under ASan
    std::copy(json.begin(), json.end(), buffer.get());
    Value value;
    if (reader_.Read({buffer.get(), json.size()}, column, &arena_, &value)) return Typed(value);
    const JsonValueReader::Problem& problem = reader_.problem();
    return StrCat(problem.field, "|", problem.expected, "|", problem.found);
  }

  // A typed value, written as plain JSON and read back.
  std::string RoundTrip(std::string_view typed, const Column& column) {
    const std::string line =
        StrCat(R"({"key":{"database":"","namespace":"","path":[["a",1]]},"properties":{"v":)", typed, "}}");
    const MemoryReader reader("memory://x", line);
    auto decoder = *TypedNdjson().NewDecoder(&reader, {0, line.size()}, 0, {});
    EXPECT_TRUE(decoder->Read(&batch_).ok());
    if (batch_.records.empty()) return "no record";
    ByteBuffer json;
    RecordHasher hasher;
    PlainValueWriter(&hasher).AppendValue(batch_.records[0].properties.fields[0].value, &json);
    return Read(json.view(), column);
  }

  void ExpectKept(std::string_view typed, const Column& column) { EXPECT_EQ(RoundTrip(typed, column), typed); }

  JsonValueReader reader_;
  Arena arena_;
  RecordBatch batch_;
};

TEST_F(JsonValueReaderTest, ColumnsBringTypesBack) {
  ExpectKept(R"({"booleanValue":true})", Of(ColumnType::kBool));
  ExpectKept(R"({"integerValue":"-9223372036854775808"})", Of(ColumnType::kInt));
  ExpectKept(R"({"doubleValue":5.0})", Of(ColumnType::kDouble));
  ExpectKept(R"({"timestampValue":"2025-01-02T03:04:05.000006Z"})", Of(ColumnType::kTimestamp));
  ExpectKept(R"({"timestampMicros":"-62135596800000001"})", Of(ColumnType::kTimestamp));
  ExpectKept(R"({"stringValue":"a\"\\\u0001\n"})", Of(ColumnType::kString));
  ExpectKept(R"({"bytesValue":"AAEC/w=="})", Of(ColumnType::kBytes));
  ExpectKept(R"({"referenceValue":{"database":"d","namespace":"n s","path":[["a/b","5"],["c",-5]]}})",
             Of(ColumnType::kReference));
  ExpectKept(R"({"geoPointValue":{"latitude":1.5,"longitude":-2.0}})", Of(ColumnType::kGeoPoint));
  ExpectKept(R"({"userValue":{"auth_domain":"","email":"a@b","gaiaid":"7"}})", Of(ColumnType::kUser));
  ExpectKept(R"({"decimalValue":"1.50"})", Of(ColumnType::kDecimal));
  ExpectKept(R"({"dateValue":"2025-01-02"})", Of(ColumnType::kDate));
  ExpectKept(R"({"timeValue":"03:04"})", Of(ColumnType::kTime));
  ExpectKept(R"({"uuidValue":"x"})", Of(ColumnType::kUuid));
}

TEST_F(JsonValueReaderTest, ListsAndStructs) {
  ExpectKept(R"({"arrayValue":{"values":[]}})", ListOf(Of(ColumnType::kString)));
  ExpectKept(R"({"arrayValue":{"values":[{"timestampValue":"2025-01-02T03:04:05.000006Z"},{"nullValue":null}]}})",
             ListOf(Of(ColumnType::kTimestamp)));
  const Column structure = StructOf({Of(ColumnType::kBytes, "__key__"), Of(ColumnType::kInt, "a"),
                                     ListOf(Of(ColumnType::kReference)), Of(ColumnType::kDouble, "z")});
  Column named = structure;
  named.children[2].field = "b";
  ExpectKept(R"({"mapValue":{"fields":{"__key__":{"bytesValue":""},"a":{"integerValue":"1"},)"
             R"("b":{"arrayValue":{"values":[{"referenceValue":{"database":"","namespace":"","path":[["a","b"]]}}]}},)"
             R"("z":{"doubleValue":0.5}}}})",
             named);
  ExpectKept(R"({"mapValue":{"fields":{}}})", named);
  // A member that is null is absent, as a column of its own would be.
  EXPECT_EQ(RoundTrip(R"({"mapValue":{"fields":{"a":{"nullValue":null}}}})", named), R"({"mapValue":{"fields":{}}})");
}

TEST_F(JsonValueReaderTest, EmbeddedKeys) {
  Column key = Of(ColumnType::kReference);
  key.key = true;
  const Column structure = StructOf({key, Of(ColumnType::kInt, "a")});
  ExpectKept(R"({"mapValue":{"fields":{"a":{"integerValue":"1"}},)"
             R"("key":{"database":"d","namespace":"n","path":[["k","x/y"],["l",null]]}}})",
             structure);
  ExpectKept(R"({"mapValue":{"fields":{},"key":{"database":"","namespace":"","path":[]}}})", structure);
  ExpectKept(R"({"mapValue":{"fields":{"a":{"integerValue":"1"}}}})", structure);
}

TEST_F(JsonValueReaderTest, Variants) {
  Column variants = Of(ColumnType::kVariants);
  variants.children = {Of(ColumnType::kInt, "integer"), Of(ColumnType::kTimestamp, "timestamp")};
  variants.children[1].indexed = true;
  EXPECT_EQ(Read(R"({"integer":5})", variants), R"({"integerValue":"5"})");
  EXPECT_EQ(Read(R"({"timestamp":"2025-01-02T03:04:05Z"})", variants),
            R"({"indexed":true,"timestampValue":"2025-01-02T03:04:05.000000Z"})");
  EXPECT_EQ(Read(R"({"double":5})", variants), R"(|a variant of the schema|"double")");
  EXPECT_EQ(Read("{}", variants), "|one variant|0");
}

TEST_F(JsonValueReaderTest, WithoutTypesWhatJsonCanTell) {
  const Column json = Of(ColumnType::kJson);
  for (
      const char* typed :
      {R"({"nullValue":null})", R"({"booleanValue":false})", R"({"integerValue":"9223372036854775807"})",
       R"({"doubleValue":1e+300})", R"({"doubleValue":5.0})", R"({"stringValue":"x"})",
       R"({"arrayValue":{"values":[{"integerValue":"1"},{"nullValue":null},{"stringValue":"a"}]}})",
       R"({"mapValue":{"fields":{"__key__":{"integerValue":"1"},"b":{"mapValue":{"fields":{}}},"n":{"nullValue":null}}}})"}) {
    ExpectKept(typed, json);
  }
  ExpectKept(R"({"mapValue":{"fields":{},"key":{"database":"","namespace":"n","path":[["k","x"]]}}})", json);
  EXPECT_EQ(Read("9223372036854775808", json), R"({"doubleValue":9.223372036854776e+18})");
  EXPECT_EQ(RoundTrip(R"({"bytesValue":"AAEC"})", json), R"({"stringValue":"AAEC"})");
}

TEST_F(JsonValueReaderTest, MarksAreTheColumns) {
  Column text = Of(ColumnType::kString);
  text.indexed = true;
  text.meaning = meaning::kText;
  EXPECT_EQ(Read(R"("x")", text), R"({"indexed":true,"meaning":15,"stringValue":"x"})");
  EXPECT_EQ(
      Read(R"(["x",null])", ListOf(text)),
      R"({"arrayValue":{"values":[{"indexed":true,"meaning":15,"stringValue":"x"},{"indexed":true,"nullValue":null}]}})");
}

TEST_F(JsonValueReaderTest, Problems) {
  const Column integers = ListOf(Of(ColumnType::kInt));
  EXPECT_EQ(Read("[1,\"x\"]", integers), R"([1]|integer|"x")");
  EXPECT_EQ(Read("[1,2.5]", integers), "[1]|integer|2.5");
  EXPECT_EQ(Read("[1", integers), "|',' or ']'|the end of the line");
  EXPECT_EQ(Read("[1] 2", integers), "|the end of the JSON text|2");
  EXPECT_EQ(Read("", integers), "|JSON|nothing");
  EXPECT_EQ(Read("\"x", integers), "|JSON|a string without an end");
  EXPECT_EQ(Read(R"({"a":{"b":1}})", StructOf({StructOf({Of(ColumnType::kBool, "b")})})),
            R"(|a field of the schema|"a")");
  EXPECT_EQ(Read(R"({"a":1,"a":2})", StructOf({Of(ColumnType::kInt, "a")})), "a|a field once|it twice");
  EXPECT_EQ(Read("[[1]]", Of(ColumnType::kJson)), "[0]|a value that is no list itself|[");
  EXPECT_EQ(Read(std::string(100'000, '['), Of(ColumnType::kJson)), "[0]|a value that is no list itself|[");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  EXPECT_NE(Read(deep, Of(ColumnType::kJson)).find("at most 100 levels of maps"), std::string::npos);
}

}  // namespace
}  // namespace datahaul
