// Records to Parquet and back, through the module as programs open it.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/statistics.h>

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "format/ndjson/format.h"
#include "format/ndjson/record_hasher.h"
#include "format/parquet/chunk_writer.h"
#include "format/parquet/kind_file.h"
#include "format/parquet/record_gatherer.h"
#include "format/parquet_module.h"
#include "io/memory_reader.h"
#include "model/schema_json.h"
#include "testing/sampling.h"

namespace datahaul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Format& Parquet() {
  static const Format* const format = *OpenParquetFrom({StrCat(DATAHAUL_MODULE_DIR, "/", kParquetModule)});
  return *format;
}

constexpr std::string_view kKeys =
    R"({"name":"__key__","field":"","type":"reference","key":true},{"name":"__namespace__","field":"","type":"string","key":true},)"
    R"({"name":"__id__","field":"","type":"integer","key":true},{"name":"__name__","field":"","type":"string","key":true})";

// A schema of the kind a, with these columns in JSON behind those of the key.
Schema SchemaOf(std::string_view columns, std::string_view kind = "a") {
  return *ParseSchemaJson(StrCat(R"({"kinds":[{"namespace":"","kind":")", kind, R"(","columns":[)", kKeys,
                                 columns.empty() ? "" : ",", columns, "]}]}"),
                          "the test");
}

std::string Line(std::string_view path, std::string_view properties) {
  return StrCat(R"({"key":{"database":"","namespace":"","path":)", path, R"(},"properties":{)", properties, "}}\n");
}
// A record a/ID.
std::string LineOf(int id, std::string_view properties) { return Line(StrCat("[[\"a\",", id, "]]"), properties); }

struct Encoded {
  std::vector<std::string> files;  // by slot
  std::map<std::string, uint64_t> counters;
  std::vector<Hash128> hashes;
  size_t most_held = 0;
  absl::Status status;

  const std::string& file() const { return files.at(0); }
};

// Typed NDJSON into Parquet; kinds get slots in the order in which they appear.
Encoded Encode(std::string_view lines, const Schema& schema) {
  Encoded encoded;
  const MemoryReader reader("memory://lines", lines);
  const auto decoder = *TypedNdjson().NewDecoder(&reader, {0, lines.size()}, 0, {});
  const auto encoder = Parquet().NewEncoder({.schema = &schema});
  std::vector<ByteBuffer> out;
  std::map<std::string, uint32_t, std::less<>> slots;
  RecordBatch batch;
  while (encoded.status.ok()) {
    EXPECT_TRUE(decoder->Read(&batch).ok());
    if (batch.input_bytes == 0) break;
    EXPECT_THAT(batch.rejects, IsEmpty()) << batch.rejects[0].reason;
    for (Record& record : batch.records) {
      record.slot = slots.try_emplace(std::string(record.key->kind()), slots.size()).first->second;
      if (out.size() <= record.slot) out.resize(record.slot + 1);
      encoded.status = encoder->Append(record, &out[record.slot], &encoded.hashes.emplace_back());
      encoded.most_held = std::max(encoded.most_held, encoder->held());
      if (!encoded.status.ok()) return encoded;
    }
  }
  encoded.status = encoder->Finish([&](uint32_t slot) { return &out[slot]; });
  EXPECT_EQ(encoder->held(), 0u);
  Counters counters;
  encoder->AddCounters(&counters);
  encoded.counters = counters.named;
  for (const ByteBuffer& file : out) encoded.files.emplace_back(file.view());
  return encoded;
}

struct Decoded {
  std::string lines;  // typed NDJSON
  std::vector<std::string> rejects;
  std::vector<std::string> cursors;
  std::vector<LostRange> lost;
  uint64_t records = 0;
  uint64_t input_bytes = 0;
  absl::Status status;
};

Decoded Decode(std::string_view file, uint64_t resume = 0, uint64_t batch_bytes = 128 << 10, bool skip = false) {
  Decoded decoded;
  const MemoryReader reader("memory://x.parquet", file);
  auto decoder =
      Parquet().NewDecoder(&reader, {0, file.size()}, resume, {.skip_corrupt = skip, .batch_bytes = batch_bytes});
  decoded.status = decoder.status();
  if (!decoder.ok()) return decoded;
  const auto encoder = TypedNdjson().NewEncoder({});
  RecordBatch batch;
  ByteBuffer out;
  while (true) {
    decoded.status = (*decoder)->Read(&batch);
    if (!decoded.status.ok() || (batch.empty() && batch.input_bytes == 0)) break;
    for (const Record& record : batch.records) {
      Hash128 hash;
      EXPECT_TRUE(encoder->Append(record, &out, &hash).ok());
    }
    for (const Reject& reject : batch.rejects) decoded.rejects.push_back(reject.reason);
    decoded.records += batch.records.size();
    decoded.lost.insert(decoded.lost.end(), batch.lost.begin(), batch.lost.end());
    decoded.cursors.push_back(batch.cursor);
    decoded.input_bytes += batch.input_bytes;
  }
  decoded.lines = out.view();
  return decoded;
}

std::shared_ptr<arrow::Table> TableOf(const std::string& file) {
  parquet::arrow::FileReaderBuilder builder;
  EXPECT_TRUE(builder.Open(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file))).ok());
  return *(*builder.Build())->ReadTable();
}

std::shared_ptr<parquet::FileMetaData> MetadataOf(const std::string& file) {
  return parquet::ReadMetaData(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file)));
}

// What is read back of one record a/1 whose property v has this value, the column being of this type.
std::string RoundTrip(std::string_view value, std::string_view column) {
  const Encoded encoded = Encode(LineOf(1, StrCat(R"("v":)", value)), SchemaOf(StrCat(R"({"name":"v",)", column, "}")));
  EXPECT_TRUE(encoded.status.ok()) << encoded.status;
  if (!encoded.status.ok()) return "";
  const Decoded decoded = Decode(encoded.file());
  EXPECT_TRUE(decoded.status.ok()) << decoded.status;
  EXPECT_THAT(decoded.rejects, IsEmpty());
  return decoded.lines;
}

struct Kept {
  const char* value;
  const char* column;
};

