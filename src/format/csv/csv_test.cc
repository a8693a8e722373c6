// Records to CSV and back.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/text.h"
#include "format/csv/csv_decoder.h"
#include "format/csv/csv_encoder.h"
#include "format/csv/format.h"
#include "format/ndjson/format.h"
#include "format/ndjson/record_hasher.h"
#include "format/ndjson/typed_encoder.h"
#include "io/memory_reader.h"

namespace datahaul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Column Of(ColumnType type, std::string_view field = "") {
  Column column;
  column.name = column.field = field;
  column.type = type;
  return column;
}

Column ListOf(Column element, std::string_view field = "") {
  Column list = Of(ColumnType::kList, field);
  list.children.push_back(std::move(element));
  return list;
}

Schema SchemaOf(std::vector<Column> columns) {
  Schema schema;
  KindSchema& kind = schema.kinds[{"", "a"}];
  kind.columns = KeyColumns();
  for (Column& column : columns) kind.columns.push_back(std::move(column));
  return schema;
}

std::string LineOf(std::string_view path, std::string_view properties) {
  return StrCat(R"({"key":{"database":"","namespace":"","path":)", path, R"(},"properties":)", properties, "}\n");
}

// A record a/1 with one property v.
std::string One(std::string_view value) { return LineOf(R"([["a",1]])", StrCat(R"({"v":)", value, "}")); }

constexpr std::string_view kKeyCells = "a/1,\"\",1,,", kKeyCellsWithNull = "a/1,,1,0,";

struct Encoded {
  std::string text;  // without the header
  std::map<std::string, uint64_t> counters;
  absl::Status status;
};

Encoded Encode(std::string_view lines, const Schema& schema, const CsvOptions& csv = {}) {
  const MemoryReader reader("memory://x", lines);
  auto decoder = *TypedNdjson().NewDecoder(&reader, {0, lines.size()}, 0, {});
  RecordBatch batch;
  EXPECT_TRUE(decoder->Read(&batch).ok());
  for (const Reject& reject : batch.rejects) ADD_FAILURE() << reject.reason;
  EncodeOptions options;
  options.schema = &schema;
  options.csv = csv;
  const auto encoder = Csv().NewEncoder(options);
  ByteBuffer out;
  RecordHasher hasher;
  Encoded encoded;
  for (const Record& record : batch.records) {
    Hash128 hash;
    encoded.status.Update(encoder->Append(record, &out, &hash));
    EXPECT_EQ(hash, hasher.HashRecord(record));
  }
  encoded.text = out.view();
  Counters counters;
  encoder->AddCounters(&counters);
  encoded.counters = counters.named;
  return encoded;
}

std::string Header(const Schema& schema, const CsvOptions& csv = {}) {
  EncodeOptions options;
  options.schema = &schema;
  options.csv = csv;
  ByteBuffer out;
  Csv().Prologue("", "a", options, &out);
  return std::string(out.view());
}

struct Decoded {
  std::string lines;  // typed NDJSON
  std::vector<std::string> rejects;
  std::vector<uint64_t> cursors;
  absl::Status status;
};

Decoded Decode(std::string_view text, const DecodeOptions& options, uint64_t resume = 0) {
  const MemoryReader reader("x.csv", text);
  auto decoder = *Csv().NewDecoder(&reader, {0, text.size()}, resume, options);
  TypedEncoder encoder{EncodeOptions()};
  ByteBuffer out;
  Decoded decoded;
  RecordBatch batch;
  while (true) {
    decoded.status = decoder->Read(&batch);
    if (!decoded.status.ok() || (batch.empty() && batch.input_bytes == 0)) break;
    for (const Record& record : batch.records) encoder.AppendLine(record, &out);
    for (const Reject& reject : batch.rejects) decoded.rejects.push_back(reject.reason);
    decoded.cursors.push_back(std::stoull(batch.cursor));
  }
  decoded.lines = out.view();
  return decoded;
}

DecodeOptions With(const Schema& schema, const CsvOptions& csv = {}) {
  DecodeOptions options;
  options.schema = schema.Find("", "a");
  options.csv = csv;
  return options;
}

