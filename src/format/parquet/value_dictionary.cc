#include "format/parquet/value_dictionary.h"

#include <algorithm>
#include <bit>

namespace datahaul {
namespace {

constexpr size_t kLeastTable = 256;
constexpr size_t kMostIndicesKept = 1 << 20;
constexpr uint32_t kSample = 1024;  // of fewer values nothing is said before the end
// Half of the table is empty, so that this happens where values were made to collide.
constexpr int kMostProbes = 256;
constexpr uint64_t kOdd = 0x9E3779B97F4A7C15u;

// Times kOdd again, its upper half goes by all of `bits`.
uint64_t Mix(uint64_t bits) {
  bits *= kOdd;
  return bits ^ bits >> 32;
}

struct Word {
  static size_t Size(const uint8_t*) { return sizeof(uint64_t); }
  static uint32_t Hash(const uint8_t* value) {
    return static_cast<uint32_t>(Mix(LoadLE<uint64_t>(value)) * kOdd >> 32);
  }
  static bool Equal(const uint8_t* a, const uint8_t* b) { return LoadLE<uint64_t>(a) == LoadLE<uint64_t>(b); }
};

// Followed by bytes that may be read: arrays and buffers have kSlack.
struct Text {
  static size_t Size(const uint8_t* value) { return TextAt(value).size() + sizeof(uint32_t); }
  static uint32_t Hash(const uint8_t* value) {
    const std::string_view text = TextAt(value);
    uint64_t hash = text.size();
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= text.size(); at += sizeof(uint64_t)) hash = Mix(hash ^ LoadLE<uint64_t>(&text[at]));
    uint64_t rest = 0;
    if (at < text.size()) rest = LoadLE<uint64_t>(text.data() + at) << (8 * (at + sizeof(uint64_t) - text.size()));
    return static_cast<uint32_t>(Mix(hash ^ rest) * kOdd >> 32);
  }
  static bool Equal(const uint8_t* a, const uint8_t* b) { return TextAt(a) == TextAt(b); }
};

}  // namespace

bool ValueDictionary::Build(const ColumnStore& store) {
  values_.clear();
  entries_.clear();
  indices_.clear();
  if (indices_.capacity() > kMostIndicesKept) indices_.shrink_to_fit();
  table_.assign(kLeastTable, 0);
  return store.form() == StoreForm::kWords ? BuildOf<Word>(store.data(), store.present())
                                           : BuildOf<Text>(store.data(), store.present());
}

int ValueDictionary::width() const { return std::max(1, static_cast<int>(std::bit_width(entries_.size() - 1))); }

void ValueDictionary::AppendValuesOf(std::span<const uint32_t> indices, ByteBuffer* out) const {
  std::vector<bool> seen(size());
  for (const uint32_t index : indices) {
    if (seen[index]) continue;
    seen[index] = true;
    const size_t begin = entries_[index].begin;
    const size_t end = index + 1 == size() ? values_.size() : entries_[index + 1].begin;
    out->Append(values_.view().substr(begin, end - begin));
  }
}

template <typename Value>
bool ValueDictionary::BuildOf(const GrowingArray& data, uint32_t count) {
  if (count == 0) return false;
  uint64_t look = kSample;
  const uint8_t* value = data.data();
  for (uint32_t i = 0; i < count; ++i, value += Value::Size(value)) {
    if (i == look) {
      if (uint64_t{size()} * 10 > look * 9) return false;
      look *= 2;
    }
    const uint32_t index = IndexOf<Value>(value);
    if (index == kNone) return false;
    indices_.push_back(index);
  }
  return values_.size() + uint64_t{count} * static_cast<unsigned>(width()) / 8 < data.size();
}

template <typename Value>
uint32_t ValueDictionary::IndexOf(const uint8_t* value) {
  const uint32_t hash = Value::Hash(value);
  size_t at = hash & (table_.size() - 1);
  for (int probes = 0; table_[at] != 0; at = (at + 1) & (table_.size() - 1)) {
    if (++probes > kMostProbes) return kNone;
    const Entry& entry = entries_[table_[at] - 1];
    const auto* const known = reinterpret_cast<const uint8_t*>(values_.data()) + entry.begin;
    if (entry.hash == hash && Value::Equal(known, value)) return table_[at] - 1;
  }
  if (values_.size() + Value::Size(value) > kMostBytes) return kNone;
  entries_.push_back({hash, static_cast<uint32_t>(values_.size())});
  table_[at] = size();
  values_.Append({reinterpret_cast<const char*>(value), Value::Size(value)});
  if (entries_.size() * 2 > table_.size()) GrowTable();
  return size() - 1;
}

void ValueDictionary::GrowTable() {
  table_.assign(table_.size() * 2, 0);
  for (uint32_t i = 0; i < size(); ++i) {
    size_t at = entries_[i].hash & (table_.size() - 1);
    while (table_[at] != 0) at = (at + 1) & (table_.size() - 1);
    table_[at] = i + 1;
  }
}

}  // namespace datahaul
