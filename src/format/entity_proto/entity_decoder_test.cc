#include "format/entity_proto/entity_decoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/bytes.h"
#include "base/random.h"
#include "base/text.h"
#include "format/ndjson/format.h"
#include "format/ndjson/typed_encoder.h"
#include "io/memory_reader.h"
#include "testing/sampling.h"

namespace datahaul {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// ------------------------------------------------------------ a small writer of protocol buffers

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  return bytes + static_cast<char>(value);
}

std::string Tag(int field, int wire) { return Varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire)); }
std::string Int(int field, int64_t value) { return Tag(field, 0) + Varint(static_cast<uint64_t>(value)); }
std::string Bits(int field, uint64_t value) {
  return StrCat(Tag(field, 1), std::string_view(reinterpret_cast<char*>(&value), 8));
}
std::string Double(int field, double value) { return Bits(field, std::bit_cast<uint64_t>(value)); }
std::string Bytes(int field, std::string_view value) { return StrCat(Tag(field, 2), Varint(value.size()), value); }
std::string Group(int field, std::string_view inside) { return StrCat(Tag(field, 3), inside, Tag(field, 4)); }

// ------------------------------------------------------------ EntityProto

std::string Named(std::string_view kind, std::string_view name) { return Group(1, Bytes(2, kind) + Bytes(4, name)); }
std::string Numbered(std::string_view kind, int64_t id) { return Group(1, Bytes(2, kind) + Int(3, id)); }
std::string Incomplete(std::string_view kind) { return Group(1, Bytes(2, kind)); }

// A Reference's fields.
std::string Reference(std::string_view path, std::string_view ns = "", std::string_view database = "") {
  std::string fields = Bytes(13, "s~app") + Bytes(14, path);
  if (!ns.empty()) fields += Bytes(20, ns);
  if (!database.empty()) fields += Bytes(23, database);
  return fields;
}

std::string Key() { return Bytes(13, Reference(Named("k", "n"))); }
std::string EntityGroup() { return Bytes(16, Named("k", "n")); }

// An entity with this properties' bytes.
std::string Entity(std::string_view properties) { return StrCat(Key(), properties, EntityGroup()); }

// A map: an entity without a key.
std::string Map(std::string_view properties) {
  return StrCat(Bytes(13, Bytes(13, "") + Bytes(14, "")), properties, Bytes(16, ""));
}

struct Flags {
  int meaning = 0;
  bool multiple = false;
  bool indexed = false;
};

// A property whose value holds these fields.
std::string Property(std::string_view name, std::string_view value, const Flags& flags = {}) {
  std::string fields;
  if (flags.meaning != 0) fields += Int(1, flags.meaning);
  fields += Bytes(3, name) + Int(4, flags.multiple) + Bytes(5, value);
  return Bytes(flags.indexed ? 14 : 15, fields);
}

constexpr std::string_view kNothing;
std::string Integer(int64_t value) { return Int(1, value); }
std::string Text(std::string_view text) { return Bytes(3, text); }
std::string Point(double x, double y) { return Group(5, Double(6, x) + Double(7, y)); }

// ------------------------------------------------------------ decoding

struct Decoded {
  std::string line;   // typed NDJSON, with app ids
  std::string error;  // if it is no entity
  bool operator==(const Decoded&) const = default;
  friend void PrintTo(const Decoded& decoded, std::ostream* out) { *out << decoded.line << decoded.error; }
};

// `behind` stands where decoders may look, but must not see: they may read kSlack bytes past the end.
Decoded Decode(std::string_view bytes, bool fast, std::string_view behind) {
  const auto copy = std::make_unique<char[]>(bytes.size() + kSlack);  // no more, so that the sanitizer watches
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  std::memcpy(copy.get() + bytes.size(), behind.data(), kSlack);
  static EntityDecoder quick(true),
      general(false);  // used again, as decoders are: what one leaves must not harm the next
  EntityDecoder& decoder = fast ? quick : general;
  static Arena arena;
  arena.Reset();
  Record record;
  if (!decoder.Decode({copy.get(), bytes.size()}, &arena, &record)) return {"", decoder.error()};
  EXPECT_EQ(decoder.error(), "");
  static TypedEncoder encoder({.full_keys = true});
  ByteBuffer out;
  encoder.AppendLine(record, &out);
  return {std::string(out.view()), ""};
}

// The one result of both paths, whatever stands behind the record.
Decoded Decode(std::string_view bytes) {
  static const std::string kBehind[] = {
      std::string(kSlack, '\0'),
      std::string(kSlack, '\xff'),
      Property("behind", Integer(1)).substr(1) + std::string(kSlack, '\x7a'),  // what a tag at the very end would begin
      Property("x", Text("y")) + Property("z", Text("y")) + std::string(kSlack, 'x'),
  };
  const Decoded decoded = Decode(bytes, false, kBehind[0]);
  for (const std::string& behind : kBehind) {
    EXPECT_EQ(Decode(bytes, true, behind), decoded) << "fast, of " << Hex(bytes);
    EXPECT_EQ(Decode(bytes, false, behind), decoded) << "general, of " << Hex(bytes);
  }
  return decoded;
}

constexpr std::string_view kKeyJson = R"({"app":"s~app","database":"","namespace":"","path":[["k","n"]]})";

std::string Line(std::string_view properties, std::string_view unknown = "") {
  std::string line = StrCat(R"({"key":)", kKeyJson, R"(,"properties":)", properties);
  if (!unknown.empty()) StrAppend(&line, R"(,"unknown":")", Base64(unknown), "\"");
  return line + "}\n";
}

void ExpectProperties(std::string_view properties, std::string_view json) {
  EXPECT_EQ(Decode(Entity(properties)), (Decoded{Line(json), ""}));
}

// The same, but the record holds more than the model can.
void ExpectUnknown(const std::string& entity, std::string_view json) {
  EXPECT_EQ(Decode(entity), (Decoded{Line(json, entity), ""}));
}

void ExpectValue(std::string_view value, int meaning, std::string_view json) {
  ExpectProperties(Property("v", value, {.meaning = meaning}), StrCat(R"({"v":)", json, "}"));
}

