#include "format/ndjson/typed_encoder.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/text.h"
#include "model/arena.h"
#include "model/field_order.h"
#include "model/shape.h"

namespace datahaul {
namespace {

// ------------------------------------------------------------ records

// Makes records; what they point to lives as long as this.
class Builder {
 public:
  static PathElement Named(std::string_view kind, std::string_view name) {
    return {kind, name, 0, PathElement::Id::kName};
  }
  static PathElement Numbered(std::string_view kind, int64_t number) {
    return {kind, {}, number, PathElement::Id::kNumber};
  }
  static PathElement Incomplete(std::string_view kind) { return {kind, {}, 0, PathElement::Id::kIncomplete}; }

  const Key* MakeKey(std::initializer_list<PathElement> path, std::string_view ns = "",
                     std::string_view database = "") {
    Key* key = arena_.New<Key>();
    key->app = Kept("s~app");
    key->ns = Kept(ns);
    key->database = Kept(database);
    auto* const elements = arena_.AllocateArray<PathElement>(path.size());
    key->path = elements;
    for (PathElement element : path) {
      element.kind = Kept(element.kind);
      element.name = Kept(element.name);
      elements[key->size++] = element;
    }
    return key;
  }

  static Value Null() { return {}; }
  static Value Bool(bool value) {
    Value result{.type = Type::kBool};
    result.boolean = value;
    return result;
  }
  static Value Int(int64_t value) {
    Value result{.type = Type::kInt};
    result.integer = value;
    return result;
  }
  static Value Double(double value) {
    Value result{.type = Type::kDouble};
    result.number = value;
    return result;
  }
  static Value Timestamp(int64_t micros) {
    Value result{.type = Type::kTimestamp, .meaning = meaning::kTimestamp};
    result.integer = micros;
    return result;
  }
  // A string, or another type that is one.
  Value Text(std::string_view text, Type type = Type::kString) {
    Value result{.type = type};
    result.meaning = ImpliedMeaning(result);
    result.chars = Kept(text).data();
    result.size = static_cast<uint32_t>(text.size());
    return result;
  }
  Value Reference(const Key* key) {
    Value result{.type = Type::kReference};
    result.reference = key;
    return result;
  }
  Value Point(double latitude, double longitude) {
    Value result{.type = Type::kGeoPoint, .meaning = meaning::kGeoPoint};
    GeoPoint* const point = arena_.New<GeoPoint>();
    *point = {latitude, longitude};
    result.point = point;
    return result;
  }
  Value Array(std::initializer_list<Value> items) {
    Value result{.type = Type::kArray, .size = static_cast<uint32_t>(items.size())};
    result.meaning = ImpliedMeaning(result);
    result.items = arena_.CopyArray(items.begin(), items.size());
    return result;
  }
  Value MapOf(std::initializer_list<std::pair<std::string_view, Value>> fields, const Key* key = nullptr) {
    Value result{.type = Type::kMap, .meaning = meaning::kEntity};
    datahaul::Map* const map = arena_.New<datahaul::Map>();
    *map = MakeMap(fields);
    map->key = key;
    result.map = map;
    return result;
  }
  Value UserOf(const User& user) {
    Value result{.type = Type::kUser};
    User* const copy = arena_.New<User>();
    *copy = user;
    for (std::string_view* text : {&copy->email, &copy->auth_domain, &copy->nickname, &copy->user_id,
                                   &copy->federated_identity, &copy->federated_provider}) {
      if (text->data() != nullptr) *text = Kept(*text);
    }
    result.user = copy;
    return result;
  }

  Record MakeRecord(const Key* key, std::initializer_list<std::pair<std::string_view, Value>> fields) {
    Record record;
    record.key = key;
    record.properties = MakeMap(fields);
    return record;
  }

