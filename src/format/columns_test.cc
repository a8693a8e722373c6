#include "format/columns.h"

#include <algorithm>
#include <map>
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

TEST(FieldCursorTest, PairsFieldsWithColumns) {
  const Fields fields({{"a", Int(1)}, {"c", Int(3)}});
  FieldCursor cursor(fields.map);
  EXPECT_EQ(cursor.Next(Of(ColumnType::kInt, "a"))->integer, 1);
  EXPECT_EQ(cursor.Next(Of(ColumnType::kInt, "b")), nullptr);
  EXPECT_EQ(cursor.Next(Of(ColumnType::kInt, "c"))->integer, 3);
  EXPECT_EQ(cursor.Next(Of(ColumnType::kInt, "d")), nullptr);
  EXPECT_EQ(cursor.Stranger(), nullptr);
}

TEST(FieldCursorTest, FindsStrangersAnywhere) {
  for (const char* stranger : {"a", "c", "e"}) {
    std::vector<Field> all = {{"b", Int(1)}, {"d", Int(2)}};
    all.insert(std::lower_bound(all.begin(), all.end(), std::string_view(stranger),
                                [](const Field& field, std::string_view name) { return field.name < name; }),
               {stranger, Int(0)});
    const Fields fields(all);
    FieldCursor cursor(fields.map);
    EXPECT_EQ(cursor.Next(Of(ColumnType::kInt, "b"))->integer, 1);
    EXPECT_EQ(cursor.Next(Of(ColumnType::kInt, "d"))->integer, 2);
    ASSERT_NE(cursor.Stranger(), nullptr);
    EXPECT_EQ(cursor.Stranger()->name, stranger);
  }
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
    return std::string(losses_.Misfit(record, "f").message());
  }
  using Expected = std::map<std::string, uint64_t>;
  TableLosses losses_;
};

TEST_F(TableLossesTest, NothingIsLostWhereMarksAgree) {
  Column column = Of(ColumnType::kInt);
  column.indexed = true;
  column.meaning = 22;
  Value value = Int(5);
  value.indexed = true;
  value.meaning = 22;
  EXPECT_TRUE(losses_.CountField(column, value));
  EXPECT_EQ(Counted(), Expected());
}

TEST_F(TableLossesTest, CountsEachLoss) {
  Value marked = Int(5);
  marked.indexed = true;
  marked.meaning = 22;
  EXPECT_TRUE(losses_.CountField(Of(ColumnType::kInt), marked));
  EXPECT_TRUE(losses_.CountField(Of(ColumnType::kInt), Value()));
  EXPECT_TRUE(losses_.CountField(Of(ColumnType::kJson), marked));
  Column widened = Of(ColumnType::kDouble);
  widened.widened = true;
  EXPECT_TRUE(losses_.CountField(widened, Int(5)));
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
  EXPECT_TRUE(losses_.CountField(structure, map));
  EXPECT_EQ(Counted(), (Expected{{"indexed_dropped", 1}, {"nulls", 1}}));

  structure.children[1].children[0] = Of(ColumnType::kString);
  EXPECT_FALSE(losses_.CountField(structure, map));
  EXPECT_NE(Misfit().find(R"(field "f": expected string, found integer)"), std::string::npos) << Misfit();
  structure.children.pop_back();
  EXPECT_FALSE(losses_.CountField(structure, map));
  EXPECT_NE(Misfit().find(R"(expected fields of the schema, found "x")"), std::string::npos) << Misfit();
  const Key key;
  Map keyed = Fields({}).map;
  keyed.size = 0;
  keyed.key = &key;
  map.map = &keyed;
  EXPECT_FALSE(losses_.CountField(structure, map));
}

TEST_F(TableLossesTest, ValuesThatDoNotFit) {
  EXPECT_FALSE(losses_.CountField(Of(ColumnType::kString), Int(5)));
  EXPECT_FALSE(losses_.CountField(Of(ColumnType::kDouble), Int(5)));
  Column variants = Of(ColumnType::kVariants);
  variants.children = {Of(ColumnType::kString)};
  EXPECT_FALSE(losses_.CountField(variants, Int(5)));
  variants.children.push_back(Of(ColumnType::kInt));
  EXPECT_TRUE(losses_.CountField(variants, Int(5)));
}

}  // namespace
}  // namespace datahaul