// Writes the value `v` of a/1 and expects its cell; then reads it back and expects the same record.
void ExpectCell(std::string_view value, Column column, std::string_view cell, const CsvOptions& csv = {}) {
  column.name = column.field = "v";
  const Schema schema = SchemaOf({column});
  const std::string line = One(value);
  const Encoded encoded = Encode(line, schema, csv);
  EXPECT_EQ(encoded.status, absl::OkStatus());
  const std::string_view keys = csv.null.empty() ? kKeyCells : kKeyCellsWithNull;
  EXPECT_EQ(encoded.text.substr(std::min(keys.size(), encoded.text.size())), StrCat(cell, "\r\n"));
  const Decoded decoded = Decode(Header(schema, csv) + encoded.text, With(schema, csv));
  EXPECT_EQ(decoded.status, absl::OkStatus());
  EXPECT_THAT(decoded.rejects, ElementsAre());
  EXPECT_EQ(decoded.lines, line);
}

TEST(CsvTest, KeysAndHeader) {
  const Schema schema = SchemaOf({Of(ColumnType::kInt, "n"), Of(ColumnType::kString, "say \"hi\"")});
  EXPECT_EQ(Header(schema), "\"__key__\",\"__namespace__\",\"__id__\",\"__name__\",\"n\",\"say \"\"hi\"\"\"\r\n");
  const std::string lines = LineOf(R"([["p","x/y"],["a","5"]])", "{}") + LineOf(R"([["a",-7]])", "{}");
  const Encoded encoded = Encode(lines, schema);
  EXPECT_EQ(encoded.text, "\"p/x%2Fy/a/\"\"5\"\"\",\"\",,5,,\r\na/-7,\"\",-7,,,\r\n");
  EXPECT_TRUE(encoded.counters.empty());
  EXPECT_EQ(Decode(Header(schema) + encoded.text, With(schema)).lines, lines);
}

TEST(CsvTest, Scalars) {
  ExpectCell(R"({"booleanValue":true})", Of(ColumnType::kBool), "true");
  ExpectCell(R"({"booleanValue":false})", Of(ColumnType::kBool), "false");
  ExpectCell(R"({"integerValue":"-9223372036854775808"})", Of(ColumnType::kInt), "-9223372036854775808");
  ExpectCell(R"({"doubleValue":5.0})", Of(ColumnType::kDouble), "5.0");
  ExpectCell(R"({"doubleValue":-0.0})", Of(ColumnType::kDouble), "-0.0");
  ExpectCell(R"({"doubleValue":"NaN"})", Of(ColumnType::kDouble), "NaN");
  ExpectCell(R"({"doubleValue":"-Infinity"})", Of(ColumnType::kDouble), "-Infinity");
  ExpectCell(R"({"timestampValue":"2025-01-02T03:04:05.000006Z"})", Of(ColumnType::kTimestamp),
             "2025-01-02T03:04:05.000006Z");
  ExpectCell(R"({"timestampMicros":"-62135596800000001"})", Of(ColumnType::kTimestamp), "-62135596800000001");
  ExpectCell(R"({"bytesValue":"AAEC/w=="})", Of(ColumnType::kBytes), "AAEC/w==");
  ExpectCell(R"({"bytesValue":""})", Of(ColumnType::kBytes), "\"\"");
  ExpectCell(R"({"referenceValue":{"database":"","namespace":"n","path":[["b","c"]]}})", Of(ColumnType::kReference),
             "///n/b/c");
  ExpectCell(R"({"decimalValue":"-1.50"})", Of(ColumnType::kDecimal), "-1.50");
  ExpectCell(R"({"dateValue":"2025-01-02"})", Of(ColumnType::kDate), "2025-01-02");
  ExpectCell(R"({"timeValue":"03:04"})", Of(ColumnType::kTime), "03:04");
  ExpectCell(R"({"uuidValue":"x"})", Of(ColumnType::kUuid), "x");
}