 private:
  datahaul::Map MakeMap(std::initializer_list<std::pair<std::string_view, Value>> fields) {
    auto* const made = arena_.AllocateArray<Field>(fields.size());
    datahaul::Map map;
    for (const auto& [name, value] : fields) made[map.size++] = {Kept(name), value};
    bool unique;
    map.fields = made;
    map.sorted = order_.Sort(made, map.size, &arena_, &unique);
    return map;
  }
  // Readable past its end, as all of a batch's strings are; what stands there must not matter.
  std::string_view Kept(std::string_view text) {
    char* const copy = static_cast<char*>(arena_.Allocate(text.size() + kSlack));
    if (!text.empty()) std::memcpy(copy, text.data(), text.size());
    std::memset(copy + text.size(), '"', kSlack);
    return {copy, text.size()};
  }

  Arena arena_;
  FieldOrder order_;
};

std::string Encoded(const Record& record, const EncodeOptions& options = {}) {
  ByteBuffer out;
  TypedEncoder(options).AppendLine(record, &out);
  return std::string(out.view());
}

constexpr std::string_view kBegin = R"({"key":{"database":"","namespace":"","path":[["k","n"]]},"properties":)";

class TypedEncoderTest : public testing::Test {
 protected:
  const Key* SomeKey() { return make_.MakeKey({Builder::Named("k", "n")}); }
  void ExpectValue(const Value& value, std::string_view json) {
    EXPECT_EQ(Encoded(make_.MakeRecord(SomeKey(), {{"v", value}})), StrCat(kBegin, R"({"v":)", json, "}}\n"));
  }

  Builder make_;
};

// A copy of the value with these beside it.
Value Marked(Value value, bool indexed, int meaning = -1) {
  value.indexed = indexed;
  if (meaning >= 0) value.meaning = static_cast<uint16_t>(meaning);
  return value;
}

TEST_F(TypedEncoderTest, Keys) {
  const Key* const key = make_.MakeKey(
      {Builder::Named("users", "größe\"\n"), Builder::Numbered("orders", -5), Builder::Incomplete("x")}, "ns", "db");
  const std::string path = R"("path":[["users","größe\"\n"],["orders",-5],["x",null]]})";
  EXPECT_EQ(Encoded(make_.MakeRecord(key, {})),
            StrCat(R"({"key":{"database":"db","namespace":"ns",)", path, ",\"properties\":{}}\n"));
  EXPECT_EQ(Encoded(make_.MakeRecord(key, {}), {.full_keys = true}),
            StrCat(R"({"key":{"app":"s~app","database":"db","namespace":"ns",)", path, ",\"properties\":{}}\n"));
  ByteBuffer out;
  TypedEncoder({}).AppendKey(*key, &out);
  EXPECT_EQ(out.view(), StrCat(R"({"database":"db","namespace":"ns",)", path));
}

TEST_F(TypedEncoderTest, DeletesAndUnknown) {
  Record record = make_.MakeRecord(SomeKey(), {{"v", Builder::Int(1)}});
  record.unknown = "\x01\xff";
  EXPECT_EQ(Encoded(record), StrCat(kBegin, "{\"v\":{\"integerValue\":\"1\"}},\"unknown\":\"Af8=\"}\n"));
  record.op = Op::kDelete;  // the key alone
  EXPECT_EQ(Encoded(record),
            "{\"key\":{\"database\":\"\",\"namespace\":\"\",\"path\":[[\"k\",\"n\"]]},\"op\":\"delete\"}\n");
}

