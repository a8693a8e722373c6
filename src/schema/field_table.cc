#include "schema/field_table.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace datahaul {
namespace {

constexpr size_t kReadable = 8;  // bytes behind names_

// What a place weighs: a name of a kilobyte takes the memory of many.
uint32_t Weight(std::string_view name) { return 1 + static_cast<uint32_t>(name.size() / 64); }

}  // namespace

FieldTable::FieldTable(size_t most, size_t* shared_left)
    : nodes_(1), names_(kReadable, '\0'), left_(most), shared_left_(shared_left) {}

void FieldTable::CountOther(uint32_t place, uint32_t tag, uint64_t count) {
  constexpr uint32_t kEmptyList = static_cast<uint32_t>(Type::kArray) | uint32_t{meaning::kEmptyList}
                                                                            << value_tag::kMeaningShift;
  if (count == 0) return;
  if ((tag & ~value_tag::kIndexed) == kEmptyList) tag &= value_tag::kCellMask;  // lists are as often empty as not
  const auto add = [&](uint32_t* own, uint64_t* sum) {
    if (((*own ^ tag) & value_tag::kCellMask) != 0) return false;
    if (*own != tag) *own = (tag & value_tag::kCellMask) | value_tag::kMixed;
    *sum += count;
    return true;
  };
  Node& node = nodes_[place];
  if (node.count == 0) node.tag = tag;
  if (add(&node.tag, &node.count)) return;
  for (uint32_t cell = node.cells; cell != kNone; cell = cells_[cell].next) {
    if (add(&cells_[cell].tag, &cells_[cell].count)) return;
  }
  if (cells_.empty()) cells_.emplace_back();
  cells_.push_back({count, tag, node.cells});
  node.cells = static_cast<uint32_t>(cells_.size() - 1);
}

uint32_t FieldTable::Field(uint32_t parent, uint32_t previous, std::string_view name) {
  if (open(parent)) return kNone;
  uint32_t field = Find(parent, previous, name);
  if (field == kNone) {
    field = Add(parent, name);
    if (field == kNone) return kNone;
    Link(parent, previous, field);
  }
  (previous == kNone ? nodes_[parent].guess : nodes_[previous].follow) = field;
  return field;
}

// Fields come mostly in one order: looks on from `previous` first.
uint32_t FieldTable::Find(uint32_t parent, uint32_t previous, std::string_view name) const {
  const Node& node = nodes_[parent];
  const bool narrow = node.children <= kNarrow;
  uint32_t at = previous == kNone ? node.first : nodes_[previous].next;
  for (uint32_t steps = narrow ? node.children : std::min(node.children, 4u); steps != 0; --steps) {
    if (at == kNone) at = node.first;
    if (Is(at, name)) return at;
    at = nodes_[at].next;
  }
  return narrow ? kNone : index_[IndexSlot(parent, name)];
}

uint32_t FieldTable::Elements(uint32_t parent) {
  if (nodes_[parent].elements != kNone || open(parent) || !TakePlaces(parent, 1)) return nodes_[parent].elements;
  const auto place = static_cast<uint32_t>(nodes_.size());
  nodes_.emplace_back().parent = parent;
  return nodes_[parent].elements = place;
}

uint32_t FieldTable::Add(uint32_t parent, std::string_view name) {
  if (!TakePlaces(parent, Weight(name))) return kNone;
  const auto field = static_cast<uint32_t>(nodes_.size());
  Node& node = nodes_.emplace_back();
  node.parent = parent;
  node.name = static_cast<uint32_t>(names_.size() - kReadable);
  node.name_size = static_cast<uint32_t>(name.size());
  names_.resize(node.name);
  names_.append(name);
  names_.append(kReadable, '\0');
  return field;
}

void FieldTable::Link(uint32_t parent, uint32_t previous, uint32_t field) {
  uint32_t& link = previous == kNone ? nodes_[parent].first : nodes_[previous].next;
  nodes_[field].next = link;
  link = field;
  const uint32_t children = ++nodes_[parent].children;
  if (children <= kNarrow) return;
  if (children > kNarrow + 1) return Index(field);
  for (uint32_t child = nodes_[parent].first; child != kNone; child = nodes_[child].next) Index(child);
}