// Lossless: the line, read back and written again, is itself.
void ExpectComesBack(const std::string& line) {
  const MemoryReader reader("memory://line", line);
  auto decoder = *TypedNdjson().NewDecoder(&reader, {0, line.size()}, 0, {});
  RecordBatch batch;
  ASSERT_TRUE(decoder->Read(&batch).ok());
  for (const Reject& reject : batch.rejects) ADD_FAILURE() << reject.reason << "\n" << line;
  ASSERT_EQ(batch.records.size(), 1u);
  ByteBuffer out;
  TypedEncoder({.full_keys = true}).AppendLine(batch.records[0], &out);
  ASSERT_EQ(out.view(), line);
}

// ------------------------------------------------------------ values

TEST(EntityDecoderTest, Scalars) {
  const struct {
    std::string value;
    int meaning;
    std::string_view json;
  } kCases[] = {
      {"", 0, R"({"nullValue":null})"},
      {Int(2, 0), 0, R"({"booleanValue":false})"},
      {Int(2, 1), 0, R"({"booleanValue":true})"},
      {Int(2, 7), 0, R"({"booleanValue":true})"},
      {Integer(0), 0, R"({"integerValue":"0"})"},
      {Integer(-1), 0, R"({"integerValue":"-1"})"},
      {Integer(INT64_MAX), 0, R"({"integerValue":"9223372036854775807"})"},
      {Integer(INT64_MIN), 0, R"({"integerValue":"-9223372036854775808"})"},
      {Double(4, 5), 0, R"({"doubleValue":5.0})"},
      {Double(4, -0.0), 0, R"({"doubleValue":-0.0})"},
      {Double(4, std::numeric_limits<double>::infinity()), 0, R"({"doubleValue":"Infinity"})"},
      {Double(4, -std::numeric_limits<double>::infinity()), 0, R"({"doubleValue":"-Infinity"})"},
      {Bits(4, 0x7ff8000000000000u), 0, R"({"doubleValue":"NaN"})"},
      {Bits(4, 0xfff0000000000001u), 0, R"({"doubleValue":"NaN"})"},
      {Text(""), 0, R"({"stringValue":""})"},
      {Text("größe \"\n"), 0, R"({"stringValue":"größe \"\n"})"},
      {Text("\xff"), 0, R"({"stringBytes":"/w=="})"},
  };
  for (const auto& [value, meaning, json] : kCases) ExpectValue(value, meaning, json);
  // Lengths of one, two and three bytes.
  for (const size_t size : {127, 128, 16'000, 16'383, 16'384, 20'000, 300'000}) {
    ExpectValue(Text(std::string(size, 'x')), 0, StrCat(R"({"stringValue":")", std::string(size, 'x'), "\"}"));
  }
}

TEST(EntityDecoderTest, Meanings) {
  const struct {
    std::string value;
    int meaning;
    std::string_view json;
  } kCases[] = {
      {Integer(0), 7, R"({"timestampValue":"1970-01-01T00:00:00.000000Z"})"},
      {Integer(-1), 7, R"({"timestampValue":"1969-12-31T23:59:59.999999Z"})"},
      {Integer(INT64_MIN), 7, R"({"timestampMicros":"-9223372036854775808"})"},
      {Integer(5), 13, R"({"integerValue":"5","meaning":13})"},
      {Point(1.5, -2), 9, R"({"geoPointValue":{"latitude":1.5,"longitude":-2.0}})"},
      {Point(1.5, -2), 0, R"({"geoPointValue":{"latitude":1.5,"longitude":-2.0},"meaning":0})"},
      {Text(std::string("\0\xff", 2)), 14, R"({"bytesValue":"AP8="})"},
      {Text(std::string("\0\xff", 2)), 16, R"({"bytesValue":"AP8=","meaning":16})"},
      {Text("long"), 15, R"({"meaning":15,"stringValue":"long"})"},
      {Text("\xff"), 15, R"({"meaning":15,"stringBytes":"/w=="})"},
      {Text("c"), 1, R"({"meaning":1,"stringValue":"c"})"},
      {Text("l"), 2, R"({"meaning":2,"stringValue":"l"})"},
      {Text("t"), 3, R"({"meaning":3,"stringValue":"t"})"},
      {Text("e"), 8, R"({"meaning":8,"stringValue":"e"})"},
      {Text("i"), 10, R"({"meaning":10,"stringValue":"i"})"},
      {Text("p"), 11, R"({"meaning":11,"stringValue":"p"})"},
      {Text("a"), 12, R"({"meaning":12,"stringValue":"a"})"},
      {Text("b"), 17, R"({"meaning":17,"stringValue":"b"})"},
      {Text("x"), 18, R"({"meaning":18,"stringValue":"x"})"},
      {Text("n"), 20, R"({"meaning":20,"stringValue":"n"})"},
      {Text("n"), 127, R"({"meaning":127,"stringValue":"n"})"},
      {Text("n"), 128, R"({"meaning":128,"stringValue":"n"})"},
      {Text("n"), 65535, R"({"meaning":65535,"stringValue":"n"})"},
      // A meaning and a carrier that do not go together are kept as they are.
      {Text("7"), 7, R"({"meaning":7,"stringValue":"7"})"},
      {Integer(5), 14, R"({"integerValue":"5","meaning":14})"},
      {Integer(5), 19, R"({"integerValue":"5","meaning":19})"},
      {Double(4, 1), 7, R"({"doubleValue":1.0,"meaning":7})"},
      {"", 7, R"({"meaning":7,"nullValue":null})"},
      {"", 19, R"({"meaning":19,"nullValue":null})"},
      {Integer(5), 24, R"({"integerValue":"5","meaning":24})"},
  };
  for (const auto& [value, meaning, json] : kCases) ExpectValue(value, meaning, json);
}

TEST(EntityDecoderTest, Indexed) {
  ExpectProperties(Property("v", Integer(5), {.indexed = true}), R"({"v":{"indexed":true,"integerValue":"5"}})");
  ExpectProperties(Property("v", kNothing, {.indexed = true}), R"({"v":{"indexed":true,"nullValue":null}})");
  ExpectProperties(Property("v", Text("b"), {.meaning = 16, .indexed = true}),
                   R"({"v":{"bytesValue":"Yg==","indexed":true,"meaning":16}})");
  ExpectProperties(Property("v", Text(Map("")), {.meaning = 19, .indexed = true}),
                   R"({"v":{"indexed":true,"mapValue":{"fields":{}}}})");
}