TEST_F(TypedEncoderTest, ValuesOfEveryType) {
  ExpectValue(Builder::Null(), R"({"nullValue":null})");
  ExpectValue(Builder::Bool(true), R"({"booleanValue":true})");
  ExpectValue(Builder::Bool(false), R"({"booleanValue":false})");
  ExpectValue(Builder::Int(std::numeric_limits<int64_t>::min()), R"({"integerValue":"-9223372036854775808"})");
  ExpectValue(Builder::Double(5), R"({"doubleValue":5.0})");
  ExpectValue(Builder::Double(-0.0), R"({"doubleValue":-0.0})");
  ExpectValue(Builder::Double(1e16), R"({"doubleValue":1e+16})");
  ExpectValue(Builder::Double(std::numeric_limits<double>::infinity()), R"({"doubleValue":"Infinity"})");
  ExpectValue(Builder::Double(-std::numeric_limits<double>::infinity()), R"({"doubleValue":"-Infinity"})");
  ExpectValue(Builder::Double(std::bit_cast<double>(0xfff8000000000001u)), R"({"doubleValue":"NaN"})");
  ExpectValue(Builder::Timestamp(-1), R"({"timestampValue":"1969-12-31T23:59:59.999999Z"})");
  ExpectValue(Builder::Timestamp(-62135596800'000'000), R"({"timestampValue":"0001-01-01T00:00:00.000000Z"})");
  ExpectValue(Builder::Timestamp(-62135596800'000'001), R"({"timestampMicros":"-62135596800000001"})");
  ExpectValue(Builder::Timestamp(253402300800'000'000), R"({"timestampMicros":"253402300800000000"})");
  ExpectValue(make_.Text("a\"\\\x01/"), R"({"stringValue":"a\"\\\u0001/"})");
  ExpectValue(make_.Text("\xff"), R"({"stringBytes":"/w=="})");
  ExpectValue(make_.Text(std::string("\0\xff", 2), Type::kBytes), R"({"bytesValue":"AP8="})");
  ExpectValue(make_.Text("", Type::kBytes), R"({"bytesValue":""})");
  ExpectValue(make_.Reference(make_.MakeKey({Builder::Numbered("r", 7)}, "n", "d")),
              R"({"referenceValue":{"database":"d","namespace":"n","path":[["r",7]]}})");
  ExpectValue(make_.Point(-1.5, 180), R"({"geoPointValue":{"latitude":-1.5,"longitude":180.0}})");
  ExpectValue(make_.Array({}), R"({"arrayValue":{"values":[]}})");
  ExpectValue(make_.Array({Builder::Int(1), Builder::Null(), make_.MapOf({})}),
              R"({"arrayValue":{"values":[{"integerValue":"1"},{"nullValue":null},{"mapValue":{"fields":{}}}]}})");
  ExpectValue(make_.MapOf({{"b", Builder::Int(1)}, {"a", make_.Array({})}}),
              R"({"mapValue":{"fields":{"a":{"arrayValue":{"values":[]}},"b":{"integerValue":"1"}}}})");
  ExpectValue(make_.MapOf({}, make_.MakeKey({Builder::Incomplete("e")})),
              R"({"mapValue":{"fields":{},"key":{"database":"","namespace":"","path":[["e",null]]}}})");
  ExpectValue(make_.Text("1.50", Type::kDecimal), R"({"decimalValue":"1.50"})");
  ExpectValue(make_.Text("2025-01-02", Type::kDate), R"({"dateValue":"2025-01-02"})");
  ExpectValue(make_.Text("03:04:05", Type::kTime), R"({"timeValue":"03:04:05"})");
  ExpectValue(make_.Text("00000000-0000-0000-0000-000000000000", Type::kUuid),
              R"({"uuidValue":"00000000-0000-0000-0000-000000000000"})");
}

TEST_F(TypedEncoderTest, Users) {
  ExpectValue(make_.UserOf({}), R"({"userValue":{}})");
  User full{.email = "e",
            .auth_domain = "d",
            .nickname = "",
            .user_id = "u",
            .federated_identity = "i",
            .federated_provider = "p"};
  full.gaiaid = -7;
  full.has_gaiaid = true;
  ExpectValue(
      make_.UserOf(full),
      R"({"userValue":{"auth_domain":"d","email":"e","federated_identity":"i","federated_provider":"p","gaiaid":"-7","nickname":"","user_id":"u"}})");
  User few{.email = "e\"", .user_id = "u"};
  ExpectValue(make_.UserOf(few), R"({"userValue":{"email":"e\"","user_id":"u"}})");
}