TEST(Parquet, KeepsEveryType) {
  const Kept kept[] = {
      {R"({"booleanValue":true,"indexed":true})", R"("type":"boolean","indexed":true)"},
      {R"({"integerValue":"-9223372036854775808"})", R"("type":"integer")"},
      {R"({"doubleValue":0.1})", R"("type":"double")"},
      {R"({"doubleValue":"NaN"})", R"("type":"double")"},
      {R"({"doubleValue":-0.0})", R"("type":"double")"},
      {R"({"timestampValue":"2025-01-02T03:04:05.000006Z"})", R"("type":"timestamp")"},
      {R"({"timestampMicros":"9223372036854775807"})", R"("type":"timestamp")"},
      {R"({"stringValue":"größer"})", R"("type":"string")"},
      {R"({"stringValue":""})", R"("type":"string")"},
      {R"({"meaning":15,"stringValue":"x"})", R"("type":"string","meaning":15)"},
      {R"({"bytesValue":"AP8="})", R"("type":"bytes")"},
      {R"({"referenceValue":{"database":"d","namespace":"n","path":[["b","5"],["c",7]]}})", R"("type":"reference")"},
      {R"({"geoPointValue":{"latitude":1.5,"longitude":-2.0}})", R"("type":"geoPoint")"},
      {R"({"userValue":{"auth_domain":"","email":"a@b","gaiaid":"7"}})", R"("type":"user")"},
      {R"({"arrayValue":{"values":[]}})", R"("type":"list","children":[{"name":"element","type":"integer"}])"},
      {R"({"arrayValue":{"values":[{"integerValue":"1"},{"nullValue":null},{"integerValue":"3"}]}})",
       R"("type":"list","children":[{"name":"element","type":"integer"}])"},
      {R"({"mapValue":{"fields":{"a":{"integerValue":"1"},"b":{"mapValue":{"fields":{"c":{"stringValue":"x"}}}}}}})",
       R"("type":"struct","children":[{"name":"a","type":"integer"},{"name":"b","type":"struct","children":[{"name":"c","type":"string"}]}])"},
      {R"({"mapValue":{"fields":{"a":{"integerValue":"1"}},"key":{"database":"","namespace":"","path":[["k",3]]}}})",
       R"("type":"struct","children":[{"name":"__key__","field":"","type":"reference","key":true},{"name":"a","type":"integer"}])"},
      {R"({"arrayValue":{"values":[{"mapValue":{"fields":{"a":{"integerValue":"1"}}}},{"mapValue":{"fields":{"b":{"arrayValue":{"values":[{"stringValue":"x"}]}}}}}]}})",
       R"("type":"list","children":[{"name":"element","type":"struct","children":[{"name":"a","type":"integer"},{"name":"b","type":"list","children":[{"name":"element","type":"string"}]}]}])"},
      {R"({"arrayValue":{"values":[{"integerValue":"1"},{"stringValue":"1"}]}})",
       R"("type":"list","children":[{"name":"element","type":"variants","children":[{"name":"integer","field":"","type":"integer"},{"name":"string","field":"","type":"string"}]}])"},
      {R"({"stringValue":"x"})", R"("type":"json")"},
      {R"({"mapValue":{"fields":{}}})", R"("type":"json")"},
  };
  for (const auto& [value, column] : kept) {
    EXPECT_EQ(RoundTrip(value, column), LineOf(1, StrCat(R"("v":)", value))) << column;
  }
}

TEST(Parquet, CountsWhatItDoesNotKeep) {
  const std::string_view integer = R"({"name":"v","type":"integer"})";
  const auto counters = [](std::string_view value, std::string_view column) {
    return Encode(LineOf(1, StrCat(R"("v":)", value)), SchemaOf(column)).counters;
  };
  using Counted = std::map<std::string, uint64_t>;
  EXPECT_EQ(counters(R"({"integerValue":"1"})", integer), (Counted{}));
  EXPECT_EQ(counters(R"({"nullValue":null})", integer), (Counted{{"nulls", 1}}));
  EXPECT_EQ(counters(R"({"integerValue":"1","indexed":true})", integer), (Counted{{"indexed_dropped", 1}}));
  EXPECT_EQ(counters(R"({"integerValue":"1"})", R"({"name":"v","type":"double","widened":true})"),
            (Counted{{"widened", 1}}));
  EXPECT_EQ(counters(R"({"stringBytes":"/w=="})", R"({"name":"v","type":"string"})"), (Counted{{"invalid_utf8", 1}}));
  EXPECT_EQ(counters(R"({"integerValue":"1"})", R"({"name":"v","type":"json"})"), (Counted{{"json_values", 1}}));
}

TEST(Parquet, KeysAreColumns) {
  const std::string lines = Line(R"([["users","ann"],["a",5]])", "") + Line(R"([["a","5"]])", "");
  const Encoded encoded = Encode(lines, SchemaOf(""));
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  const auto table = TableOf(encoded.file());
  EXPECT_EQ(table->schema()->field(0)->name(), "__key__");
  EXPECT_EQ((*table->GetColumnByName("__key__")->GetScalar(0))->ToString(), "users/ann/a/5");
  EXPECT_EQ((*table->GetColumnByName("__key__")->GetScalar(1))->ToString(), "a/\"5\"");
  EXPECT_EQ((*table->GetColumnByName("__id__")->GetScalar(0))->ToString(), "5");
  EXPECT_EQ((*table->GetColumnByName("__id__")->GetScalar(1))->ToString(), "null");
  EXPECT_EQ((*table->GetColumnByName("__name__")->GetScalar(1))->ToString(), "5");
  EXPECT_EQ(Decode(encoded.file()).lines, lines);
}

TEST(Parquet, PropertiesMayShareAColumn) {
  const std::string lines = LineOf(1, R"("1":{"stringValue":"x"},"2":{"integerValue":"7"})") + LineOf(2, "");
  const Encoded encoded = Encode(lines, SchemaOf(R"({"name":"__properties__","field":"","type":"json"})"));
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  EXPECT_EQ((*TableOf(encoded.file())->GetColumnByName("__properties__")->GetScalar(0))->ToString(),
            R"({"1":"x","2":7})");
  EXPECT_EQ(Decode(encoded.file()).lines, lines);
  EXPECT_EQ(encoded.counters.at("json_values"), 2u);
}

TEST(Parquet, DeletionsAreMarked) {
  const std::string lines =
      StrCat(R"({"key":{"database":"","namespace":"","path":[["a",1]]},"op":"delete"})", "\n", LineOf(2, ""));
  const Encoded encoded = Encode(lines, SchemaOf(R"({"name":"__deleted__","field":"","type":"boolean","key":true})"));
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  EXPECT_EQ(Decode(encoded.file()).lines, lines);
}