TEST(EntityDecoderTest, Users) {
  const std::string full = Group(8, Bytes(9, "e") + Bytes(10, "d") + Bytes(11, "n") + Int(18, -7) + Bytes(19, "u") +
                                        Bytes(21, "i") + Bytes(22, "p"));
  ExpectValue(
      full, 0,
      R"({"userValue":{"auth_domain":"d","email":"e","federated_identity":"i","federated_provider":"p","gaiaid":"-7","nickname":"n","user_id":"u"}})");
  ExpectValue(
      full, 20,
      R"({"meaning":20,"userValue":{"auth_domain":"d","email":"e","federated_identity":"i","federated_provider":"p","gaiaid":"-7","nickname":"n","user_id":"u"}})");
  ExpectValue(Group(8, ""), 0, R"({"userValue":{}})");
  ExpectValue(Group(8, Bytes(9, "") + Int(18, 0)), 0, R"({"userValue":{"email":"","gaiaid":"0"}})");
  // Text that is not UTF-8 has no place in a JSON string: the member is left out, and the original kept.
  const std::string bad = Entity(Property("v", Group(8, Bytes(9, "e\xff") + Bytes(10, "d"))));
  ExpectUnknown(bad, R"({"v":{"userValue":{"auth_domain":"d"}}})");
}

TEST(EntityDecoderTest, References) {
  const auto element = [](std::string_view kind, std::string_view id) {
    return Group(14, StrCat(Bytes(15, kind), id));
  };
  ExpectValue(
      Group(12, Bytes(13, "s~app") + element("a", Int(16, 5)) + element("b", Bytes(17, "n")) + element("c", "")), 0,
      R"({"referenceValue":{"app":"s~app","database":"","namespace":"","path":[["a",5],["b","n"],["c",null]]}})");
  ExpectValue(Group(12, Bytes(13, "x") + element("a", Int(16, -1)) + Bytes(20, "ns") + Bytes(23, "db")), 0,
              R"({"referenceValue":{"app":"x","database":"db","namespace":"ns","path":[["a",-1]]}})");
  ExpectValue(Group(12, ""), 0, R"({"referenceValue":{"app":"","database":"","namespace":"","path":[]}})");
}

// ------------------------------------------------------------ arrays

TEST(EntityDecoderTest, Arrays) {
  const Flags list{.multiple = true}, listed{.multiple = true, .indexed = true};
  ExpectProperties(Property("v", Integer(1), list), R"({"v":{"arrayValue":{"values":[{"integerValue":"1"}]}}})");
  ExpectProperties(
      Property("v", Integer(1), list) + Property("v", kNothing, list) +
          Property("v", Text("b"), {.meaning = 14, .multiple = true}),
      R"({"v":{"arrayValue":{"values":[{"integerValue":"1"},{"nullValue":null},{"bytesValue":"Yg=="}]}}})");
  // Two lists after each other, and a value in between.
  ExpectProperties(
      Property("a", Integer(1), list) + Property("b", Integer(2), list) + Property("c", Integer(3)) +
          Property("d", Integer(4), list),
      R"({"a":{"arrayValue":{"values":[{"integerValue":"1"}]}},"b":{"arrayValue":{"values":[{"integerValue":"2"}]}},)"
      R"("c":{"integerValue":"3"},"d":{"arrayValue":{"values":[{"integerValue":"4"}]}}})");
  // One list, indexed elements first.
  ExpectProperties(
      Property("v", Integer(1), listed) + Property("v", Text("x"), {.meaning = 15, .multiple = true}),
      R"({"v":{"arrayValue":{"values":[{"indexed":true,"integerValue":"1"},{"meaning":15,"stringValue":"x"}]}}})");
  // Its parts apart.
  ExpectProperties(
      Property("v", Integer(1), listed) + Property("a", Integer(7)) + Property("v", Integer(2), list) +
          Property("b", Integer(8), list) + Property("v", Integer(3), list),
      R"({"a":{"integerValue":"7"},"b":{"arrayValue":{"values":[{"integerValue":"8"}]}},)"
      R"("v":{"arrayValue":{"values":[{"indexed":true,"integerValue":"1"},{"integerValue":"2"},{"integerValue":"3"}]}}})");
}

TEST(EntityDecoderTest, EmptyArrays) {
  for (const bool indexed : {false, true}) {
    ExpectProperties(Property("v", kNothing, {.meaning = 24, .indexed = indexed}),
                     R"({"v":{"arrayValue":{"values":[]}}})");
  }
  // As an element it is a null of a strange meaning.
  ExpectProperties(Property("v", kNothing, {.meaning = 24, .multiple = true}),
                   R"({"v":{"arrayValue":{"values":[{"meaning":24,"nullValue":null}]}}})");
}

// ------------------------------------------------------------ maps and embedded entities

TEST(EntityDecoderTest, Maps) {
  ExpectValue(Text(Map("")), 19, R"({"mapValue":{"fields":{}}})");
  ExpectValue(Text(""), 19, R"({"mapValue":{"fields":{}}})");
  ExpectValue(
      Text(Map(Property("b", Integer(1)) + Property("a", Text(Map(Property("c", kNothing))), {.meaning = 19}))), 19,
      R"({"mapValue":{"fields":{"a":{"mapValue":{"fields":{"c":{"nullValue":null}}}},"b":{"integerValue":"1"}}}})");
  // A list in a map, in a list of maps.
  const Flags list{.multiple = true};
  const std::string inner = Map(Property("l", Integer(1), list) + Property("l", Integer(2), list));
  ExpectProperties(
      Property("v", Text(inner), {.meaning = 19, .multiple = true}) +
          Property("v", Text(Map("")), {.meaning = 19, .multiple = true}) + Property("w", Integer(3)),
      R"({"v":{"arrayValue":{"values":[{"mapValue":{"fields":{"l":{"arrayValue":{"values":[{"integerValue":"1"},{"integerValue":"2"}]}}}}},)"
      R"({"mapValue":{"fields":{}}}]}},"w":{"integerValue":"3"}})");
  // Without anything that an embedded entity need not have.
  ExpectValue(Text(Property("a", Integer(1))), 19, R"({"mapValue":{"fields":{"a":{"integerValue":"1"}}}})");
}

