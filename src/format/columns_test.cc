#include "format/columns.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "format/table_losses.h"

namespace datahaul {
namespace {

Column Of(ColumnType type, std::string_view field = "") {
  Column column;
  column.name = column.field = field;
  column.type = type;
  return column;
}

Value Int(int64_t integer) {
  Value value;
  value.type = Type::kInt;
  value.integer = integer;
  return value;
}

// A map of fields given in the order of their names.
struct Fields {
  explicit Fields(std::vector<Field> all) : fields(std::move(all)) {
    for (uint32_t i = 0; i < fields.size(); ++i) sorted.push_back(i);
    map.fields = this->fields.data();
    map.sorted = sorted.data();
    map.size = static_cast<uint32_t>(this->fields.size());
  }
  std::vector<Field> fields;
  std::vector<uint32_t> sorted;
  Map map;
};

std::vector<Column> Columns(const std::vector<std::string>& fields) {
  std::vector<Column> columns;
  for (const std::string& field : fields) columns.push_back(Of(ColumnType::kInt, field));
  return columns;
}

TEST(PairedFieldsTest, FindsTheColumnOfEachField) {
  std::vector<Column> columns = Columns({"", "a", "b", "c", "d", "e", "f", "g"});
  columns[0].key = true;
  const Fields fields({{"a", Int(1)}, {"aa", Int(2)}, {"g", Int(3)}, {"h", Int(4)}});
  ColumnMemory memory;
  const PairedFields pairs(fields.map, columns, &memory);
  EXPECT_EQ(pairs[0].column, &columns[1]);
  EXPECT_EQ(pairs[0].index, 1);
  EXPECT_EQ(pairs[0].head, HeadOf(Int(1)));
  EXPECT_EQ(pairs[1].column, nullptr);
  EXPECT_EQ(pairs[1].head, kNoHead);
  EXPECT_EQ(pairs[2].column, &columns[7]) << "far behind the last";
  EXPECT_EQ(pairs[2].index, 7);
  EXPECT_EQ(pairs[3].column, nullptr);
}

TEST(PairedFieldsTest, RemembersShapesForTheirColumns) {
  const std::vector<Column> columns = Columns({"a", "b"}), others = Columns({"b"});
  Fields fields({{"a", Int(1)}, {"b", Int(2)}});
  const Shape shape{.id = 7, .size = 2, .sorted = fields.sorted.data()};
  fields.map.shape = &shape;
  ColumnMemory memory;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(PairedFields(fields.map, columns, &memory)[1].column, &columns[1]);
    EXPECT_EQ(PairedFields(fields.map, others, &memory)[0].column, nullptr);
    EXPECT_EQ(PairedFields(fields.map, others, &memory)[1].column, &others[0]);
  }
}

TEST(PairedFieldsTest, ManyShapesAtATime) {
  const std::vector<Column> columns = Columns({"a"});
  const Fields fields({{"a", Int(1)}});
  ColumnMemory memory;
  std::vector<std::unique_ptr<Shape>> shapes;
  std::vector<std::unique_ptr<PairedFields>> pairs;
  for (uint64_t i = 0; i < 3000; ++i) {  // more than are remembered
    shapes.push_back(std::make_unique<Shape>(Shape{.id = 1 + i * 512, .size = 1, .sorted = fields.sorted.data()}));
    Map map = fields.map;
    map.shape = shapes.back().get();
    pairs.push_back(std::make_unique<PairedFields>(map, columns, &memory));
  }
  for (const auto& pair : pairs) EXPECT_EQ((*pair)[0].column, &columns[0]);
}

TEST(PlainHeadTest, IsThatOfValuesWithoutALoss) {
  Column column = Of(ColumnType::kTimestamp);
  EXPECT_EQ(PlainHead(column), MakeHead(Type::kTimestamp, false, meaning::kTimestamp));
  column.indexed = true;
  column.meaning = 18;
  EXPECT_EQ(PlainHead(column), MakeHead(Type::kTimestamp, true, 18));
  column = Of(ColumnType::kStruct);
  EXPECT_EQ(PlainHead(column), MakeHead(Type::kMap, false, meaning::kEntity));
  column.wrapped = true;
  EXPECT_EQ(PlainHead(column), MakeHead(Type::kArray, false, meaning::kNone));
  EXPECT_EQ(PlainHead(Of(ColumnType::kVariants)), kNoHead);
  EXPECT_EQ(PlainHead(Of(ColumnType::kJson)), kNoHead);
}

TEST(KeyPartTest, OfEachKeyColumn) {
  const std::vector<Column> columns = KeyColumns();
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(KeyPartOf(columns[0]), KeyPart::kReference);
  EXPECT_EQ(KeyPartOf(columns[1]), KeyPart::kNamespace);
  EXPECT_EQ(KeyPartOf(columns[2]), KeyPart::kId);
  EXPECT_EQ(KeyPartOf(columns[3]), KeyPart::kName);
  Column deleted;
  deleted.name = kDeletedColumn;
  EXPECT_EQ(KeyPartOf(deleted), KeyPart::kDeleted);
}

TEST(SlotColumnsTest, LooksAKindUpOnce) {
  Schema schema;
  schema.kinds[{"", "a"}].columns = {Of(ColumnType::kInt, "x")};
  SlotColumns columns(&schema);
  PathElement element{.kind = "a"};
  Key key;
  key.path = &element;
  key.size = 1;
  Record record;
  record.key = &key;
  EXPECT_EQ(columns.Of(record), &schema.kinds.begin()->second);
  element.kind = "b";
  EXPECT_EQ(columns.Of(record), &schema.kinds.begin()->second) << "the slot tells";
  record.slot = 1;
  EXPECT_EQ(columns.Of(record), nullptr);
}

class TableLossesTest : public testing::Test {
 protected:
  std::map<std::string, uint64_t> Counted() const {
    Counters counters;
    losses_.AddCounters(&counters);
    return counters.named;
  }
  std::string Misfit() const {
    PathElement element{.kind = "k"};
    Key key;
    key.path = &element;
    key.size = 1;
    Record record;
    record.key = &key;
    return std::string(losses_.Misfit(record, MakeFieldColumn(column_, 0), {"f", Value()}).message());
  }
  bool Count(const Column& column, const Value& value) {
    return losses_.CountField(MakeFieldColumn(column, 0), {"f", value});
  }
  using Expected = std::map<std::string, uint64_t>;
  ColumnMemory memory_;
  TableLosses losses_{&memory_};
  const Column column_;
};

TEST_F(TableLossesTest, NothingIsLostWhereMarksAgree) {
  Column column = Of(ColumnType::kInt);
  column.indexed = true;
  column.meaning = 22;
  Value value = Int(5);
  value.indexed = true;
  value.meaning = 22;
  EXPECT_TRUE(Count(column, value));
  EXPECT_EQ(Counted(), Expected());
}

TEST_F(TableLossesTest, CountsEachLoss) {
  Value marked = Int(5);
  marked.indexed = true;
  marked.meaning = 22;
  EXPECT_TRUE(Count(Of(ColumnType::kInt), marked));
  EXPECT_TRUE(Count(Of(ColumnType::kInt), Value()));
  EXPECT_TRUE(Count(Of(ColumnType::kJson), marked));
  Column widened = Of(ColumnType::kDouble);
  widened.widened = true;
  EXPECT_TRUE(Count(widened, Int(5)));
  Record record;
  record.unknown = "x";
  losses_.CountRecord(record);
  EXPECT_EQ(Counted(), (Expected{{"indexed_dropped", 1},
                                 {"json_values", 1},
                                 {"meanings_dropped", 1},
                                 {"not_expressible", 1},
                                 {"nulls", 1},
                                 {"widened", 1}}));
}

TEST_F(TableLossesTest, LooksInside) {
  Column list = Of(ColumnType::kList);
  list.children = {Of(ColumnType::kInt)};
  Value items[3] = {Int(1), Value(), Int(2)};
  items[2].indexed = true;
  Value array;
  array.type = Type::kArray;
  array.items = items;
  array.size = 3;
  const Fields inner({{"n", Value()}, {"x", array}});
  Value map;
  map.type = Type::kMap;
  map.meaning = meaning::kEntity;
  map.map = &inner.map;
  Column structure = Of(ColumnType::kStruct);
  structure.children = {Of(ColumnType::kString, "n"), list};
  structure.children[1].field = "x";
  EXPECT_TRUE(Count(structure, map));
  EXPECT_EQ(Counted(), (Expected{{"indexed_dropped", 1}, {"nulls", 1}}));

  structure.children[1].children[0] = Of(ColumnType::kString);
  EXPECT_FALSE(Count(structure, map));
  EXPECT_NE(Misfit().find(R"(field "f": expected string, found integer)"), std::string::npos) << Misfit();
  structure.children.pop_back();
  EXPECT_FALSE(Count(structure, map));
  EXPECT_NE(Misfit().find(R"(expected fields of the schema, found "x")"), std::string::npos) << Misfit();
  const Key key;
  Map keyed = Fields({}).map;
  keyed.size = 0;
  keyed.key = &key;
  map.map = &keyed;
  EXPECT_FALSE(Count(structure, map));
}

TEST_F(TableLossesTest, ValuesThatDoNotFit) {
  EXPECT_FALSE(Count(Of(ColumnType::kString), Int(5)));
  EXPECT_FALSE(Count(Of(ColumnType::kDouble), Int(5)));
  Column variants = Of(ColumnType::kVariants);
  variants.children = {Of(ColumnType::kString)};
  EXPECT_FALSE(Count(variants, Int(5)));
  variants.children.push_back(Of(ColumnType::kInt));
  EXPECT_TRUE(Count(variants, Int(5)));
}

}  // namespace
}  // namespace datahaul