// Sparse, so that every way of leaving gaps is met: at the beginning, in the middle, at the end, in members of maps
// that are themselves absent, and in lists.
TEST(Parquet, GapsComeBackAsTheyWere) {
  const Schema schema = SchemaOf(
      R"({"name":"b","type":"boolean"},{"name":"i","type":"integer"},)"
      R"({"name":"l","type":"list","children":[{"name":"element","type":"struct","children":[{"name":"x","type":"integer"},{"name":"y","type":"string"}]}]},)"
      R"({"name":"m","type":"struct","children":[{"name":"d","type":"struct","children":[{"name":"t","type":"boolean"}]},{"name":"n","type":"integer"}]},)"
      R"({"name":"never","type":"struct","children":[{"name":"x","type":"list","children":[{"name":"element","type":"double"}]}]},)"
      R"({"name":"s","type":"string"})");
  Random random(1);
  std::string lines;
  for (int id = 1; id <= 5000; ++id) {
    std::string properties;
    const auto add = [&](uint64_t odds, const std::string& property) {
      if (random.Below(odds) == 0) StrAppend(&properties, properties.empty() ? "" : ",", property);
    };
    add(3, StrCat(R"("b":{"booleanValue":)", id % 2 == 0 ? "true" : "false", "}"));
    add(1 + id % 4, StrCat(R"("i":{"integerValue":")", id, "\"}"));
    std::string items;
    for (uint64_t i = random.Below(4); i > 0; --i) {
      StrAppend(&items, items.empty() ? "" : ",",
                random.Below(2) == 0 ? R"({"mapValue":{"fields":{"x":{"integerValue":"7"}}}})"
                                     : R"({"mapValue":{"fields":{"y":{"stringValue":"why"}}}})");
    }
    add(3, StrCat(R"("l":{"arrayValue":{"values":[)", items, "]}}"));
    add(2, random.Below(2) == 0
               ? R"("m":{"mapValue":{"fields":{"n":{"integerValue":"1"}}}})"
               : R"("m":{"mapValue":{"fields":{"d":{"mapValue":{"fields":{"t":{"booleanValue":true}}}}}}})");
    add(50, R"("s":{"stringValue":"seldom"})");
    lines += LineOf(id, properties);
  }
  const Encoded encoded = Encode(lines, schema);
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  const Decoded decoded = Decode(encoded.file());
  ASSERT_TRUE(decoded.status.ok()) << decoded.status;
  EXPECT_TRUE(decoded.lines == lines);
  EXPECT_TRUE(TableOf(encoded.file())->ValidateFull().ok());
}

// The number of data pages of a leaf in the first row group.
int PagesOf(const std::string& file, int leaf) {
  const auto reader =
      parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file)));
  const auto pages = reader->RowGroup(0)->GetColumnPageReader(leaf);
  int count = 0;
  while (const auto page = pages->NextPage()) count += page->type() == parquet::PageType::DATA_PAGE;
  return count;
}

// Columns of more than a page, with and without dictionaries, gaps and lists, and rows that are larger than a page.
struct ManyPages {
  std::string lines;
  Encoded encoded;
};
ManyPages MakeManyPages() {
  const Schema schema = SchemaOf(
      R"({"name":"b","type":"boolean"},{"name":"d","type":"double"},{"name":"i","type":"integer"},)"
      R"({"name":"l","type":"list","children":[{"name":"element","type":"integer"}]},)"
      R"({"name":"m","type":"list","children":[{"name":"element","type":"struct","children":[{"name":"x","type":"string"},{"name":"y","type":"list","children":[{"name":"element","type":"string"}]}]}]},)"
      R"({"name":"s","type":"string"},{"name":"t","type":"string"})");
  Random random(11);
  ManyPages made;
  const std::string huge(1'200'000, 'h');
  for (int id = 1; id <= 12'000; ++id) {
    std::string items, maps;
    for (uint64_t i = id == 6000 ? 150'000 : random.Below(12); i > 0; --i) {
      StrAppend(&items, items.empty() ? "" : ",", R"({"integerValue":")", static_cast<int64_t>(random.Next()), "\"}");
    }
    for (uint64_t i = random.Below(4); i > 0; --i) {
      StrAppend(&maps, maps.empty() ? "" : ",", R"({"mapValue":{"fields":{"x":{"stringValue":")", random.Next(),
                random.Next(), R"("},"y":{"arrayValue":{"values":[)",
                random.Below(2) == 0 ? "" : R"({"stringValue":"one"},{"nullValue":null},{"stringValue":"two"})",
                "]}}}}}");
    }
    std::string properties;
    if (id % 3 != 0) StrAppend(&properties, R"("b":{"booleanValue":)", random.Below(2) == 0 ? "true" : "false", "},");
    if (id % 5 != 0) StrAppend(&properties, R"("d":{"doubleValue":)", id % 700, ".5},");
    StrAppend(&properties, R"("i":{"integerValue":")", id * int64_t{7919}, R"("},"l":{"arrayValue":{"values":[)", items,
              R"(]}},"m":{"arrayValue":{"values":[)", maps, R"(]}},"s":{"stringValue":")",
              id == 3000 ? huge : StrCat(random.Next(), random.Next(), random.Next(), std::string(80, 's')),
              R"("},"t":{"stringValue":"tag )", id % 50, "\"}");
    made.lines += LineOf(id, properties);
  }
  made.encoded = Encode(made.lines, schema);
  return made;
}
const ManyPages& FileOfManyPages() {
  static const ManyPages made = MakeManyPages();
  return made;
}