TEST(EntityDecoderTest, EmbeddedEntitiesWithKeys) {
  const auto embedded = [](const std::string& reference, const std::string& group) {
    return Text(Bytes(13, reference) + Property("a", Integer(1), {.indexed = true}) + Bytes(16, group));
  };
  constexpr std::string_view kFields =
      R"({"mapValue":{"fields":{"a":{"indexed":true,"integerValue":"1"}},"key":{"app":")";
  ExpectValue(embedded(Reference(Numbered("e", 5)), Numbered("e", 5)), 19,
              StrCat(kFields, R"(s~app","database":"","namespace":"","path":[["e",5]]}}})"));
  ExpectValue(embedded(Reference(Incomplete("e"), "ns", "db"), Incomplete("e")), 19,
              StrCat(kFields, R"(s~app","database":"db","namespace":"ns","path":[["e",null]]}}})"));
  ExpectValue(embedded(Reference(Numbered("e", 5)), ""), 19,
              StrCat(kFields, R"(s~app","database":"","namespace":"","path":[["e",5]]}}})"));
  // Any part of a key makes it one.
  ExpectValue(embedded(Bytes(13, "x") + Bytes(14, ""), ""), 19,
              StrCat(kFields, R"(x","database":"","namespace":"","path":[]}}})"));
  ExpectValue(embedded(Bytes(13, "") + Bytes(14, "") + Bytes(20, "ns"), ""), 19,
              StrCat(kFields, R"(","database":"","namespace":"ns","path":[]}}})"));
}

// `inner` inside `levels` maps, each within an array if `arrays`.
std::string Nested(int levels, std::string inner, bool arrays) {
  for (int i = 0; i < levels; ++i) inner = Map(Property("m", Text(inner), {.meaning = 19, .multiple = arrays}));
  return inner;
}

TEST(EntityDecoderTest, ADepthOfAHundredAndNoMore) {
  for (const bool arrays : {false, true}) {
    const auto decode = [&](int levels) {
      return Decode(
          Entity(Property("v", Text(Nested(levels - 1, Map(Property("deep", Integer(1))), arrays)), {.meaning = 19})));
    };
    for (const int levels : {1, 2, 50, 99, 100}) {
      EXPECT_THAT(decode(levels).line, HasSubstr(R"("deep":{"integerValue":"1"})")) << levels;
      ExpectComesBack(decode(levels).line);
    }
    for (const int levels : {101, 102, 1000}) {
      const std::string error = decode(levels).error;
      EXPECT_THAT(error, StartsWith("property \"v\", at byte ")) << levels;
      EXPECT_THAT(error, EndsWith("of the record: embedded entities nested deeper than 100")) << levels;
    }
  }
}

// Damage at the bottom, where the quick path and then the general one might each try every level twice: 2^100 steps.
TEST(EntityDecoderTest, DamageFarDownIsFoundQuickly) {
  const std::string good = Property("a", Integer(1));
  for (const std::string& bottom :
       {Property("\xff", kNothing), good.substr(0, good.size() - 1),
        Bytes(15, Int(4, 1) + Bytes(3, "late") + Bytes(5, "")), Property("p", Group(5, "").substr(0, 1))}) {
    std::string inner = Map(bottom);
    std::string unusual = inner;  // every level in an order that only the general path knows
    for (int i = 0; i < 99; ++i) {
      inner = Map(Property("m", Text(inner), {.meaning = 19}));
      unusual = Map(Bytes(15, Bytes(5, Text(unusual)) + Bytes(3, "m") + Int(4, 0) + Int(1, 19)));
    }
    const Decoded usual = Decode(Entity(Property("v", Text(inner), {.meaning = 19})));
    const Decoded other = Decode(Entity(Property("v", Text(unusual), {.meaning = 19})));
    EXPECT_EQ(usual.error.empty(), other.error.empty());
  }
}

// ------------------------------------------------------------ keys

TEST(EntityDecoderTest, Keys) {
  const auto key = [](const std::string& reference, const std::string& group) {
    return Decode(Bytes(13, reference) + Bytes(16, group)).line;
  };
  EXPECT_EQ(key(Reference(Named("users", "ann") + Numbered("orders", 5)), Named("users", "ann")),
            "{\"key\":{\"app\":\"s~app\",\"database\":\"\",\"namespace\":\"\",\"path\":[[\"users\",\"ann\"],["
            "\"orders\",5]]},\"properties\":{}}\n");
  EXPECT_EQ(key(Reference(Incomplete("k"), "größe", "db"), Incomplete("k")),
            "{\"key\":{\"app\":\"s~app\",\"database\":\"db\",\"namespace\":\"größe\",\"path\":[[\"k\",null]]},"
            "\"properties\":{}}\n");
  EXPECT_EQ(
      key(Reference(Named("k", "")), Named("k", "")),  // an empty name is a name
      "{\"key\":{\"app\":\"s~app\",\"database\":\"\",\"namespace\":\"\",\"path\":[[\"k\",\"\"]]},\"properties\":{}}\n");
}

TEST(EntityDecoderTest, TheEntityGroupIsThePathsFirstElementOrMore) {
  const auto entity = [](const std::string& group) { return Bytes(13, Reference(Named("k", "n"))) + Bytes(16, group); };
  EXPECT_EQ(Decode(entity(Named("k", "n"))).line, Line("{}"));
  EXPECT_EQ(Decode(entity("")).line, Line("{}"));
  EXPECT_EQ(Decode(Bytes(13, Reference(Named("k", "n")))).line, Line("{}"));            // none at all
  EXPECT_EQ(Decode(entity(Group(1, Bytes(4, "n") + Bytes(2, "k")))).line, Line("{}"));  // said in another order
  for (const std::string& group :
       {Named("k", "m"), Named("l", "n"), Numbered("k", 1), Incomplete("k"), Named("k", "n") + Named("a", "b"),
        Named("k", "n") + Int(2, 1), Group(1, Bytes(2, "k") + Bytes(4, "n") + Int(9, 9))}) {
    ExpectUnknown(entity(group), "{}");
  }
  EXPECT_EQ(Decode(entity("\x0b")).error, "at byte 22 of the record: malformed entity group");
}