TEST_F(TypedEncoderTest, WhatStandsBesideAValueIsSortedIntoIt) {
  const struct {
    Value value;
    std::string_view both;  // indexed, and a meaning of 3
  } kCases[] = {
      {Builder::Null(), R"({"indexed":true,"meaning":3,"nullValue":null})"},
      {Builder::Bool(true), R"({"booleanValue":true,"indexed":true,"meaning":3})"},
      {Builder::Int(5), R"({"indexed":true,"integerValue":"5","meaning":3})"},
      {Builder::Double(5), R"({"doubleValue":5.0,"indexed":true,"meaning":3})"},
      {Builder::Timestamp(0), R"({"indexed":true,"meaning":3,"timestampValue":"1970-01-01T00:00:00.000000Z"})"},
      {Builder::Timestamp(INT64_MIN), R"({"indexed":true,"meaning":3,"timestampMicros":"-9223372036854775808"})"},
      {make_.Text("s"), R"({"indexed":true,"meaning":3,"stringValue":"s"})"},
      {make_.Text("\xff"), R"({"indexed":true,"meaning":3,"stringBytes":"/w=="})"},
      {make_.Text("b", Type::kBytes), R"({"bytesValue":"Yg==","indexed":true,"meaning":3})"},
      {make_.Reference(SomeKey()),
       R"({"indexed":true,"meaning":3,"referenceValue":{"database":"","namespace":"","path":[["k","n"]]}})"},
      {make_.Point(1, 2), R"({"geoPointValue":{"latitude":1.0,"longitude":2.0},"indexed":true,"meaning":3})"},
      {make_.MapOf({}), R"({"indexed":true,"mapValue":{"fields":{}},"meaning":3})"},
      {make_.UserOf({}), R"({"indexed":true,"meaning":3,"userValue":{}})"},
      {make_.Text("1", Type::kDecimal), R"({"decimalValue":"1","indexed":true,"meaning":3})"},
      {make_.Text("d", Type::kDate), R"({"dateValue":"d","indexed":true,"meaning":3})"},
      {make_.Text("t", Type::kTime), R"({"indexed":true,"meaning":3,"timeValue":"t"})"},
      {make_.Text("u", Type::kUuid), R"({"indexed":true,"meaning":3,"uuidValue":"u"})"},
  };
  const auto without = [](std::string text, std::string_view part) {
    const size_t at = text.find(part);
    return at == std::string::npos ? text : text.erase(at, part.size());
  };
  for (const auto& [value, both] : kCases) {
    ExpectValue(Marked(value, true, 3), both);
    const bool begins = both.starts_with("{\"indexed\"");
    ExpectValue(Marked(value, false, 3),
                without(std::string(both), begins ? "\"indexed\":true," : ",\"indexed\":true"));
    const bool meaning_last = both.ends_with("\"meaning\":3}");
    ExpectValue(Marked(value, true), without(std::string(both), meaning_last ? ",\"meaning\":3" : "\"meaning\":3,"));
  }
  // Only where it differs from what the type implies.
  ExpectValue(Marked(make_.Point(1, 2), false, 0), R"({"geoPointValue":{"latitude":1.0,"longitude":2.0},"meaning":0})");
  ExpectValue(Marked(Builder::Timestamp(0), false, 0),
              R"({"meaning":0,"timestampValue":"1970-01-01T00:00:00.000000Z"})");
  ExpectValue(Marked(make_.Array({}), false, 0), R"({"arrayValue":{"values":[]},"meaning":0})");
  ExpectValue(Marked(make_.Array({Marked(Builder::Int(1), true)}), false),
              R"({"arrayValue":{"values":[{"indexed":true,"integerValue":"1"}]}})");
  ExpectValue(Marked(make_.Text("x"), true, 65535), R"({"indexed":true,"meaning":65535,"stringValue":"x"})");
}