TEST(Parquet, ColumnsOfManyPages) {
  const auto& [lines, encoded] = FileOfManyPages();
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  EXPECT_EQ(MetadataOf(encoded.file())->num_row_groups(), 1);
  const Decoded decoded = Decode(encoded.file());
  ASSERT_TRUE(decoded.status.ok()) << decoded.status;
  EXPECT_TRUE(decoded.lines == lines);
  const auto table = TableOf(encoded.file());
  EXPECT_TRUE(table->ValidateFull().ok());
  const auto metadata = MetadataOf(encoded.file());
  std::map<std::string, int> pages;
  std::map<std::string, bool> dictionaries;
  for (int leaf = 4; leaf < metadata->num_columns(); ++leaf) {
    const std::string path = metadata->schema()->Column(leaf)->path()->ToDotString();
    pages[path] = PagesOf(encoded.file(), leaf);
    dictionaries[path] = metadata->RowGroup(0)->ColumnChunk(leaf)->has_dictionary_page();
  }
  using Pages = std::map<std::string, int>;
  EXPECT_EQ(pages, (Pages{{"b", 1},
                          {"d", 1},
                          {"i", 1},
                          {"l.list.element", 2},
                          {"m.list.element.x", 1},
                          {"m.list.element.y.list.element", 1},
                          {"s", 3},
                          {"t", 1}}));
  using Dictionaries = std::map<std::string, bool>;
  EXPECT_EQ(dictionaries, (Dictionaries{{"b", false},
                                        {"d", true},
                                        {"i", false},
                                        {"l.list.element", false},
                                        {"m.list.element.x", false},
                                        {"m.list.element.y.list.element", true},
                                        {"s", false},
                                        {"t", true}}));
}

TEST(Parquet, StatisticsAreThoseThatArrowFinds) {
  const std::string& ours = FileOfManyPages().encoded.file();
  const auto out = *arrow::io::BufferOutputStream::Create();
  ASSERT_TRUE(parquet::arrow::WriteTable(*TableOf(ours), arrow::default_memory_pool(), out).ok());
  const auto theirs = MetadataOf((*out->Finish())->ToString()), mine = MetadataOf(ours);
  const auto expected = theirs->RowGroup(0), found = mine->RowGroup(0);
  ASSERT_EQ(found->num_columns(), expected->num_columns());
  EXPECT_EQ(found->num_rows(), expected->num_rows());
  int ranges = 0;
  for (int leaf = 0; leaf < found->num_columns(); ++leaf) {
    const auto ours_of = found->ColumnChunk(leaf)->statistics(), arrows = expected->ColumnChunk(leaf)->statistics();
    ASSERT_NE(ours_of, nullptr) << leaf;
    EXPECT_EQ(found->ColumnChunk(leaf)->num_values(), expected->ColumnChunk(leaf)->num_values()) << leaf;
    EXPECT_EQ(ours_of->null_count(), arrows->null_count()) << leaf;
    ASSERT_EQ(ours_of->HasMinMax(), arrows->HasMinMax()) << leaf;
    if (!ours_of->HasMinMax()) continue;
    ++ranges;
    EXPECT_EQ(ours_of->EncodeMin(), arrows->EncodeMin()) << leaf;
    EXPECT_EQ(ours_of->EncodeMax(), arrows->EncodeMax()) << leaf;
  }
  EXPECT_EQ(ranges, found->num_columns() - 2);  // __name__ has no values, s one that is too long
}

// The file of the kind a, with pages of so many bytes.
std::string FileOfPages(std::string_view lines, const Schema& schema, size_t page_bytes) {
  const MemoryReader reader("memory://lines", lines);
  const auto decoder = *TypedNdjson().NewDecoder(&reader, {0, lines.size()}, 0, {});
  RecordHasher hasher;
  RecordGatherer gatherer(&hasher);
  ChunkWriter chunks(page_bytes);
  KindFile file({"", "a"}, schema.Find("", "a"), &chunks);
  ByteBuffer out;
  RecordBatch batch;
  while (decoder->Read(&batch).ok() && !batch.empty()) {
    for (const Record& record : batch.records) {
      hasher.HashRecord(record);
      EXPECT_TRUE(file.Append(record, &gatherer, &out).ok());
    }
  }
  EXPECT_TRUE(file.Finish(&out).ok());
  return std::string(out.view());
}

// A value of any of the columns' types, or one that is null or empty, for a tree of lists and maps.
class RandomTree {
 public:
  explicit RandomTree(uint64_t seed) : random_(seed) {}

  std::string Record(int id) {
    // Long stretches in which columns have no values.
    const bool quiet = id / 100 % 3 == 1;
    stage_ = 10 + id / 50;
    std::string properties;
    for (const auto& [name, value] :
         {std::pair{"b", Bool()},
          {"few", Few()},
          {"l", List([&] { return Int(); })},
          {"ll", List([&] { return Map({{"x", List([&] { return Few(); })}, {"y", Bool()}}); })},
          {"m", Map({{"d", Map({{"t", List([&] { return Bool(); })}})}, {"n", Int()}})},
          {"s", Text()}}) {
      if (random_.Below(4) != 0 && !(quiet && name[0] != 's')) Add(StrCat("\"", name, "\":", value), &properties);
    }
    return LineOf(id, properties);
  }

  static Schema Columns() {
    return SchemaOf(
        R"({"name":"b","type":"boolean"},{"name":"few","type":"string"},)"
        R"({"name":"l","type":"list","children":[{"name":"element","type":"integer"}]},)"
        R"({"name":"ll","type":"list","children":[{"name":"element","type":"struct","children":[{"name":"x","type":"list","children":[{"name":"element","type":"string"}]},{"name":"y","type":"boolean"}]}]},)"
        R"({"name":"m","type":"struct","children":[{"name":"d","type":"struct","children":[{"name":"t","type":"list","children":[{"name":"element","type":"boolean"}]}]},{"name":"n","type":"integer"}]},)"
        R"({"name":"s","type":"string"})");
  }

 private:
  static void Add(const std::string& part, std::string* all) { StrAppend(all, all->empty() ? "" : ",", part); }
  std::string Bool() { return StrCat(R"({"booleanValue":)", random_.Below(2) == 0 ? "true" : "false", "}"); }
  std::string Int() { return StrCat(R"({"integerValue":")", random_.Below(1000), R"("})"); }
  std::string Few() { return StrCat(R"({"stringValue":"few )", stage_, random_.Below(3), R"("})"); }
  std::string Text() {
    return StrCat(R"({"stringValue":")", std::string(random_.Below(90), 't'), random_.Next(), R"("})");
  }
  template <typename Element>
  std::string List(Element element) {
    std::string elements;
    const uint64_t size = random_.Below(30) == 0 ? 40 : random_.Below(4);
    for (uint64_t i = 0; i < size; ++i) Add(random_.Below(4) == 0 ? R"({"nullValue":null})" : element(), &elements);
    return StrCat(R"({"arrayValue":{"values":[)", elements, "]}}");
  }
  std::string Map(const std::vector<std::pair<std::string, std::string>>& members) {
    std::string fields;
    for (const auto& [name, value] : members) {
      if (random_.Below(3) != 0) Add(StrCat("\"", name, "\":", value), &fields);
    }
    return StrCat(R"({"mapValue":{"fields":{)", fields, "}}}");
  }