// ------------------------------------------------------------ unusual, but legal

TEST(EntityDecoderTest, AnyOrderAndAnyVarints) {
  const std::string value = Bytes(5, Text("x")), name = Bytes(3, "v"), multiple = Int(4, 1), meaning = Int(1, 15);
  constexpr std::string_view kJson = R"({"v":{"arrayValue":{"values":[{"meaning":15,"stringValue":"x"}]}}})";
  for (const std::string& fields : {StrCat(meaning, name, multiple, value), StrCat(name, multiple, value, meaning),
                                    StrCat(value, meaning, name, multiple), StrCat(multiple, name, meaning, value)}) {
    ExpectProperties(Bytes(15, fields), kJson);
  }
  // Properties before the key, the group first.
  EXPECT_EQ(Decode(EntityGroup() + Property("v", Integer(1)) + Key()).line, Line(R"({"v":{"integerValue":"1"}})"));
  // Varints with more bytes than needed: of a tag, a length, a number, a meaning.
  const std::string five("\x85\x80\x00", 3), v_name = Bytes(3, "v");
  ExpectProperties(StrCat(std::string_view("\xfa\x00", 2), Varint(9), v_name, Int(4, 0), Bytes(5, Int(2, 1))),
                   R"({"v":{"booleanValue":true}})");
  ExpectProperties(Bytes(15, v_name + Int(4, 0) + Bytes(5, Tag(1, 0) + five)), R"({"v":{"integerValue":"5"}})");
  ExpectProperties(Bytes(15, v_name + Int(4, 0) + Bytes(5, StrCat(Tag(3, 2), five, "hello"))),
                   R"({"v":{"stringValue":"hello"}})");
  ExpectProperties(
      Bytes(15, StrCat(Tag(1, 0), std::string_view("\x87\x00", 2), v_name, Int(4, 0), Bytes(5, Integer(0)))),
      R"({"v":{"timestampValue":"1970-01-01T00:00:00.000000Z"}})");
  // `multiple` absent, `value` absent, a meaning of 0 written out.
  ExpectProperties(Bytes(15, v_name + Bytes(5, Integer(1))), R"({"v":{"integerValue":"1"}})");
  ExpectProperties(Bytes(15, v_name), R"({"v":{"nullValue":null}})");
  ExpectProperties(Bytes(15, Int(1, 0) + v_name + Int(4, 0) + Bytes(5, Integer(1))), R"({"v":{"integerValue":"1"}})");
}

TEST(EntityDecoderTest, Names) {
  ExpectProperties(Property("", Integer(1)), R"({"":{"integerValue":"1"}})");
  ExpectProperties(Property("größe", Integer(1)), R"({"größe":{"integerValue":"1"}})");
  ExpectProperties(Property(std::string("a\0\"", 3), Integer(1)), R"({"a\u0000\"":{"integerValue":"1"}})");
  for (const size_t size : {7, 8, 9, 31, 32, 33, 127, 128, 1500}) {
    ExpectProperties(Property(std::string(size, 'n'), Integer(1)),
                     StrCat("{\"", std::string(size, 'n'), R"(":{"integerValue":"1"}})"));
  }
  // By code point, whatever the order of the record.
  ExpectProperties(
      Property("b", Integer(1)) + Property("\xf0\x9f\x98\x80", Integer(2)) + Property("\xef\xbf\xbd", Integer(3)) +
          Property("a", Integer(4)),
      "{\"a\":{\"integerValue\":\"4\"},\"b\":{\"integerValue\":\"1\"},\"\xef\xbf\xbd\":{\"integerValue\":\"3\"},"
      "\"\xf0\x9f\x98\x80\":{\"integerValue\":\"2\"}}");
}

// ------------------------------------------------------------ more than the model holds

TEST(EntityDecoderTest, WhatTheModelCannotExpressIsKeptWhole) {
  const std::string good = Property("v", Integer(1));
  constexpr std::string_view kOne = R"({"v":{"integerValue":"1"}})", kNull = R"({"v":{"nullValue":null}})";
  const auto property = [](const std::string& more) {
    return Bytes(15, Bytes(3, "v") + Int(4, 0) + Bytes(5, Integer(1)) + more);
  };
  const auto value = [](const std::string& fields) { return Entity(Property("v", fields)); };
  const struct {
    std::string entity;
    std::string_view json;
  } kCases[] = {
      // EntityProto: kind, kind_uri, owner; unknown numbers, known ones of another wire type; of every wire type.
      {Entity(good + Int(4, 1)), kOne},
      {Entity(good + Bytes(5, "uri")), kOne},
      {Entity(good + Bytes(17, "owner")), kOne},
      {Entity(good + Int(14, 1)), kOne},
      {Entity(good + Bits(99, 1)), kOne},
      {Entity(good + Tag(99, 5) + "1234"), kOne},
      {Entity(good + Group(99, Group(98, Bytes(1, "x")) + Int(1, 1))), kOne},
      {Entity(good + Int(0x1fffffff, 1)), kOne},
      // Reference, Path, Path.Element.
      {Bytes(13, Reference(Named("k", "n")) + Int(99, 1)) + good, kOne},
      {Bytes(13, Reference(Named("k", "n") + Int(99, 1))) + good, kOne},
      {Bytes(13, Reference(Group(1, Bytes(2, "k") + Int(99, 1) + Bytes(4, "n")))) + good, kOne},
      {Bytes(13, Reference(Group(1, Bytes(2, "k") + Int(3, 5) + Bytes(4, "n")))) + good, kOne},  // id and name
      // Property: meaning_uri, stashed, computed, unknown; a meaning that is no 16-bit number.
      {Entity(property(Bytes(2, "uri"))), kOne},
      {Entity(property(Int(6, -1))), kOne},
      {Entity(property(Int(7, 1))), kOne},
      {Entity(property(Group(9, ""))), kOne},
      {Entity(property(Int(1, 65536))), kOne},
      {Entity(property(Int(1, int64_t{1} << 32))), kOne},
      // PropertyValue: several members, an unknown one.
      {value(Text("x") + Integer(1)), kOne},
      {value(Integer(2) + Integer(1)), kOne},
      {value(Point(1, 2) + Integer(1)), kOne},
      {value(Int(99, 1)), kNull},
      {value(Integer(1) + Int(99, 1)), kOne},
      {value(Bytes(1, "x")), kNull},
      // Groups.
      {value(Group(5, Double(6, 1))), R"({"v":{"geoPointValue":{"latitude":1.0,"longitude":0.0},"meaning":0}})"},
      {value(Group(5, Double(6, 2) + Double(6, 1))),
       R"({"v":{"geoPointValue":{"latitude":1.0,"longitude":0.0},"meaning":0}})"},
      {value(Group(5, Double(6, 1) + Double(7, 2) + Int(99, 1))),
       R"({"v":{"geoPointValue":{"latitude":1.0,"longitude":2.0},"meaning":0}})"},
      {value(Group(8, Bytes(9, "e") + Int(99, 1))), R"({"v":{"userValue":{"email":"e"}}})"},
      {value(Group(12, Bytes(13, "a") + Int(99, 1))),
       R"({"v":{"referenceValue":{"app":"a","database":"","namespace":"","path":[]}}})"},
      {value(Group(12, Bytes(13, "a") + Group(14, Bytes(15, "k") + Int(99, 1)))),
       R"({"v":{"referenceValue":{"app":"a","database":"","namespace":"","path":[["k",null]]}}})"},
      // The same, far inside.
      {Entity(Property("v", Text(Map(Property("w", Integer(1)) + Int(99, 1))), {.meaning = 19})),
       R"({"v":{"mapValue":{"fields":{"w":{"integerValue":"1"}}}}})"},
  };
  for (const auto& [entity, json] : kCases) ExpectUnknown(entity, json);
}

