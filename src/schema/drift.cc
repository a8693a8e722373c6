#include "schema/drift.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "schema/names.h"

namespace datahaul {
namespace {

using Columns = std::vector<Column>;

// In the order in which columns stand: keys first, in their own order, then fields by name.
size_t KeyRank(std::string_view name) {
  constexpr std::array kKeys = {kKeyColumn, kNamespaceColumn, kIdColumn, kNameColumn, kDeletedColumn};
  return static_cast<size_t>(std::find(kKeys.begin(), kKeys.end(), name) - kKeys.begin());
}
bool Before(const Column& a, const Column& b) {
  if (a.key != b.key) return a.key;
  return a.key ? KeyRank(a.name) < KeyRank(b.name) : a.field < b.field;
}
bool VariantBefore(const Column& a, const Column& b) { return a.type < b.type; }

// Goes through both side by side: visit(earlier, now), one of them null where the other has no twin.
template <typename Order, typename Visit>
void EachPair(const Columns& earlier, const Columns& now, Order before, Visit visit) {
  size_t e = 0, n = 0;
  while (e < earlier.size() || n < now.size()) {
    if (n == now.size() || (e < earlier.size() && before(earlier[e], now[n]))) {
      visit(&earlier[e++], nullptr);
    } else if (e == earlier.size() || before(now[n], earlier[e])) {
      visit(nullptr, &now[n++]);
    } else {
      visit(&earlier[e++], &now[n++]);
    }
  }
}

bool AllInOne(const Columns& columns) { return PropertiesColumn(columns) != nullptr; }

// A guess that the other type fulfils: nothing but null fits anywhere, empty maps fit where maps do.
bool Fulfils(const Column& column, const Column& guess) {
  if (!guess.guessed) return false;
  if (guess.type == ColumnType::kString) return true;
  return column.type == ColumnType::kJson || (column.type == ColumnType::kStruct && !column.wrapped);
}

bool SameShape(const Column& a, const Column& b) { return a.type == b.type && a.wrapped == b.wrapped; }

class Comparison {
 public:
  explicit Comparison(std::vector<Difference>* differences) : differences_(*differences) {}

  void CompareKind(const KindName& kind, const Columns& earlier, const Columns& now) {
    kind_ = kind;
    if (AllInOne(earlier) == AllInOne(now)) return CompareFields(earlier, now, "");
    constexpr std::string_view kForms[] = {"a column for each property", "JSON text of all properties"};
    Add("", StrCat(kForms[AllInOne(earlier)], " before, ", kForms[AllInOne(now)], " now"), Drift::kBreaking);
  }
  void CompareKind(const KindName& kind, bool is_new) {
    kind_ = kind;
    Add("", is_new ? "a new kind" : "not there any more", is_new ? Drift::kAdditive : Drift::kAbsent);
  }

 private:
  void Add(const std::string& path, std::string what, Drift drift) {
    differences_.push_back({kind_, path, std::move(what), drift});
  }

  void CompareFields(const Columns& earlier, const Columns& now, const std::string& path) {
    EachPair(earlier, now, Before, [&](const Column* before, const Column* after) {
      const Column& either = before != nullptr ? *before : *after;
      const std::string_view name = either.key ? either.name : either.field;
      ComparePair(before, after, path.empty() ? std::string(name) : StrCat(path, ".", name));
    });
  }

  void ComparePair(const Column* before, const Column* after, const std::string& path) {
    if (before == nullptr) {
      Add(path, StrCat("new: ", ColumnTypeName(after->type)), Drift::kAdditive);
    } else if (after == nullptr) {
      Add(path, StrCat(ColumnTypeName(before->type), " before, not there any more"), Drift::kAbsent);
    } else {
      CompareColumn(*before, *after, path);
    }
  }

  void CompareColumn(const Column& before, const Column& after, const std::string& path) {
    if (before.name != after.name) {
      Add(path, StrCat("called ", Shortened(before.name), " before, ", Shortened(after.name), " now"),
          Drift::kBreaking);
    }
    if (!SameShape(before, after)) {
      if (Fulfils(before, after)) return;
      Add(path, StrCat(ShapeName(before), " before, ", ShapeName(after), " now"), Drift::kBreaking);
    } else if (before.type == ColumnType::kList) {
      CompareColumn(before.children[0], after.children[0], path + "[]");
    } else if (before.wrapped) {
      CompareColumn(before.children[0], after.children[0], path);
    } else if (before.type == ColumnType::kStruct) {
      CompareFields(before.children, after.children, path);
    } else if (before.type == ColumnType::kVariants) {
      EachPair(before.children, after.children, VariantBefore,
               [&](const Column* earlier, const Column* now) { ComparePair(earlier, now, path); });
    } else if (before.widened != after.widened) {
      Add(path, after.widened ? "integers as well now" : "no integers any more",
          after.widened ? Drift::kAdditive : Drift::kAbsent);
    }
  }