  Random random_;
  int stage_ = 0;
};

TEST(Parquet, PagesMayEndAnywhere) {
  const Schema schema = RandomTree::Columns();
  RandomTree tree(17);
  std::string lines;
  for (int id = 1; id <= 1000; ++id) lines += tree.Record(id);
  for (const size_t page_bytes : {1, 30, 300, 4000, 1'000'000}) {
    const std::string file = FileOfPages(lines, schema, page_bytes);
    const Decoded decoded = Decode(file);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status;
    EXPECT_TRUE(decoded.lines == lines) << page_bytes;
    EXPECT_TRUE(TableOf(file)->ValidateFull().ok()) << page_bytes;
    EXPECT_EQ(PagesOf(file, 4) > 1, page_bytes <= 30) << page_bytes;   // b
    EXPECT_EQ(PagesOf(file, 5) > 1, page_bytes <= 300) << page_bytes;  // few, which has a dictionary
    EXPECT_TRUE(MetadataOf(file)->RowGroup(0)->ColumnChunk(5)->has_dictionary_page());
  }
}

// The least and the greatest of a flat column's values in some rows, and the number of nulls there.
struct Found {
  std::string least, greatest;
  int64_t nulls = 0;

  bool operator==(const Found&) const = default;
};
Found FoundIn(const arrow::Array& rows) {
  Found found;
  bool first = true;
  for (int64_t i = 0; i < rows.length(); ++i) {
    if (rows.IsNull(i)) {
      ++found.nulls;
      continue;
    }
    const std::string value = (*rows.GetScalar(i))->ToString();
    if (first || value < found.least) found.least = value;
    if (first || value > found.greatest) found.greatest = value;
    first = false;
  }
  return found;
}

std::string TextOf(const std::string& encoded, parquet::Type::type type) {
  return type == parquet::Type::BOOLEAN ? encoded == std::string(1, '\0') ? "false" : "true" : encoded;
}

TEST(Parquet, PagesCanBeSkipped) {
  const Schema schema = RandomTree::Columns();
  RandomTree tree(23);
  std::string lines;
  for (int id = 1; id <= 1000; ++id) lines += tree.Record(id);
  const std::string file = FileOfPages(lines, schema, 300);
  const auto table = *TableOf(file)->CombineChunks();
  const auto reader =
      parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file)));
  const auto indexes = reader->GetPageIndexReader()->RowGroup(0);
  const auto metadata = reader->metadata();
  for (int leaf = 0; leaf < metadata->num_columns(); ++leaf) {
    const auto* const column = metadata->schema()->Column(leaf);
    const std::string path = column->path()->ToDotString();
    const auto places = indexes->GetOffsetIndex(leaf);
    ASSERT_NE(places, nullptr) << path;
    const auto& pages = places->page_locations();
    EXPECT_EQ(pages.size(), static_cast<size_t>(PagesOf(file, leaf))) << path;
    const auto chunk = metadata->RowGroup(0)->ColumnChunk(leaf);
    int64_t end = chunk->data_page_offset();
    for (const parquet::PageLocation& page : pages) {
      EXPECT_EQ(page.offset, end) << path;
      end += page.compressed_page_size;
    }
    const int64_t begin = chunk->has_dictionary_page() ? chunk->dictionary_page_offset() : chunk->data_page_offset();
    EXPECT_EQ(end, begin + chunk->total_compressed_size()) << path;

    const auto ranges = indexes->GetColumnIndex(leaf);
    ASSERT_NE(ranges, nullptr) << path;
    ASSERT_EQ(ranges->null_pages().size(), pages.size()) << path;
    if (column->max_definition_level() > 1 || column->physical_type() == parquet::Type::INT64) continue;
    const auto values = table->GetColumnByName(path)->chunk(0);
    for (size_t i = 0; i < pages.size(); ++i) {
      const int64_t next = i + 1 < pages.size() ? pages[i + 1].first_row_index : table->num_rows();
      const Found expected = FoundIn(*values->Slice(pages[i].first_row_index, next - pages[i].first_row_index));
      EXPECT_EQ(ranges->null_pages()[i], expected.nulls == next - pages[i].first_row_index) << path << i;
      const Found found = {TextOf(ranges->encoded_min_values()[i], column->physical_type()),
                           TextOf(ranges->encoded_max_values()[i], column->physical_type()), ranges->null_counts()[i]};
      EXPECT_TRUE(found == expected || ranges->null_pages()[i]) << path << " page " << i;
    }
  }
}

TEST(Parquet, HashesAreThoseOfTheRecords) {
  const std::string line = LineOf(1, R"("v":{"integerValue":"1"})");
  const Encoded encoded = Encode(line, SchemaOf(R"({"name":"v","type":"integer"})"));
  EXPECT_THAT(encoded.hashes, ElementsAre(HashLine(line.substr(0, line.size() - 1))));
}

TEST(Parquet, WhatTheSchemaDoesNotKnowIsAnError) {
  const Schema schema = SchemaOf(R"({"name":"v","type":"integer"})");
  const auto error = [&](const std::string& line) { return std::string(Encode(line, schema).status.message()); };
  EXPECT_THAT(error(LineOf(1, R"("w":{"integerValue":"1"})")), HasSubstr("\"w\""));
  EXPECT_THAT(error(LineOf(1, R"("v":{"stringValue":"1"})")), HasSubstr("expected integer, found string"));
  EXPECT_THAT(error(Line(R"([["other",1]])", "")), HasSubstr("\"other\""));
}

TEST(Parquet, FilesAreAsReadersWantThem) {
  const Encoded encoded =
      Encode(LineOf(1, R"("t":{"timestampValue":"2025-01-02T03:04:05.000006Z"},"v":{"integerValue":"1"})"),
             SchemaOf(R"({"name":"t","type":"timestamp"},{"name":"v","type":"integer"})"));
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  const auto metadata = MetadataOf(encoded.file());
  const auto* const time = metadata->schema()->Column(4);
  EXPECT_EQ(time->physical_type(), parquet::Type::INT64);
  EXPECT_EQ(time->logical_type()->ToString(),
            "Timestamp(isAdjustedToUTC=true, timeUnit=microseconds, is_from_converted_type=false, "
            "force_set_converted_type=false)");
  const auto chunk = metadata->RowGroup(0)->ColumnChunk(5);
  EXPECT_EQ(chunk->compression(), parquet::Compression::ZSTD);
  EXPECT_TRUE(chunk->is_stats_set());
  EXPECT_EQ(*metadata->key_value_metadata()->Get("datahaul.schema"),
            ToJson(SchemaOf(R"({"name":"t","type":"timestamp"},{"name":"v","type":"integer"})")));
}