TEST(EntityDecoderTest, WhatMayStandOnceCountsTheLastTimeAndIsKeptWhole) {
  const std::string good = Property("v", Integer(1));
  constexpr std::string_view kOne = R"({"v":{"integerValue":"1"}})";
  const auto property = [](const std::string& fields) { return Entity(Bytes(15, fields)); };
  const auto value = [](const std::string& fields) { return Entity(Property("v", fields)); };
  const std::string name = Bytes(3, "v"), one = Bytes(5, Integer(1));
  const struct {
    std::string entity;
    std::string_view json;
  } kCases[] = {
      {Bytes(13, Reference(Named("a", "b"))) + Entity(good), kOne},
      {Bytes(16, "") + Entity(good), kOne},
      {Bytes(13, Bytes(13, "x") + Reference(Named("k", "n"))) + good, kOne},
      {Bytes(13, Bytes(14, Named("a", "b")) + Reference(Named("k", "n"))) + good, kOne},
      {Bytes(13, Bytes(20, "x") + Reference(Named("k", "n")) + Bytes(20, "")) + good, kOne},
      {Bytes(13, Bytes(23, "x") + Reference(Named("k", "n")) + Bytes(23, "")) + good, kOne},
      {Bytes(13, Reference(Group(1, Bytes(2, "x") + Bytes(2, "k") + Bytes(4, "n")))) + good, kOne},
      {Bytes(13, Reference(Group(1, Bytes(2, "k") + Bytes(4, "x") + Bytes(4, "n")))) + good, kOne},
      {property(Bytes(3, "x") + name + one), kOne},
      {property(Int(1, 7) + Int(1, 0) + name + one), kOne},
      {property(name + Int(4, 1) + Int(4, 0) + one), kOne},
      {property(name + Bytes(5, Text("x")) + one), kOne},
      {value(Group(8, Bytes(9, "x") + Bytes(9, "e"))), R"({"v":{"userValue":{"email":"e"}}})"},
      {value(Group(8, Int(18, 1) + Int(18, 2))), R"({"v":{"userValue":{"gaiaid":"2"}}})"},
      {value(Group(12, Bytes(13, "x") + Bytes(13, "a"))),
       R"({"v":{"referenceValue":{"app":"a","database":"","namespace":"","path":[]}}})"},
  };
  for (const auto& [entity, json] : kCases) ExpectUnknown(entity, json);
  // A map that says twice that it has no key.
  const std::string no_key = Bytes(13, Bytes(13, "") + Bytes(14, ""));
  ExpectUnknown(Entity(Property("v", Text(no_key + Map("")), {.meaning = 19})), R"({"v":{"mapValue":{"fields":{}}}})");
}

TEST(EntityDecoderTest, TheValuesOfANameGivenTwiceAreShownAsAListAndTheOriginalIsKept) {
  const Flags list{.multiple = true};
  const std::string one = Property("v", Integer(1)), two = Property("v", Integer(2), {.indexed = true}),
                    item = Property("v", Integer(3), list), empty = Property("v", kNothing, {.meaning = 24}),
                    other = Property("a", Integer(9));
  constexpr std::string_view kOne = R"({"integerValue":"1"})", kTwo = R"({"indexed":true,"integerValue":"2"})",
                             kItem = R"({"integerValue":"3"})";
  const struct {
    std::string properties;
    std::string values;
  } kCases[] = {
      {one + two, StrCat(kOne, ",", kTwo)},
      {two + one, StrCat(kTwo, ",", kOne)},
      {one + item, StrCat(kOne, ",", kItem)},
      {item + one, StrCat(kItem, ",", kOne)},
      {item + one + item, StrCat(kItem, ",", kOne, ",", kItem)},
      {item + empty, std::string(kItem)},
      {empty + item, std::string(kItem)},
      {empty + one, std::string(kOne)},
      {empty + empty, ""},
  };
  for (const auto& [properties, values] : kCases) {
    const std::string fields = StrCat(R"({"v":{"arrayValue":{"values":[)", values, "]}}}");
    ExpectUnknown(Entity(properties), fields);
    ExpectUnknown(Entity(Property("m", Text(Map(properties)), {.meaning = 19})),
                  StrCat(R"({"m":{"mapValue":{"fields":)", fields, "}}}"));
  }
  ExpectUnknown(Entity(one + other + two),
                StrCat(R"({"a":{"integerValue":"9"},"v":{"arrayValue":{"values":[)", kOne, ",", kTwo, "]}}}"));
}