TEST(CsvTest, TextsAreQuotedWhereNeeded) {
  const Column text = Of(ColumnType::kString);
  ExpectCell(R"({"stringValue":"plain text"})", text, "plain text");
  ExpectCell(R"({"stringValue":""})", text, "\"\"");
  ExpectCell(R"({"stringValue":"a,b"})", text, "\"a,b\"");
  ExpectCell(R"({"stringValue":"say \"hi\""})", text, "\"say \"\"hi\"\"\"");
  ExpectCell(R"({"stringValue":"\""})", text, "\"\"\"\"");
  ExpectCell(R"({"stringValue":"a\nb\r\nc\rd"})", text, "\"a\nb\r\nc\rd\"");
  ExpectCell(R"({"stringValue":"größe"})", text, "größe");
  ExpectCell(R"({"stringValue":" x "})", text, " x ");
  ExpectCell(R"({"stringValue":"a;b"})", text, "\"a;b\"", {.delimiter = ';'});
  ExpectCell(R"({"stringValue":"a,b"})", text, "a,b", {.delimiter = '\t'});
  for (const size_t size : {15, 16, 17, 31, 32, 33, 4095, 4096, 4097, 100'000}) {
    const std::string plain(size, 'x');
    ExpectCell(StrCat(R"({"stringValue":")", plain, R"("})"), text, plain);
    ExpectCell(StrCat(R"({"stringValue":")", plain, R"(\""})"), text, StrCat('"', plain, "\"\"\""));
    std::string quotes;
    for (size_t i = 0; i < size; ++i) quotes += "\\\"";
    ExpectCell(StrCat(R"({"stringValue":")", quotes, R"("})"), text, std::string(2 * size + 2, '"'));
  }
}

