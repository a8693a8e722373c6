// Typed NDJSON of records that conflict with each other in every way, for tests.
#ifndef DATAHAUL_TESTING_RANDOM_RECORDS_H_
#define DATAHAUL_TESTING_RANDOM_RECORDS_H_

#include <random>
#include <string>

#include "base/text.h"
#include "testing/typed_records.h"

namespace datahaul {

class RandomRecords {
 public:
  explicit RandomRecords(uint32_t seed) : random_(seed) {}

  std::string Line() { return TypedLine(Pick() % 2 == 0 ? "A" : "B", Pick(), Pick() % 10 == 0 ? "{}" : Fields(0)); }

 private:
  uint32_t Pick() { return static_cast<uint32_t>(random_()); }

  std::string Name() {
    constexpr const char* kNames[] = {
        "a",     "A",     "a b", "a_b",     "a.b",  "1st",    "_1st", "\xc3\xa4\xe2\x82\xac",
        "value", "a_b_2", "",    "__key__", "date", "element"};
    return kNames[Pick() % std::size(kNames)];
  }

  std::string Fields(int depth) {
    std::string text = "{", names = "|";
    for (uint32_t n = Pick() % 8; n != 0; --n) {
      const std::string name = Name();
      if (names.find(StrCat("|", name, "|")) != std::string::npos) continue;
      StrAppend(&names, name, "|");
      StrAppend(&text, text.size() > 1 ? "," : "", "\"", name, "\":", Value(depth, true));
    }
    return text + "}";
  }

  std::string Value(int depth, bool list) {
    std::string extra;
    if (Pick() % 4 == 0) extra += R"(,"indexed":true)";
    if (Pick() % 16 == 0) StrAppend(&extra, R"(,"meaning":)", Pick() % 3 + 1);
    return StrCat("{", Member(depth, list, &extra), extra, "}");
  }

  std::string Member(int depth, bool list, std::string* extra) {
    constexpr const char* kKey = R"({"database":"","namespace":"","path":[["R",1]]})";
    switch (Pick() % (depth < 4 ? 14 : 9)) {
      case 0:
        return R"("nullValue":null)";
      case 1:
        return R"("booleanValue":true)";
      case 2:
        return StrCat(R"("integerValue":")", Pick() % 8 == 0 ? int64_t{9007199254740993} : int64_t{Pick()}, "\"");
      case 3:
        return R"("doubleValue":1.5)";
      case 4:
        return R"("timestampValue":"2025-01-02T03:04:05.000006Z")";
      case 5:
        return R"("bytesValue":"AAAA")";
      case 6:
        return StrCat(R"("referenceValue":)", kKey);
      case 7:
        return R"("geoPointValue":{"latitude":1.0,"longitude":2.0})";
      case 8:
        return R"("stringValue":"x")";
      case 9:
      case 10:
        if (list) {
          extra->clear();  // a list is never indexed
          return List(depth);
        }
        [[fallthrough]];
      default:
        return StrCat(R"("mapValue":{"fields":)", Fields(depth + 1), Pick() % 8 == 0 ? StrCat(",\"key\":", kKey) : "",
                      "}");
    }
  }

  std::string List(int depth) {
    std::string text;
    for (uint32_t n = Pick() % 4; n != 0; --n) StrAppend(&text, text.empty() ? "" : ",", Value(depth + 1, false));
    return StrCat(R"("arrayValue":{"values":[)", text, "]}");
  }

  std::mt19937 random_;
};

inline std::string RandomLines(uint32_t seed, int count) {
  RandomRecords records(seed);
  std::string lines;
  for (int i = 0; i < count; ++i) lines += records.Line();
  return lines;
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_RANDOM_RECORDS_H_