// ------------------------------------------------------------ no entities

TEST(EntityDecoderTest, ErrorsSayWhatWasExpectedWhereAndInWhichProperty) {
  const std::string key = Key();
  ASSERT_EQ(key.size(), 19u);  // as the places below assume
  const auto property = [&](const std::string& fields) { return key + Bytes(15, fields); };
  const auto value = [&](const std::string& fields) { return key + Property("v", fields); };
  const struct {
    std::string bytes;
    std::string_view error;
  } kCases[] = {
      {"", "at byte 0 of the record: expected a key with a path, found none"},
      {Property("v", Integer(1)), "at byte 0 of the record: expected a key with a path, found none"},
      {Bytes(13, ""), "at byte 0 of the record: expected a key with a path, found none"},
      {Bytes(13, Bytes(13, "a") + Bytes(14, "")), "at byte 0 of the record: expected a key with a path, found none"},
      {Bytes(13, "\x72\x05"), "at byte 0 of the record: malformed key"},
      {key + "\x72", "at byte 19 of the record: property runs past the end"},
      {key + "\x72\x01", "at byte 19 of the record: property runs past the end"},
      {key + "\x6a\x01", "at byte 19 of the record: key runs past the end"},
      {key + "\x82\x01\x01", "at byte 19 of the record: entity group runs past the end"},
      {key + "\x80", "at byte 19 of the record: expected a field tag"},
      {key + std::string("\x00", 1), "at byte 19 of the record: expected a field tag"},
      {key + "\x07", "at byte 19 of the record: expected a field tag"},  // field number 0
      {key + "\x0e", "at byte 19 of the record: malformed field"},       // wire type 6
      {key + "\x0c", "at byte 19 of the record: malformed field"},       // the end of a group that never began
      {key + Tag(99, 3) + Tag(98, 4), "at byte 19 of the record: malformed field"},
      {property(Int(4, 0)), "property \"\", at byte 21 of the record: expected a property with a name, found none"},
      {property("\x1a\x05v"), "property \"\", at byte 21 of the record: malformed property"},
      {property(Bytes(3, "v") + "\x2a\x01"), "property \"v\", at byte 24 of the record: malformed property"},
      {property(Bytes(3, "v") + "\xff"),
       "property \"v\", at byte 24 of the record: expected a field tag in a property"},
      {value("\x1a\x01"), "property \"v\", at byte 28 of the record: malformed value"},
      {value("\x08"), "property \"v\", at byte 28 of the record: malformed value"},
      {value("\x21\x01\x02"), "property \"v\", at byte 28 of the record: malformed value"},
      {value("\xff\xff"), "property \"v\", at byte 28 of the record: expected a field tag in a value"},
      {value("\x2b\x31"), "property \"v\", at byte 28 of the record: malformed value"},
      {value(Tag(8, 3)), "property \"v\", at byte 28 of the record: malformed value"},
      {value(Tag(12, 3)), "property \"v\", at byte 28 of the record: malformed value"},
      {value(Tag(12, 3) + Tag(14, 3) + Tag(12, 4)), "property \"v\", at byte 28 of the record: malformed value"},
      {key + Property("v", Text(Map(Property("w", "\x08"))), {.meaning = 19}),
       "property \"v\", at byte 47 of the record: malformed value"},
  };
  for (const auto& [bytes, error] : kCases) EXPECT_EQ(Decode(bytes), (Decoded{"", std::string(error)})) << Hex(bytes);
}

TEST(EntityDecoderTest, NamesThatAreNotUtf8) {
  for (const size_t size : {1, 7, 8, 9, 40}) {
    const std::string name = std::string(size - 1, 'n') + "\xff";
    EXPECT_EQ(Decode(Entity(Property(name, Integer(1)))).error,
              StrCat("property 0x", Hex(name), ", at byte 23 of the record: property name: expected UTF-8"));
  }
  // Inside a map the property of the record is named, and the byte tells the rest.
  const std::string inside = Entity(Property("v", Text(Map(Property("w\xff", Integer(1)))), {.meaning = 19}));
  EXPECT_EQ(Decode(inside).error,
            StrCat("property \"v\", at byte ", inside.find("w\xff"), " of the record: property name: expected UTF-8"));
}

TEST(EntityDecoderTest, KeysThatAreNotUtf8) {
  const struct {
    std::string reference;
  } kCases[] = {
      {Reference(Named("k\xff", "n"))},
      {Reference(Named("k", "n\xff"))},
      {Reference(Named("a", "b") + Named("k", "n\xff"))},
      {Reference(Named("k", "n"), "x\xff")},
      {Reference(Named("k", "n"), "ns", "x\xff")},
      {Bytes(13, "x\xff") + Bytes(14, Named("k", "n"))},
      {Reference(Group(1, Bytes(4, "n\xff")))},  // without a kind
  };
  for (const auto& [reference] : kCases) {
    const std::string entity = Bytes(13, reference);
    const size_t at = entity.find('\xff') - 1;
    EXPECT_EQ(Decode(entity).error, StrCat("at byte ", at, " of the record: key: expected UTF-8")) << Hex(entity);
  }
  const std::string value = Entity(Property("v", Group(12, Bytes(13, "a") + Group(14, Bytes(15, "k\xff")))));
  EXPECT_EQ(Decode(value).error,
            StrCat("property \"v\", at byte ", value.find("k\xff"), " of the record: key: expected UTF-8"));
}

// ------------------------------------------------------------ damaged at random