TEST(Parquet, KindsWithoutRecordsHaveTheirColumns) {
  const Schema schema = SchemaOf(R"({"name":"v","type":"integer"})");
  ByteBuffer out;
  Parquet().Prologue("", "a", {.schema = &schema}, &out);
  const auto table = TableOf(std::string(out.view()));
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(table->num_columns(), 5);
  const Decoded decoded = Decode(out.view());
  EXPECT_TRUE(decoded.status.ok()) << decoded.status;
  EXPECT_EQ(decoded.records, 0u);
}

TEST(Parquet, RowGroupsAreCutByBytes) {
  std::string lines;
  const std::string text(100'000, 'x');
  for (int id = 1; id <= 400; ++id) lines += LineOf(id, StrCat(R"("v":{"stringValue":")", text, id, "\"}"));
  const Encoded encoded = Encode(lines, SchemaOf(R"({"name":"v","type":"string"})"));
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  EXPECT_EQ(MetadataOf(encoded.file())->num_row_groups(), 3);
  EXPECT_LT(encoded.most_held, 17u << 20);
  const Decoded decoded = Decode(encoded.file());
  EXPECT_TRUE(decoded.status.ok()) << decoded.status;
  EXPECT_TRUE(decoded.lines == lines);
  EXPECT_GT(decoded.cursors.size(), 40u);  // batches stay small
}

TEST(Parquet, ThousandsOfSmallKinds) {
  std::string lines, kinds;
  constexpr int kKinds = 3000 / kOneIn;
  for (int i = 0; i < kKinds; ++i) {
    lines += Line(StrCat("[[\"kind", i, "\",1]]"), R"("v":{"integerValue":"1"})");
    StrAppend(&kinds, i == 0 ? "" : ",", R"({"namespace":"","kind":"kind)", i, R"(","columns":[)", kKeys,
              R"(,{"name":"v","type":"integer"}]})");
  }
  const Encoded encoded = Encode(lines, *ParseSchemaJson(StrCat(R"({"kinds":[)", kinds, "]}"), "the test"));
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  EXPECT_EQ(encoded.files.size(), static_cast<size_t>(kKinds));
  EXPECT_LT(encoded.most_held, kKinds * 2000u);
  EXPECT_EQ(Decode(encoded.files.back()).records, 1u);
}

TEST(Parquet, ResumesFromEveryRow) {
  std::string lines;
  std::vector<size_t> begins;
  for (int id = 1; id <= 40; ++id) {
    begins.push_back(lines.size());
    lines += LineOf(id, StrCat(R"("v":{"stringValue":")", std::string(1'000'000, 'x'), "\"}"));
  }
  begins.push_back(lines.size());
  const Encoded encoded = Encode(lines, SchemaOf(R"({"name":"v","type":"string"})"));
  ASSERT_TRUE(encoded.status.ok()) << encoded.status;
  ASSERT_EQ(MetadataOf(encoded.file())->num_row_groups(), 3);
  for (uint64_t row = 0; row <= 40; row += kOneIn) {
    const Decoded decoded = Decode(encoded.file(), row);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status;
    EXPECT_TRUE(decoded.lines == lines.substr(begins[row])) << row;
    EXPECT_EQ(decoded.cursors.empty() ? "40" : decoded.cursors.back(), "40");
    EXPECT_EQ(decoded.input_bytes == encoded.file().size(), row == 0);
  }
  EXPECT_THAT(std::string(Decode(encoded.file(), 41).status.message()), HasSubstr("at most 40 rows"));
}

// A file of several columns and two row groups' worth of pages, as small as it gets.
std::string SmallFile() {
  std::string lines;
  for (int id = 1; id <= 20; ++id) {
    lines += LineOf(id, StrCat(R"("l":{"arrayValue":{"values":[{"integerValue":")", id,
                               R"("}]}},"v":{"stringValue":"text )", id, "\"}"));
  }
  return Encode(
             lines,
             SchemaOf(
                 R"({"name":"l","type":"list","children":[{"name":"element","type":"integer"}]},{"name":"v","type":"string"})"))
      .file();
}

TEST(ParquetDamage, EveryFlippedByteIsFound) {
  std::string file = SmallFile();
  for (size_t at = 0; at < file.size(); ++at) {
    for (const char mask : {'\x01', '\x80', '\xff'}) {
      file[at] = static_cast<char>(file[at] ^ mask);
      const Decoded decoded = Decode(file);
      EXPECT_FALSE(decoded.status.ok()) << at;
      EXPECT_THAT(std::string(decoded.status.message()), HasSubstr("memory://x.parquet"));
      file[at] = static_cast<char>(file[at] ^ mask);
    }
  }
}

TEST(ParquetDamage, EveryCutIsFound) {
  const std::string file = SmallFile();
  for (size_t size = 0; size < file.size(); ++size) {
    const Decoded decoded = Decode(std::string_view(file).substr(0, size));
    EXPECT_EQ(decoded.status.code(), absl::StatusCode::kDataLoss) << size;
    EXPECT_THAT(std::string(decoded.status.message()), HasSubstr("memory://x.parquet"));
  }
}

Decoded DecodeSkipping(std::string_view file, uint64_t resume = 0) { return Decode(file, resume, 128 << 10, true); }

// Three row groups of 17, 17 and 6 records, and the lines of each.
struct ThreeGroups {
  std::string file;
  std::vector<std::string> lines;
};
ThreeGroups FileOfThreeGroups() {
  Random random(3);
  std::string lines;
  ThreeGroups made;
  for (int id = 1; id <= 40; ++id) {
    const std::string text = StrCat(random.Next(), std::string(1'000'000, 'x'));
    const std::string line = LineOf(id, StrCat(R"("v":{"stringValue":")", text, "\"}"));
    if (id % 17 == 1) made.lines.emplace_back();
    made.lines.back() += line;
    lines += line;
  }
  made.file = Encode(lines, SchemaOf(R"({"name":"v","type":"string"})")).file();
  return made;
}