// False if there is none, or no longer.
bool FieldTable::TakePlaces(uint32_t parent, uint32_t count) {
  if (shared_left_ != nullptr) {
    complete_ &= left_ != 0 && *shared_left_ != 0;
    if (left_ == 0 || *shared_left_ == 0) return false;
    --left_;
    --*shared_left_;
    return true;
  }
  for (uint32_t place = parent; place != kRoot; place = nodes_[place].parent) {
    if (open(place)) return false;  // forgotten with it, but still being worked on
  }
  if (open(kRoot)) return false;
  if (parent == kRoot && nodes_[kRoot].children == kMostFields) {
    Open(kRoot);
    return false;
  }
  return AddWeight(parent, count);
}

// Adds to what is below `place` and below all that is above it. False if one of them is open now.
bool FieldTable::AddWeight(uint32_t place, uint32_t weight) {
  int depth = 0;
  for (uint32_t above = place; above != kRoot; above = nodes_[above].parent) ++depth;
  bool room = true;
  for (;; place = nodes_[place].parent, --depth) {
    const uint32_t most = MostPlaces(depth) + 1;
    weight = std::min(weight, most - nodes_[place].places);
    nodes_[place].places += weight;
    if (nodes_[place].places == most) {
      Forget(place);
      room = false;
    }
    if (place == kRoot) return room;
  }
}

void FieldTable::Open(uint32_t place) {
  if (!open(place)) AddWeight(place, MostPlaces(0) + 1);
}

void FieldTable::Forget(uint32_t place) {
  Node& node = nodes_[place];
  node.children = kOpen;
  node.first = node.elements = node.guess = kNone;
}

void FieldTable::Merge(const FieldTable& from) {
  complete_ &= from.complete_;
  MergePlace(from, kRoot, kRoot);
}

void FieldTable::MergePlace(const FieldTable& from, uint32_t from_place, uint32_t place) {
  from.EachCell(from_place, [&](uint32_t tag, uint64_t count) { CountOther(place, tag, count); });
  if (from.open(from_place)) return Open(place);
  uint32_t previous = kNone;
  for (uint32_t field = from.nodes_[from_place].first; field != kNone; field = from.nodes_[field].next) {
    const uint32_t own = Field(place, previous, from.name(field));
    if (own == kNone) continue;
    MergePlace(from, field, own);
    previous = own;
  }
  if (from.nodes_[from_place].elements == kNone) return;
  const uint32_t own = Elements(place);
  if (own != kNone) MergePlace(from, from.nodes_[from_place].elements, own);
}

std::vector<uint32_t> FieldTable::Fields(uint32_t parent) const {
  std::vector<uint32_t> fields;
  for (uint32_t field = nodes_[parent].first; field != kNone; field = nodes_[field].next) fields.push_back(field);
  std::sort(fields.begin(), fields.end(), [&](uint32_t a, uint32_t b) { return name(a) < name(b); });
  return fields;
}

void FieldTable::Index(uint32_t field) {
  if (2 * (indexed_ + 1) > index_.size()) {
    const std::vector<uint32_t> old = std::move(index_);
    index_.assign(std::max<size_t>(64, 2 * old.size()), kNone);
    for (const uint32_t known : old) {
      if (known != kNone) index_[IndexSlot(nodes_[known].parent, name(known))] = known;
    }
  }
  index_[IndexSlot(nodes_[field].parent, name(field))] = field;
  ++indexed_;
}

// Where the field is, or where it would be.
size_t FieldTable::IndexSlot(uint32_t parent, std::string_view name) const {
  const size_t mask = index_.size() - 1;
  size_t slot = absl::HashOf(parent, name) & mask;
  while (index_[slot] != kNone && (nodes_[index_[slot]].parent != parent || !Is(index_[slot], name))) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

size_t FieldTable::bytes_held() const {
  return nodes_.capacity() * sizeof(Node) + cells_.capacity() * sizeof(Cell) + names_.capacity() +
         index_.capacity() * sizeof(uint32_t);
}

}  // namespace datahaul