TEST(CsvTest, NestedValuesAreJson) {
  ExpectCell(R"({"arrayValue":{"values":[{"integerValue":"1"},{"nullValue":null}]}})", ListOf(Of(ColumnType::kInt)),
             "\"[1,null]\"");
  ExpectCell(R"({"arrayValue":{"values":[]}})", ListOf(Of(ColumnType::kString)), "[]");
  ExpectCell(R"({"geoPointValue":{"latitude":1.5,"longitude":-2.0}})", Of(ColumnType::kGeoPoint),
             R"("{""latitude"":1.5,""longitude"":-2.0}")");
  ExpectCell(R"({"userValue":{"email":"a@b"}})", Of(ColumnType::kUser), R"("{""email"":""a@b""}")");
  Column structure = Of(ColumnType::kStruct);
  structure.children = {ListOf(Of(ColumnType::kTimestamp), "t"), Of(ColumnType::kBytes, "z")};
  ExpectCell(
      R"({"mapValue":{"fields":{"t":{"arrayValue":{"values":[{"timestampValue":"2025-01-02T03:04:05.000006Z"}]}},"z":{"bytesValue":"AA=="}}}})",
      structure, R"("{""t"":[""2025-01-02T03:04:05.000006Z""],""z"":""AA==""}")");
  Column key = Of(ColumnType::kReference);
  key.key = true;
  structure.children.insert(structure.children.begin(), key);
  ExpectCell(
      R"({"mapValue":{"fields":{"z":{"bytesValue":"AA=="}},"key":{"database":"","namespace":"","path":[["k",1]]}}})",
      structure, R"("{""__key__"":{""namespace"":"""",""kind"":""k"",""id"":1,""path"":""k/1""},""z"":""AA==""}")");
  ExpectCell(R"({"stringValue":"x"})", Of(ColumnType::kJson), R"("""x""")");
  ExpectCell(R"({"mapValue":{"fields":{"n":{"nullValue":null}}}})", Of(ColumnType::kJson), R"("{""n"":null}")");
}

TEST(CsvTest, AllPropertiesInOneColumn) {
  Column all = Of(ColumnType::kJson);
  all.name = kPropertiesColumn;
  const Schema schema = SchemaOf({all});
  const std::string lines =
      LineOf(R"([["a",1]])", R"({"":{"nullValue":null},"x":{"integerValue":"5"}})") + LineOf(R"([["a",2]])", "{}");
  const Encoded encoded = Encode(lines, schema);
  EXPECT_EQ(encoded.text, "a/1,\"\",1,,\"{\"\"\"\":null,\"\"x\"\":5}\"\r\na/2,\"\",2,,{}\r\n");
  EXPECT_EQ(encoded.counters, (std::map<std::string, uint64_t>{{"json_values", 2}}));
  EXPECT_EQ(Decode(Header(schema) + encoded.text, With(schema)).lines, lines);
  EXPECT_THAT(Decode("__key__,__properties__\na/1,5\n", With(schema)).rejects,
              ElementsAre(HasSubstr("column \"__properties__\"): expected a JSON object")));
}

TEST(CsvTest, VariantsNameTheirType) {
  Column variants = Of(ColumnType::kVariants);
  variants.children = {Of(ColumnType::kInt, "integer"), Of(ColumnType::kTimestamp, "timestamp"),
                       Of(ColumnType::kString, "string")};
  ExpectCell(R"({"integerValue":"5"})", variants, R"("{""integer"":5}")");
  ExpectCell(R"({"stringValue":"2025-01-02T03:04:05Z"})", variants, R"("{""string"":""2025-01-02T03:04:05Z""}")");
  ExpectCell(R"({"arrayValue":{"values":[{"stringValue":"5"},{"integerValue":"5"}]}})", ListOf(variants),
             R"("[{""string"":""5""},{""integer"":5}]")");
}

TEST(CsvTest, MarksComeBack) {
  Column text = Of(ColumnType::kString);
  text.indexed = true;
  text.meaning = meaning::kText;
  ExpectCell(R"({"indexed":true,"meaning":15,"stringValue":"x"})", text, "x");
  ExpectCell(R"({"arrayValue":{"values":[{"indexed":true,"meaning":15,"stringValue":"x"}]}})", ListOf(text),
             R"("[""x""]")");
}

TEST(CsvTest, NullIsNotTheEmptyText) {
  const Schema schema = SchemaOf({Of(ColumnType::kInt, "n"), Of(ColumnType::kString, "s")});
  const std::string lines = LineOf(R"([["a",1]])", R"({"s":{"stringValue":""}})") + LineOf(R"([["a",2]])", "{}") +
                            LineOf(R"([["a",3]])", R"({"s":{"stringValue":"\\N"}})");
  const Encoded standard = Encode(lines, schema);
  EXPECT_EQ(standard.text, "a/1,\"\",1,,,\"\"\r\na/2,\"\",2,,,\r\na/3,\"\",3,,,\\N\r\n");
  EXPECT_EQ(Decode(Header(schema) + standard.text, With(schema)).lines, lines);
  const CsvOptions csv{.null = "\\N"};
  const Encoded other = Encode(lines, schema, csv);
  EXPECT_EQ(other.text, "a/1,,1,\\N,\\N,\r\na/2,,2,\\N,\\N,\\N\r\na/3,,3,\\N,\\N,\"\\N\"\r\n");
  EXPECT_EQ(Decode(Header(schema) + other.text, With(schema, csv)).lines, lines);
  ExpectCell(R"({"integerValue":"0"})", Of(ColumnType::kInt), "\"0\"", {.null = "0"});
}

TEST(CsvTest, FormulasAreGuarded) {
  const CsvOptions csv{.guard_formulas = true};
  const Column text = Of(ColumnType::kString);
  for (const char* formula : {"=1+1", "+1", "-1", "@x", "'=1", "''-"}) {
    ExpectCell(StrCat(R"({"stringValue":")", formula, R"("})"), text, StrCat("'", formula), csv);
  }
  ExpectCell(R"({"stringValue":"\tx"})", text, "'\tx", csv);
  ExpectCell(R"({"stringValue":"\rx"})", text, "\"'\rx\"", csv);
  ExpectCell(R"({"stringValue":"'tis"})", text, "'tis", csv);
  ExpectCell(R"({"stringValue":"a=b"})", text, "a=b", csv);
  ExpectCell(R"({"stringValue":"=1"})", text, "=1");
  ExpectCell(R"({"integerValue":"-1"})", Of(ColumnType::kInt), "-1", csv);
  ExpectCell(R"({"doubleValue":-1.0})", Of(ColumnType::kDouble), "-1.0", csv);
  ExpectCell(R"({"bytesValue":"+AAA"})", Of(ColumnType::kBytes), "'+AAA", csv);
  const Schema schema = SchemaOf({Of(ColumnType::kString, "v")});
  EXPECT_EQ(Encode(One(R"({"stringValue":"=1"})"), schema, csv).counters,
            (std::map<std::string, uint64_t>{{"guarded_formulas", 1}}));
  const Schema dash = [] {
    Schema made;
    made.kinds[{"", "-k"}].columns = KeyColumns();
    return made;
  }();
  EXPECT_EQ(Encode(LineOf(R"([["-k","=x"]])", "{}"), dash, csv).text, "'-k/%3Dx,\"\",,'=x\r\n");
}

TEST(CsvTest, WhatIsLostIsCounted) {
  const auto counted = [](std::string_view value, ColumnType type) {
    return Encode(One(value), SchemaOf({Of(type, "v")})).counters;
  };
  using Counted = std::map<std::string, uint64_t>;
  EXPECT_EQ(counted(R"({"stringBytes":"/w=="})", ColumnType::kString), (Counted{{"invalid_utf8", 1}}));
  EXPECT_EQ(counted(R"({"nullValue":null})", ColumnType::kString), (Counted{{"nulls", 1}}));
  EXPECT_EQ(counted(R"({"indexed":true,"meaning":15,"stringValue":"x"})", ColumnType::kString),
            (Counted{{"indexed_dropped", 1}, {"meanings_dropped", 1}}));
  EXPECT_EQ(counted(R"({"timestampMicros":"-62135596800000001"})", ColumnType::kTimestamp),
            (Counted{{"timestamps_out_of_range", 1}}));
  EXPECT_EQ(counted(R"({"doubleValue":"NaN"})", ColumnType::kDouble), Counted());
  EXPECT_EQ(counted(R"({"doubleValue":"NaN"})", ColumnType::kJson), (Counted{{"json_values", 1}, {"non_finite", 1}}));
  Column widened = Of(ColumnType::kDouble, "v");
  widened.widened = true;
  const Encoded encoded = Encode(One(R"({"integerValue":"5"})"), SchemaOf({widened}));
  EXPECT_EQ(encoded.text, StrCat(kKeyCells, "5.0\r\n"));
  EXPECT_EQ(encoded.counters, (Counted{{"widened", 1}}));
}

TEST(CsvTest, NumbersThatAreNotFiniteAreNullInJson) {
  Column list = Of(ColumnType::kList, "v");
  list.children = {Of(ColumnType::kDouble)};
  Column structure = Of(ColumnType::kStruct, "v");
  structure.children = {Of(ColumnType::kDouble, "a"), Of(ColumnType::kDouble, "b")};
  const struct {
    std::string value;
    Column column;
    std::string cell, back;
  } kCases[] = {
      {R"({"arrayValue":{"values":[{"doubleValue":"NaN"},{"doubleValue":1.5}]}})", list, R"("[null,1.5]")",
       R"({"arrayValue":{"values":[{"nullValue":null},{"doubleValue":1.5}]}})"},
      {R"({"mapValue":{"fields":{"a":{"doubleValue":"Infinity"},"b":{"doubleValue":1.5}}}})", structure,
       R"("{""a"":null,""b"":1.5}")", R"({"mapValue":{"fields":{"b":{"doubleValue":1.5}}}})"},
      {R"({"geoPointValue":{"latitude":"-Infinity","longitude":1.5}})", Of(ColumnType::kGeoPoint, "v"),
       R"("{""latitude"":null,""longitude"":1.5}")", R"({"geoPointValue":{"latitude":"NaN","longitude":1.5}})"},
  };
  for (const auto& [value, column, cell, back] : kCases) {
    const Schema schema = SchemaOf({column});
    const Encoded encoded = Encode(One(value), schema);
    EXPECT_EQ(encoded.text, StrCat(kKeyCells, cell, "\r\n"));
    EXPECT_EQ(encoded.counters, (std::map<std::string, uint64_t>{{"non_finite", 1}}));
    EXPECT_EQ(Decode(Header(schema) + encoded.text, With(schema)).lines, One(back));
  }
}

TEST(CsvTest, RejectsHoldTheBeginningOfALongRow) {
  const std::string row = StrCat("a/1,x\"", std::string(Reject::kMostBytes, 'x'), "\r\n");
  const std::string text = StrCat("__key__,s\r\n", row);
  const MemoryReader reader("x.csv", text);
  auto decoder = *Csv().NewDecoder(&reader, {0, text.size()}, 0, {});
  RecordBatch batch;
  ASSERT_EQ(decoder->Read(&batch), absl::OkStatus());
  ASSERT_EQ(batch.rejects.size(), 1u);
  EXPECT_EQ(batch.rejects[0].length, row.size());
  EXPECT_TRUE(batch.rejects[0].cut());
  EXPECT_THAT(batch.rejects[0].reason, HasSubstr("; only the first 1048576 of its"));
}

TEST(CsvTest, RecordsThatTheSchemaHasNoPlaceFor) {
  const Schema schema = SchemaOf({Of(ColumnType::kInt, "v")});
  const auto message = [&](std::string_view line) {
    const Encoded encoded = Encode(line, schema);
    EXPECT_EQ(encoded.text, "");
    return std::string(encoded.status.message());
  };
  EXPECT_THAT(message(One(R"({"stringValue":"x"})")), HasSubstr(R"(field "v": expected integer, found string)"));
  EXPECT_THAT(message(LineOf(R"([["a",1]])", R"({"w":{"integerValue":"1"}})")), HasSubstr(R"(found "w")"));
  EXPECT_THAT(message(LineOf(R"([["b",1]])", "{}")), HasSubstr(R"(kind "b")"));
}

TEST(CsvTest, FilesOfOthers) {
  const Schema schema = SchemaOf({Of(ColumnType::kInt, "n"), Of(ColumnType::kString, "s")});
  const std::string lines = LineOf(R"([["a",1]])", R"({"n":{"integerValue":"5"},"s":{"stringValue":"x"}})");
  // Any order of columns, any line end, a byte order mark, missing columns, blank lines, no end to the last line.
  EXPECT_EQ(Decode("s,n,__key__\nx,5,a/1\n", With(schema)).lines, lines);
  EXPECT_EQ(Decode("\xEF\xBB\xBFs,n,__key__\r\nx,5,a/1\r\n\r\n", With(schema)).lines, lines);
  EXPECT_EQ(Decode("s,n,__key__\rx,5,a/1\r", With(schema)).lines, lines);
  EXPECT_EQ(Decode("\"s\",\"n\",\"__key__\"\n\"x\",\"5\",\"a/1\"", With(schema)).lines, lines);
  EXPECT_EQ(Decode("__key__\na/1\n", With(schema)).lines, LineOf(R"([["a",1]])", "{}"));
  // Without a manifest every column is a text.
  const std::string texts = LineOf(R"([["a",1]])", R"({"n":{"stringValue":"5"},"s":{"stringValue":"x"}})");
  EXPECT_EQ(Decode("s,n,__key__\nx,5,a/1\n", {}).lines, texts);
  EXPECT_EQ(Decode("s;n;__key__\nx;5;a/1\n", {}).lines, texts);
  EXPECT_EQ(Decode("\"__key__\"\t\"s\"\t\"n\"\na/1\tx\t5\n", {}).lines, texts);
}

TEST(CsvTest, HeadersThatDoNotDo) {
  const Schema schema = SchemaOf({Of(ColumnType::kInt, "n")});
  const auto message = [](std::string_view text, const DecodeOptions& options) {
    return std::string(Decode(text, options).status.message());
  };
  EXPECT_EQ(message("n\n1\n", With(schema)),
            "reading x.csv: expected a column __key__ with the records' keys, such as users/ann/orders/5, found the "
            "columns \"n\"; add it");
  EXPECT_THAT(message("n\n1\n", {}), HasSubstr("add it, and a manifest.json to say more types"));
  EXPECT_THAT(message("__key__,n,foo,bar\n", With(schema)), HasSubstr(R"(found also "foo", "bar")"));
  EXPECT_THAT(message("__key__,n,n\n", {}), HasSubstr("\"n\" twice"));
  EXPECT_THAT(message("", {}), HasSubstr("expected a header row"));
  EXPECT_THAT(message("\"__key__", {}), HasSubstr("a quote without an end"));
}

TEST(CsvTest, RowsThatAreNoRecords) {
  const Schema schema = SchemaOf({Of(ColumnType::kInt, "zip"), ListOf(Of(ColumnType::kInt), "zs")});
  const std::string text =
      "__key__,zip,zs\n"
      "a/1,12a4,\n"
      "a/2,1\n"
      ",1,\n"
      "a/4,\"1\"x,\n"
      "a/5,1,\"[1,\"\"x\"\"]\"\n"
      "a/6,\xff,\n"
      "a/7,7,[7]\n"
      "a/8,\"8\n";
  const Decoded decoded = Decode(text, With(schema));
  EXPECT_EQ(
      decoded.lines,
      LineOf(R"([["a",7]])", R"({"zip":{"integerValue":"7"},"zs":{"arrayValue":{"values":[{"integerValue":"7"}]}}})"));
  EXPECT_THAT(
      decoded.rejects,
      ElementsAre(
          "reading x.csv at byte 15 (row 2, column \"zip\"): expected integer, found \"12a4\"",
          "reading x.csv at byte 25 (row 3): expected 3 cells as in the header, found 2",
          "reading x.csv at byte 31 (row 4, column \"__key__\"): expected a key such as users/ann/orders/5, "
          "found \"\"",
          "reading x.csv at byte 35 (row 5): expected a row of RFC 4180, found text behind a cell's closing quote",
          "reading x.csv at byte 45 (row 6, column \"zs\"): [1]: expected integer, found \"x\"",
          "reading x.csv at byte 63 (row 7): expected UTF-8, found other bytes",
          "reading x.csv at byte 80 (row 9): expected a row of RFC 4180, found a quote without an end"));
}

// Whatever the size of the pieces that are read, and from every cursor, the records are the same.
TEST(CsvTest, PiecesAndCursors) {
  const Schema schema = SchemaOf({Of(ColumnType::kString, "s"), Of(ColumnType::kInt, "z")});
  std::string lines;
  const char* const texts[] = {"x", "", "a,b", "\\\"", "line\\r\\nbreak", "\\\"\\\"", "größe", "\\r", "\\n"};
  for (int i = 0; i < 60; ++i) {
    lines += LineOf(StrCat(R"([["a",)", i + 1, "]]"),
                    StrCat(R"({"s":{"stringValue":")", texts[i % std::size(texts)], R"("}})"));
  }
  const std::string text = Header(schema) + Encode(lines, schema).text;
  for (const uint64_t batch_bytes : {1, 2, 3, 7, 64, 1000, 1 << 20}) {
    DecodeOptions options = With(schema);
    options.batch_bytes = batch_bytes;
    const Decoded whole = Decode(text, options);
    EXPECT_EQ(whole.lines, lines) << batch_bytes;
    EXPECT_EQ(whole.cursors.back(), text.size());
    for (const uint64_t cursor : whole.cursors) {
      const Decoded rest = Decode(text, options, cursor);
      EXPECT_EQ(rest.status, absl::OkStatus());
      EXPECT_TRUE(std::string_view(lines).ends_with(rest.lines)) << cursor;
      EXPECT_EQ(Encode(std::string_view(lines).substr(0, lines.size() - rest.lines.size()), schema).text.size() +
                    Header(schema).size(),
                std::max<size_t>(cursor, Header(schema).size()));
    }
  }
}

TEST(CsvTest, CutAnywhereItNeverCrashes) {
  const Schema schema = SchemaOf({Of(ColumnType::kString, "s")});
  const std::string lines = LineOf(R"([["a",1]])", R"({"s":{"stringValue":"a\"b\r\nc"}})");
  const std::string text = Header(schema) + Encode(lines, schema).text;
  for (size_t size = 0; size <= text.size(); ++size) {
    const auto exact = std::make_unique<char[]>(size);
    std::copy_n(text.begin(), size, exact.get());
    Decode({exact.get(), size}, With(schema));
  }
}

TEST(CsvTest, RowsOverTheLimit) {
  const std::string text = StrCat("__key__,s\na/1,\"", std::string(CsvDecoder::kLongestRow + 1, 'x'), "\"\n");
  EXPECT_THAT(std::string(Decode(text, {}).status.message()),
              HasSubstr("at byte 10: expected rows of at most 67108864"));
}

TEST(CsvTest, Options) {
  EXPECT_EQ(*ParseCsvOptions(",", "", false), CsvOptions());
  EXPECT_EQ(*ParseCsvOptions("tab", "\\N", true),
            (CsvOptions{.delimiter = '\t', .null = "\\N", .guard_formulas = true}));
  for (const char* delimiter : {"", "a", "5", "\"", "'", "\r", "\n", "-", ".", "::", "ö", "_", "="}) {
    EXPECT_FALSE(ParseCsvOptions(delimiter, "", false).ok()) << delimiter;
  }
  for (const char* null : {"\"", "a,b", "a\nb", "\xff"}) EXPECT_FALSE(ParseCsvOptions(",", null, false).ok()) << null;
}

TEST(CsvTest, Traits) {
  EXPECT_TRUE(Csv().traits().needs_schema);
  EXPECT_TRUE(Csv().traits().concatenable);
  EXPECT_FALSE(Csv().traits().splittable);
}

}  // namespace
}  // namespace datahaul