TEST(ParquetDamage, ARowGroupIsLostWhole) {
  const ThreeGroups made = FileOfThreeGroups();
  const auto metadata = MetadataOf(made.file);
  ASSERT_EQ(metadata->num_row_groups(), 3);
  for (const int group : {0, 1, 2}) {
    const auto column = metadata->RowGroup(group)->ColumnChunk(4);
    std::string damaged = made.file;
    const auto at = static_cast<size_t>(column->data_page_offset() + column->total_compressed_size() / 2);
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    const Decoded strict = Decode(damaged);
    EXPECT_THAT(std::string(strict.status.message()), HasSubstr("--on-corrupt=skip sets the row groups aside"));
    const Decoded decoded = DecodeSkipping(damaged);
    ASSERT_EQ(decoded.status, absl::OkStatus());
    std::string rest;
    uint64_t first = 0;
    for (int i = 0; i < 3; ++i) rest += i == group ? "" : made.lines[static_cast<size_t>(i)];
    for (int i = 0; i < group; ++i) first += static_cast<uint64_t>(metadata->RowGroup(i)->num_rows());
    const auto rows = static_cast<uint64_t>(metadata->RowGroup(group)->num_rows());
    EXPECT_TRUE(decoded.lines == rest);
    ASSERT_EQ(decoded.lost.size(), 1u);
    EXPECT_THAT(decoded.lost[0].reason,
                HasSubstr(StrCat("row group ", group, ", rows ", first, " to ", first + rows - 1, ": ", rows,
                                 " records are lost: reading memory://x.parquet")));
    EXPECT_EQ(decoded.lost[0].object, "memory://x.parquet");
    EXPECT_LE(decoded.lost[0].begin, at);
    EXPECT_GT(decoded.lost[0].end, at);
    EXPECT_EQ(decoded.input_bytes, damaged.size());
    EXPECT_EQ(decoded.cursors.back(), "40");
    // Wherever reading begins anew, the same is lost.
    EXPECT_EQ(DecodeSkipping(damaged, first).lost.size(), 1u);
    EXPECT_EQ(DecodeSkipping(damaged, first + rows).lost.size(), 0u);
    EXPECT_EQ(DecodeSkipping(damaged, first + rows).status, absl::OkStatus());
  }
}

// Skipping gives the right records or an error, never others.
TEST(ParquetDamage, SkippingNeverMakesRecordsUp) {
  std::string file = SmallFile();
  const std::string lines = Decode(file).lines;
  size_t lost = 0;
  size_t tried = 0;
  for (size_t at = 0; at < file.size(); at += kOneIn, ++tried) {
    file[at] = static_cast<char>(file[at] ^ '\x01');
    const Decoded decoded = DecodeSkipping(file);
    if (decoded.status.ok()) {
      EXPECT_EQ(decoded.lost.size(), 1u) << at;
      EXPECT_THAT(decoded.lost[0].reason, HasSubstr("20 records are lost")) << at;
      EXPECT_EQ(decoded.lines, "") << at;
      ++lost;
    }
    file[at] = static_cast<char>(file[at] ^ '\x01');
  }
  EXPECT_GT(lost, tried / 4);
  EXPECT_EQ(DecodeSkipping(file).lines, lines);
  const Decoded cut = DecodeSkipping(file.substr(0, file.size() - 10));
  EXPECT_THAT(std::string(cut.status.message()), HasSubstr("without its footer no record can be found: restore it"));
}

// Without our checksum in front of it, Arrow's reader must hold: an error or rows, never a crash.
TEST(ParquetDamage, ForeignFilesNeverCrash) {
  std::string file = SmallFile();
  for (const std::string_view key : {"datahaul.schema", "datahaul.crc32c"}) {
    file[file.rfind(key)] = 'D';
  }
  ASSERT_EQ(Decode(file).records, 20u);
  Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = file;
    for (uint64_t flips = 1 + random.Below(3); flips > 0; --flips) {
      damaged[random.Below(damaged.size())] = static_cast<char>(random.Next());
    }
    const Decoded decoded = i % 2 == 0 ? Decode(damaged) : DecodeSkipping(damaged);
    EXPECT_TRUE(decoded.status.ok() || decoded.status.message().find("memory://x.parquet") != std::string::npos)
        << decoded.status;
  }
}

struct ForeignColumn {
  const char* name;
  std::shared_ptr<arrow::DataType> type;
  const char* json;  // of all rows
};

// What pyarrow and others write: no metadata of ours, but Arrow's schema.
std::string FileOf(const std::shared_ptr<arrow::Table>& table, int64_t group_rows = 1024) {
  const auto out = *arrow::io::BufferOutputStream::Create();
  const auto with_schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, group_rows,
                                         parquet::default_writer_properties(), with_schema)
                  .ok());
  return (*out->Finish())->ToString();
}

std::string Foreign(const std::vector<ForeignColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, type, json] : columns) {
    fields.push_back(arrow::field(name, type));
    arrays.push_back(*arrow::json::ArrayFromJSONString(type, json));
  }
  return FileOf(arrow::Table::Make(arrow::schema(fields), arrays));
}