  static std::string ShapeName(const Column& column) {
    return column.wrapped ? "list in a list" : std::string(ColumnTypeName(column.type));
  }

  std::vector<Difference>& differences_;
  KindName kind_;
};

class Adaption {
 public:
  explicit Adaption(Conflict conflict) : conflict_(conflict) {}

  Columns Kind(const Columns& earlier, const Columns& now) const {
    if (AllInOne(earlier) != AllInOne(now)) return AllInOne(earlier) || conflict_ == Conflict::kEarlier ? earlier : now;
    return Fields(earlier, now);
  }

 private:
  Columns Fields(const Columns& earlier, const Columns& now) const {
    Columns columns;
    std::vector<size_t> added;
    EachPair(earlier, now, Before, [&](const Column* before, const Column* after) {
      if (before == nullptr) added.push_back(columns.size());
      columns.push_back(before == nullptr ? *after : after == nullptr ? *before : Merged(*before, *after));
    });
    NameAdded(earlier, added, &columns);
    return columns;
  }

  // What is new takes none of the earlier names.
  static void NameAdded(const Columns& earlier, const std::vector<size_t>& added, Columns* columns) {
    std::vector<std::string_view> fields,
        reserved = {kKeyColumn, kNamespaceColumn, kIdColumn, kNameColumn, kDeletedColumn, kPropertiesColumn};
    for (const Column& column : earlier) reserved.push_back(column.name);
    for (const size_t i : added) {
      if (!(*columns)[i].key) fields.push_back((*columns)[i].field);
    }
    std::vector<std::string> names = ColumnNames(fields, reserved);
    size_t next = 0;
    for (const size_t i : added) {
      if (!(*columns)[i].key) (*columns)[i].name = std::move(names[next++]);
    }
  }

  Column Merged(const Column& before, const Column& after) const {
    Column column = Type(before, after);
    column.name = before.name;
    column.field = after.field;
    return column;
  }

  Column Type(const Column& before, const Column& after) const {
    if (!SameShape(before, after)) {
      if (before.type == ColumnType::kJson || Fulfils(before, after)) return before;
      if (before.type == ColumnType::kVariants && after.type != ColumnType::kJson) return WithVariant(before, after);
      return conflict_ == Conflict::kEarlier ? before : after;
    }
    Column column = after;
    column.guessed = before.guessed && after.guessed;
    column.widened = before.widened || after.widened;
    if (after.type == ColumnType::kList || after.wrapped) {
      column.children[0] = Merged(before.children[0], after.children[0]);
    } else if (after.type == ColumnType::kStruct) {
      column.children = Fields(before.children, after.children);
    } else if (after.type == ColumnType::kVariants) {
      column.children = Variants(before.children, after.children);
    }
    return column;
  }

  Column WithVariant(const Column& before, const Column& after) const {
    Column column = before;
    Column variant = after;
    variant.name = ColumnTypeName(after.type);
    variant.field.clear();
    column.children = Variants(before.children, {variant});
    return column;
  }

  Columns Variants(const Columns& earlier, const Columns& now) const {
    Columns columns;
    EachPair(earlier, now, VariantBefore, [&](const Column* before, const Column* after) {
      columns.push_back(before == nullptr ? *after : after == nullptr ? *before : Merged(*before, *after));
    });
    return columns;
  }

  const Conflict conflict_;
};

}  // namespace

std::string_view DriftName(Drift drift) {
  constexpr std::string_view kNames[] = {"additive", "breaking", "absent"};
  return kNames[static_cast<size_t>(drift)];
}

std::vector<Difference> Compare(const Schema& earlier, const Schema& now) {
  std::vector<Difference> differences;
  Comparison comparison(&differences);
  auto after = now.kinds.begin();
  for (const auto& [name, kind] : earlier.kinds) {
    for (; after != now.kinds.end() && after->first < name; ++after) comparison.CompareKind(after->first, true);
    if (after == now.kinds.end() || after->first != name) {
      comparison.CompareKind(name, false);
    } else {
      comparison.CompareKind(name, kind.columns, (after++)->second.columns);
    }
  }
  for (; after != now.kinds.end(); ++after) comparison.CompareKind(after->first, true);
  return differences;
}

Schema Adapt(const Schema& earlier, const Schema& now, Conflict conflict) {
  Schema adapted = now;
  for (auto& [name, kind] : adapted.kinds) {
    const auto before = earlier.kinds.find(name);
    if (before != earlier.kinds.end()) kind.columns = Adaption(conflict).Kind(before->second.columns, kind.columns);
  }
  return adapted;
}

}  // namespace datahaul