// One of every shape.
std::vector<std::string> Seeds() {
  const Flags list{.multiple = true}, indexed{.indexed = true}, map{.meaning = 19},
      map_item{.meaning = 19, .multiple = true};
  const std::string user = Group(8, Bytes(9, "e@x") + Bytes(10, "d") + Int(18, 12345) + Bytes(19, "1234"));
  const std::string reference = Group(12, Bytes(13, "s~app") + Group(14, Bytes(15, "k") + Int(16, 5)) +
                                              Group(14, Bytes(15, "l") + Bytes(17, "n")) + Bytes(20, "ns"));
  const std::string inner = Map(Property("x", Integer(-5)) + Property("y", Text("größe"), indexed) +
                                Property("z", kNothing, {.meaning = 24}));
  const std::string scalars = Property("a", kNothing) + Property("bool", Int(2, 1), indexed) +
                              Property("int", Integer(1'000'000)) + Property("double", Double(4, 2.5)) +
                              Property("text", Text("hello world")) + Property("time", Integer(1), {.meaning = 7});
  return {
      Entity(scalars),
      Entity(Property("l", Integer(1), {.multiple = true, .indexed = true}) + Property("l", Text("x"), list) +
             Property("o", Integer(1)) + Property("l", Integer(2), list)),
      Entity(Property("m", Text(inner), map) + Property("n", Text(inner), map_item) +
             Property("n", Text(Map("")), map_item)),
      Entity(Property("user", user) + Property("ref", reference, indexed) +
             Property("point", Point(1, 2), {.meaning = 9})),
      Entity(Property("blob", Text("\x01\x02"), {.meaning = 14}) +
             Property("short", Text("\x01"), {.meaning = 16, .indexed = true}) + Property("twice", Integer(1)) +
             Property("twice", Integer(2))),
      Entity(Property("e",
                      Text(Bytes(13, Reference(Numbered("e", 5), "ns", "db")) + Property("a", Integer(1)) +
                           Bytes(16, Numbered("e", 5))),
                      map)),
      Entity(Property("deep", Text(Nested(5, inner, true)), map)),
      Bytes(13, Reference(Numbered("a", 1) + Named("b", "c") + Incomplete("d"), "ns", "db")) + scalars +
          Bytes(16, Numbered("a", 1)),
  };
}

std::string Mutated(std::string bytes, const std::vector<std::string>& seeds, Random* random) {
  for (uint64_t steps = 1 + random->Below(2); steps > 0 && !bytes.empty(); --steps) {
    const size_t at = random->Below(bytes.size()), size = random->Below(std::min<size_t>(bytes.size() - at, 30) + 1);
    const std::string& other = seeds[random->Below(seeds.size())];
    const size_t other_at = random->Below(other.size());
    switch (random->Below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random->Below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(random->Below(3) == 0 ? random->Next() : random->Below(0x80));
        break;
      case 2:
        bytes.erase(at, size);
        break;
      case 3:
        bytes.insert(at, bytes, random->Below(bytes.size()), size);
        break;
      case 4:
        bytes.insert(at, other, other_at, size);
        break;
      case 5:
        bytes.resize(at);
        break;
    }
  }
  return bytes;
}

TEST(EntityDecoderDamageTest, CutAtEveryByte) {
  for (const std::string& seed : Seeds()) {
    EXPECT_EQ(Decode(seed).error, "");
    for (size_t size = 0; size < seed.size(); ++size) {
      const Decoded decoded = Decode(seed.substr(0, size));
      if (decoded.error.empty()) ExpectComesBack(decoded.line);
    }
    if (HasFailure()) break;
  }
}

TEST(EntityDecoderDamageTest, EveryByteReplacedByEveryOther) {
  for (const std::string& seed : Seeds()) {
    for (size_t at = 0; at < seed.size(); at += kOneIn) {
      std::string bytes = seed;
      for (int c = 0; c < 256; c += at % 4 == 0 ? 1 : 17) {
        bytes[at] = static_cast<char>(c);
        Decode(bytes);
      }
    }
    if (HasFailure()) break;
  }
}

TEST(EntityDecoderDamageTest, RandomMutations) {
  Random random(1);
  const std::vector<std::string> seeds = Seeds();
  int entities = 0;
  for (uint64_t i = 0; i < 30'000 / kOneIn && !HasFailure(); ++i) {
    const Decoded decoded = Decode(Mutated(seeds[random.Below(seeds.size())], seeds, &random));
    if (!decoded.error.empty()) continue;
    ++entities;
    ExpectComesBack(decoded.line);
  }
  EXPECT_GT(entities, 3'000 / static_cast<int>(kOneIn));  // or the mutations are too wild to say much
}

// Few names in many orders, so that shapes are met again, and parts of them with something else behind.
std::string RandomProperties(Random* random, int depth) {
  static const std::string kNames[] = {"",
                                       "a",
                                       "b",
                                       "ab",
                                       "größe",
                                       "quote\"",
                                       "name_of_seventeen",
                                       std::string(45, 'l'),
                                       std::string(46, 'm'),
                                       std::string(130, 'n')};
  std::string properties;
  for (uint64_t i = random->Below(6); i > 0; --i) {
    const std::string& name = kNames[random->Below(std::size(kNames))];
    const Flags list{.multiple = true, .indexed = random->Below(2) == 0};
    switch (random->Below(depth < 3 ? 5 : 4)) {
      case 0:
        properties += Property(name, Integer(static_cast<int64_t>(random->Next() >> random->Below(64))));
        break;
      case 1:
        properties += Property(name, Text("text"), {.indexed = true});
        break;
      case 2:
        for (uint64_t items = random->Below(4); items > 0; --items) properties += Property(name, Integer(7), list);
        break;
      case 3:
        properties += Property(name, kNothing);
        break;
      case 4:
        properties += Property(name, Text(Map(RandomProperties(random, depth + 1))), {.meaning = 19});
        break;
    }
  }
  return properties;
}

TEST(EntityDecoderTest, ShapesMetBeforeAndNot) {
  Random random(3);
  for (int i = 0; i < 3'000 && !HasFailure(); ++i) {
    const Decoded decoded = Decode(Entity(RandomProperties(&random, 0)));
    ASSERT_EQ(decoded.error, "");
    ExpectComesBack(decoded.line);
  }
}

TEST(EntityDecoderDamageTest, RandomBytes) {
  Random random(2);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(random.Below(60), '\0');
    for (char& c : bytes) c = static_cast<char>(random.Below(2) == 0 ? random.Next() : random.Below(128));
    Decode(random.Below(2) == 0 ? bytes : Key() + bytes);
  }
}

}  // namespace
}  // namespace datahaul