TEST(ParquetOfOthers, ColumnsGoByArrowsTypes) {
  const Decoded decoded = Decode(Foreign({
      {"z", arrow::int32(), "[1, null]"},
      {"__key__", arrow::large_utf8(), R"(["a/1", "//d/n/b/x/a/\"2\""])"},
      {"b", arrow::boolean(), "[true, null]"},
      {"bytes", arrow::fixed_size_binary(2), R"(["ab", null])"},
      {"date", arrow::date32(), "[-1, null]"},
      {"decimal", arrow::decimal128(9, 2), R"(["12.30", null])"},
      {"f", arrow::float32(), "[0.5, null]"},
      {"list", arrow::list(arrow::list(arrow::int64())), "[[[1, 2], null, []], null]"},
      {"map", arrow::map(arrow::utf8(), arrow::int64()), R"([[["k", 7]], null])"},
      {"millis", arrow::timestamp(arrow::TimeUnit::MILLI), "[1, null]"},
      {"s", arrow::struct_({arrow::field("y", arrow::large_utf8()), arrow::field("x", arrow::uint8())}),
       R"([{"x": 255, "y": "why"}, null])"},
      {"time", arrow::time64(arrow::TimeUnit::MICRO), "[3723000004, null]"},
  }));
  ASSERT_TRUE(decoded.status.ok()) << decoded.status;
  EXPECT_THAT(decoded.rejects, IsEmpty());
  EXPECT_EQ(
      decoded.lines,
      LineOf(
          1,
          R"("b":{"booleanValue":true},"bytes":{"bytesValue":"YWI="},"date":{"dateValue":"1969-12-31"},)"
          R"("decimal":{"decimalValue":"12.30"},"f":{"doubleValue":0.5},)"
          R"("list":{"arrayValue":{"values":[{"mapValue":{"fields":{"values":{"arrayValue":{"values":[{"integerValue":"1"},{"integerValue":"2"}]}}}}},)"
          R"({"mapValue":{"fields":{}}},{"mapValue":{"fields":{"values":{"arrayValue":{"values":[]}}}}}]}},)"
          R"("map":{"arrayValue":{"values":[{"mapValue":{"fields":{"key":{"stringValue":"k"},"value":{"integerValue":"7"}}}}]}},)"
          R"("millis":{"timestampValue":"1970-01-01T00:00:00.001000Z"},)"
          R"("s":{"mapValue":{"fields":{"x":{"integerValue":"255"},"y":{"stringValue":"why"}}}},)"
          R"("time":{"timeValue":"01:02:03.000004"},"z":{"integerValue":"1"})") +
          R"({"key":{"database":"d","namespace":"n","path":[["b","x"],["a","2"]]},"properties":{}})"
          "\n");
}

// As pandas writes categories.
TEST(ParquetOfOthers, DictionariesAreWhatTheyHold) {
  const auto dictionary = [](const std::shared_ptr<arrow::DataType>& type) {
    return arrow::dictionary(arrow::int8(), type);
  };
  arrow::FieldVector fields = {arrow::field("__key__", dictionary(arrow::utf8())),
                               arrow::field("list", arrow::list(dictionary(arrow::utf8()))),
                               arrow::field("s", dictionary(arrow::utf8()))};
  const auto of = [&](const char* indices, const char* values) {
    return *arrow::DictionaryArray::FromArrays(*arrow::json::ArrayFromJSONString(arrow::int8(), indices),
                                               *arrow::json::ArrayFromJSONString(arrow::utf8(), values));
  };
  const auto lists = *arrow::ListArray::FromArrays(**arrow::json::ArrayFromJSONString(arrow::int32(), "[0, 2, 2, 3]"),
                                                   *of("[0, 1, 0]", R"(["p", "q"])"));
  const std::string file = FileOf(arrow::Table::Make(
      arrow::schema(fields),
      arrow::ArrayVector{of("[2, 1, 0]", R"(["a/3", "a/2", "a/1"])"), lists, of("[1, null, 1]", R"(["no", "yes"])")}));
  const Decoded decoded = Decode(file);
  ASSERT_EQ(decoded.status, absl::OkStatus());
  EXPECT_EQ(decoded.lines,
            LineOf(1, R"("list":{"arrayValue":{"values":[{"stringValue":"p"},{"stringValue":"q"}]}},)"
                      R"("s":{"stringValue":"yes"})") +
                LineOf(2, R"("list":{"arrayValue":{"values":[]}})") +
                LineOf(3, R"("list":{"arrayValue":{"values":[{"stringValue":"p"}]}},"s":{"stringValue":"yes"})"));
}

TEST(ParquetOfOthers, DamagedRowGroupsAreSetAside) {
  std::string keys;
  for (int id = 1; id <= 300; ++id) StrAppend(&keys, id == 1 ? "[" : ", ", "\"a/", id, "\"");
  const auto array = *arrow::json::ArrayFromJSONString(arrow::utf8(), keys + "]");
  std::string file = FileOf(
      arrow::Table::Make(arrow::schema({arrow::field("__key__", arrow::utf8())}), arrow::ArrayVector{array}), 100);
  const auto column = MetadataOf(file)->RowGroup(1)->ColumnChunk(0);
  file[static_cast<size_t>(column->data_page_offset())] = '\xff';  // the page's head
  EXPECT_FALSE(Decode(file).status.ok());
  const Decoded decoded = DecodeSkipping(file);
  ASSERT_EQ(decoded.status, absl::OkStatus());
  EXPECT_EQ(decoded.records, 200u);
  ASSERT_EQ(decoded.lost.size(), 1u);
  EXPECT_THAT(decoded.lost[0].reason, HasSubstr("row group 1, rows 100 to 199: 100 records are lost"));
}

TEST(ParquetOfOthers, WhatIsMissingOrDoesNotFitIsSaid) {
  const auto error = [](const std::string& file) { return std::string(Decode(file).status.message()); };
  EXPECT_THAT(error(Foreign({{"v", arrow::int64(), "[1]"}})), HasSubstr("__key__"));
  EXPECT_THAT(error(Foreign({{"__key__", arrow::int64(), "[1]"}})), HasSubstr("__key__"));
  EXPECT_THAT(
      error(Foreign({{"__key__", arrow::utf8(), R"(["a/1"])"}, {"t", arrow::timestamp(arrow::TimeUnit::NANO), "[1]"}})),
      HasSubstr("column \"t\": expected times in whole microseconds"));
  EXPECT_THAT(
      error(Foreign({{"__key__", arrow::utf8(), R"(["a/1"])"}, {"n", arrow::uint64(), "[9223372036854775808]"}})),
      HasSubstr("column \"n\": expected integers of 64 bits with sign, found 9223372036854775808"));
  EXPECT_THAT(error("no Parquet file"), HasSubstr("expected a Parquet file"));
}

TEST(ParquetOfOthers, RowsWithoutAKeyAreRejects) {
  const Decoded decoded = Decode(Foreign({{"__key__", arrow::utf8(), R"(["a/1", null, "no/key/", "a/2"])"}}));
  EXPECT_TRUE(decoded.status.ok()) << decoded.status;
  EXPECT_EQ(decoded.lines, LineOf(1, "") + LineOf(2, ""));
  ASSERT_EQ(decoded.rejects.size(), 2u);
  EXPECT_THAT(decoded.rejects[0],
              HasSubstr("memory://x.parquet, row 1, column \"__key__\": expected the record's key"));
}

TEST(ParquetModule, SaysWhereItLooked) {
  const auto missing = OpenParquetFrom({"/nowhere/libdatahaul_parquet.so", "libdatahaul_no_such_module.so"});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RetryOf(missing.status()), Retry::kHuman);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/nowhere/libdatahaul_parquet.so"));
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("script/setup"));
}

}  // namespace
}  // namespace datahaul
