#include "format/parquet/dictionary_choice.h"

#include <algorithm>
#include <bit>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/text.h"

namespace datahaul {
namespace {

constexpr uint32_t kSample = 512, kFewest = 32;  // of fewer values nothing is said
constexpr size_t kMarks = 8192;

// A number below kMarks that is the same for the same values, and hardly ever for others.
size_t MarkOf(const ColumnStore& store, uint32_t i) {
  uint64_t hash = 0;
  if (store.form() == StoreForm::kWords) {
    hash = store.data().At<uint64_t>(i);
  } else {
    const uint32_t begin = store.ends().At<uint32_t>(i), end = store.ends().At<uint32_t>(i + 1);
    const auto* const text = reinterpret_cast<const char*>(store.data().data());
    hash = std::hash<std::string_view>()({text + begin, end - begin});
  }
  hash *= 0x9E3779B97F4A7C15u;
  return (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u >> (64 - std::bit_width(kMarks - 1));
}

// Whether nine in ten of the sample are new, as they are where a column has some thousands of values.
bool HardlyRepeats(const ColumnStore& store) {
  const uint32_t size = std::min(store.present(), kSample);
  if (size < kFewest) return false;
  std::bitset<kMarks> seen;
  uint32_t repeated = 0;
  for (uint32_t i = 0; i < size; ++i) {
    const size_t mark = MarkOf(store, static_cast<uint32_t>(uint64_t{i} * store.present() / size));
    repeated += seen[mark];
    seen.set(mark);
  }
  return repeated * 10 < size;
}

void Add(const ColumnStore& store, const std::string& path, std::vector<std::string>* paths) {
  switch (store.form()) {
    case StoreForm::kBits:
      return;
    case StoreForm::kWords:
    case StoreForm::kTexts:
      if (HardlyRepeats(store)) paths->push_back(path);
      return;
    case StoreForm::kLists:
      return Add(store.children()[0], StrCat(path, ".list.element"), paths);
    case StoreForm::kStructs:
      for (const ColumnStore& child : store.children()) Add(child, StrCat(path, ".", child.column().name), paths);
  }
}

}  // namespace

std::vector<std::string> PathsWithoutDictionary(const std::vector<ColumnStore>& columns) {
  std::vector<std::string> paths;
  for (const ColumnStore& column : columns) Add(column, column.column().name, &paths);
  return paths;
}

}  // namespace datahaul