TEST_F(TypedEncoderTest, StringsOfEveryLength) {
  Random random(1);
  for (const size_t more : {0, 4090, 8185, 20'000}) {  // long ones are written in pieces of 4096
    for (size_t size = more; size < more + 80; ++size) {
      std::string text(size, 'x');
      ExpectValue(make_.Text(text), StrCat(R"({"stringValue":")", text, "\"}"));
      if (size == 0) continue;
      text[random.Below(size)] = '\n';
      std::string escaped = text;
      escaped.replace(escaped.find('\n'), 1, "\\n");
      ExpectValue(make_.Text(text), StrCat(R"({"stringValue":")", escaped, "\"}"));
      text[random.Below(size)] = '\x80';
      ExpectValue(make_.Text(text), StrCat(R"({"stringBytes":")", Base64(text), "\"}"));
    }
  }
  // UTF-8 across the pieces' border; all escaped, at six bytes a byte.
  const std::string euros = StrCat(std::string(4095, 'x'), "€€€");
  ExpectValue(make_.Text(euros), StrCat(R"({"stringValue":")", euros, "\"}"));
  std::string zeros;
  for (int i = 0; i < 10'000; ++i) zeros += "\\u0000";
  ExpectValue(make_.Text(std::string(10'000, '\0')), StrCat(R"({"stringValue":")", zeros, "\"}"));
}

// One of everything, with names and texts of the lengths around which the writer takes one way or another.
Record Everything(Builder* make) {
  const Key* const key =
      make->MakeKey({Builder::Named(std::string(32, 'k'), std::string(32, 'n')), Builder::Numbered("b", INT64_MIN)},
                    std::string(31, 's'), std::string(33, 'd'));
  const std::string email(32, 'e'), nickname(33, 'n'), id(32, 'u');
  User user{.email = email, .nickname = nickname, .user_id = id};
  user.has_gaiaid = true;
  user.gaiaid = INT64_MIN;
  const Value point = Marked(make->Point(-1.2345678901234567e-300, -2.2250738585072014e-308), true, 65535);
  return make->MakeRecord(
      key, {{std::string(32, '1'), Marked(Builder::Int(INT64_MIN), true, 65535)},
            {std::string(32, '2'), point},
            {std::string(31, '3'), make->Text(std::string(32, 'x'))},
            {std::string(33, '4'), make->Text(std::string(32, '"'))},
            {std::string(32, '5'), make->Array({make->Text(std::string(32, 'x')), point, Builder::Null()})},
            {std::string(32, '6'), make->MapOf({{std::string(32, 'x'), make->MapOf({}, key)}}, key)},
            {std::string(32, '7'), Marked(make->UserOf(user), true, 65535)},
            {std::string(32, '8'), make->Reference(key)},
            {std::string(32, '9'), make->Text(std::string(200, '\x80'), Type::kBytes)},
            {std::string(32, ':'), Builder::Timestamp(0)}});
}

// The room left in the buffer must not matter: wherever it ends, it is grown in time (the sanitizer watches).
TEST_F(TypedEncoderTest, TheBufferMayEndAnywhere) {
  const Record record = Everything(&make_);
  for (const bool full_keys : {false, true}) {
    const std::string line = Encoded(record, {.full_keys = full_keys});
    ByteBuffer first;
    first.Reserve(1);
    const size_t capacity = first.capacity();
    ASSERT_GT(capacity, line.size());
    for (size_t before = capacity - line.size() - 300; before <= capacity; ++before) {
      ByteBuffer out;
      out.Reserve(1);
      out.resize(before);
      std::memset(out.data(), '#', before);
      TypedEncoder({.full_keys = full_keys}).AppendLine(record, &out);
      ASSERT_EQ(out.view().substr(before), line);
      ASSERT_EQ(out.view().find_first_not_of('#'), before);
    }
  }
}

// Whatever the ids of shapes are: what is remembered for a map must outlive that of the maps in it.
TEST_F(TypedEncoderTest, ShapesInShapes) {
  for (const uint64_t apart : {1, 256, 512, 1024, 4096}) {
    const Value inner = make_.MapOf({{"x", Builder::Int(1)}, {"y", Builder::Int(2)}});
    Record record = make_.MakeRecord(SomeKey(), {{"a", inner}, {"b", inner}, {"c", Builder::Int(3)}});
    const std::string expected = Encoded(record);
    const Shape outer_shape{.id = 7, .size = 3, .sorted = record.properties.sorted};
    const Shape inner_shape{.id = 7 + apart, .size = 2, .sorted = inner.map->sorted};
    record.properties.shape = &outer_shape;
    const_cast<Map*>(inner.map)->shape = &inner_shape;
    TypedEncoder encoder{EncodeOptions()};
    ByteBuffer out;
    encoder.AppendLine(record, &out);
    EXPECT_EQ(out.view(), expected) << apart;
    encoder.AppendLine(record, &out);
    EXPECT_EQ(out.view(), expected + expected) << apart;
  }
}

TEST_F(TypedEncoderTest, ManyShapes) {
  TypedEncoder encoder{EncodeOptions()};
  ByteBuffer out;
  std::string expected;
  for (uint64_t id = 1; id < 3000; ++id) {  // more than are remembered
    const std::string name = StrCat("name", id);
    Record record = make_.MakeRecord(SomeKey(), {{name, Builder::Int(1)}});
    expected += Encoded(record);
    const Shape shape{.id = id, .size = 1, .sorted = record.properties.sorted};
    record.properties.shape = &shape;
    encoder.AppendLine(record, &out);
  }
  EXPECT_EQ(out.view(), expected);
}

TEST_F(TypedEncoderTest, SaysWhetherStringsAreUtf8) {
  TypedEncoder encoder{EncodeOptions()};
  ByteBuffer out;
  EXPECT_TRUE(encoder.AppendLine(make_.MakeRecord(SomeKey(), {{"v", make_.Text("größe")}}), &out));
  EXPECT_FALSE(encoder.AppendLine(make_.MakeRecord(SomeKey(), {{"v", make_.Text("\xff")}}), &out));
}

TEST(DoubleTextsTest, TheSameAsWithoutMemory) {
  DoubleTexts texts;
  Random random(3);
  std::vector<double> values = {0.0, -0.0, 5e-324, -1.7976931348623157e308, 0.1, 1e16};
  for (int i = 0; i < 2000; ++i) values.push_back(std::bit_cast<double>(random.Next()));
  for (int i = 0; i < 3; ++i) {
    for (const double value : values) {
      if (!std::isfinite(value)) continue;
      char expected[64], found[64];
      char* const end = WriteFiniteDouble(expected, value);
      for (int again = 0; again < 2; ++again) {
        ASSERT_EQ(std::string(found, texts.Write(found, value)), std::string(expected, end));
      }
    }
  }
}

TEST_F(TypedEncoderTest, ManyRecordsInOneBuffer) {
  const Record record = Everything(&make_);
  const std::string line = Encoded(record);
  ByteBuffer out;
  TypedEncoder encoder({});
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    encoder.AppendLine(record, &out);
    expected += line;
  }
  EXPECT_EQ(out.view(), expected);
}

TEST_F(TypedEncoderTest, TheHashIsOfTheLineWithoutApps) {
  const Record record = Everything(&make_);
  Hash128 plain, full, other;
  ByteBuffer out;
  ASSERT_TRUE(TypedEncoder({}).Append(record, &out, &plain).ok());
  EXPECT_EQ(out.view(), Encoded(record));
  out.Append("before");
  const size_t before = out.size();
  ASSERT_TRUE(TypedEncoder({.full_keys = true}).Append(record, &out, &full).ok());
  EXPECT_EQ(out.view().substr(before), Encoded(record, {.full_keys = true}));
  EXPECT_EQ(plain, full);
  ASSERT_TRUE(TypedEncoder({}).Append(make_.MakeRecord(record.key, {}), &out, &other).ok());
  EXPECT_NE(plain, other);
}

}  // namespace
}  // namespace datahaul
