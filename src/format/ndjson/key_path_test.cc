#include "format/ndjson/key_path.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

// Texts with room behind them, for as long as the process lives.
std::string_view Roomy(std::string_view text) {
  static auto* const arena = new Arena;
  return arena->CopyString(text);
}
PathElement Named(std::string_view kind, std::string_view name) {
  return {.kind = Roomy(kind), .name = Roomy(name), .id = PathElement::Id::kName};
}
PathElement Numbered(std::string_view kind, int64_t number) {
  return {.kind = Roomy(kind), .number = number, .id = PathElement::Id::kNumber};
}
PathElement Incomplete(std::string_view kind) { return {.kind = Roomy(kind)}; }

Key KeyOf(const std::vector<PathElement>& path) {
  Key key;
  key.path = path.data();
  key.size = static_cast<uint32_t>(path.size());
  return key;
}

std::string PathOf(const std::vector<PathElement>& path) {
  const Key key = KeyOf(path);
  std::string out(KeyTextRoom(key) + kSlack, ' ');
  return {out.data(), WriteKeyPath(out.data(), key, kQuoteInJson)};
}

TEST(KeyPathTest, NamesAndNumbers) {
  EXPECT_EQ(PathOf({Named("users", "ann"), Numbered("orders", 5)}), "users/ann/orders/5");
  EXPECT_EQ(PathOf({Numbered("a", std::numeric_limits<int64_t>::min())}), "a/-9223372036854775808");
  EXPECT_EQ(PathOf({}), "");
}

TEST(KeyPathTest, NamesThatLookLikeNumbersAreQuoted) {
  for (const char* name : {"5", "-5", "007", "123456789012345678901234567890"}) {
    EXPECT_EQ(PathOf({Named("a", name)}), std::string("a/\\\"") + name + "\\\"");
  }
  for (const char* name : {"5a", "-", "1.5", "1e5"}) EXPECT_EQ(PathOf({Named("a", name)}), std::string("a/") + name);
  EXPECT_EQ(PathOf({Named("a", "+5")}), "a/%2B5");
  EXPECT_EQ(PathOf({Named("5", "x")}), "5/x");
}

TEST(KeyPathTest, EverythingElseIsPercentEncoded) {
  EXPECT_EQ(PathOf({Named("a b", "x/y%\"z\"")}), "a%20b/x%2Fy%25%22z%22");
  EXPECT_EQ(PathOf({Named("a", "\"5\"")}), "a/%225%22");
  EXPECT_EQ(PathOf({Named("größe", "A-Z.a_z~0")}), "gr%C3%B6%C3%9Fe/A-Z.a_z~0");
  EXPECT_EQ(PathOf({Named("a", std::string_view("\0\x7f", 2))}), "a/%00%7F");
}

TEST(KeyPathTest, EmptyAndIncompleteStayApart) {
  EXPECT_EQ(PathOf({Named("a", "")}), "a/\\\"\\\"");
  EXPECT_EQ(PathOf({Incomplete("a")}), "a");
  EXPECT_EQ(PathOf({Incomplete("a"), Named("b", "c")}), "a//b/c");
}

TEST(KeyPathTest, ReferencesNameWhatIsNotTheDefault) {
  const std::vector<PathElement> path = {Named("a", "b")};
  const auto reference = [&](std::string_view database, std::string_view ns) {
    Key key = KeyOf(path);
    key.database = Roomy(database);
    key.ns = Roomy(ns);
    std::string out(KeyTextRoom(key) + kSlack, ' ');
    return std::string(out.data(), WriteReference(out.data(), key, kQuoteInJson));
  };
  EXPECT_EQ(reference("", ""), "a/b");
  EXPECT_EQ(reference("db", ""), "//db//a/b");
  EXPECT_EQ(reference("", "n/s"), "///n%2Fs/a/b");
  EXPECT_EQ(reference("db", "ns"), "//db/ns/a/b");
}

// Written as a table's reference, read, and written again.
std::string Again(std::string_view text) {
  Arena arena;
  Key key;
  if (!ParseReferenceText(arena.CopyString(text), &arena, &key)) return "malformed";
  ByteBuffer out;
  AppendReferenceText(key, &out);
  return std::string(out.view());
}

TEST(KeyPathTest, ReferencesAreReadBack) {
  for (const char* text :
       {"users/ann/orders/5", "a/\"5\"", "a/\"\"", "a/-9223372036854775808", "a", "a//b/c", "", "a%20b/x%2Fy%25%22z%22",
        "gr%C3%B6%C3%9Fe/A-Z.a_z~0", "//db//a/b", "///n%2Fs/a/b", "//db/ns/a/b", "//db/ns/", "5/5"}) {
    EXPECT_EQ(Again(text), text);
  }
  Arena arena;
  Key key;
  ASSERT_TRUE(ParseReferenceText(arena.CopyString("//d/n/a/\"5\"/b/5/c"), &arena, &key));
  ASSERT_EQ(key.size, 3u);
  EXPECT_EQ(key.database, "d");
  EXPECT_EQ(key.ns, "n");
  EXPECT_EQ(key.path[0].name, "5");
  EXPECT_EQ(key.path[0].id, PathElement::Id::kName);
  EXPECT_EQ(key.path[1].number, 5);
  EXPECT_EQ(key.path[1].id, PathElement::Id::kNumber);
  EXPECT_EQ(key.path[2].id, PathElement::Id::kIncomplete);
}

TEST(KeyPathTest, MalformedReferences) {
  for (const char* text : {"a/", "a/b/", "a b/c", "a/%", "a/%4", "a/%zz", "a/%2f", "a/\"", "a/\"x\"", "//d/a", "//",
                           "a/9223372036854775808", "a/b c"}) {
    EXPECT_EQ(Again(text), "malformed") << text;
  }
  // An incomplete element has nothing but its kind, and what ends in one ends with that: these would be written as
  // something that reads otherwise.
  for (const char* text : {"a//", "a/b//", "a/b///", "a/b///c", "//////K/1", "/a~5~///"}) {
    EXPECT_EQ(Again(text), "malformed") << text;
  }
}

}  // namespace
}  // namespace datahaul
