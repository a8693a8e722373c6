#include "format/parquet/levels.h"

#include <cstddef>

namespace datahaul {

Levels LevelsOfRows(uint32_t rows) { return {.size = rows, .open = rows}; }

Levels PresentLevels(const Levels& outer, const ColumnStore& store) {
  Levels levels = outer;
  levels.open = store.present();
  ++levels.definition;
  const bool all = levels.open == outer.open;
  if (outer.definitions.empty() && (all || levels.open == 0)) {
    if (all && levels.open != 0) levels.common = levels.definition;
    return levels;
  }
  if (all) {
    for (uint16_t& definition : levels.definitions) {
      definition = static_cast<uint16_t>(definition + (definition == outer.definition));
    }
    return levels;
  }
  if (levels.definitions.empty()) levels.definitions.assign(levels.size, outer.definition);
  const Bitmap& valid = store.valid();
  uint32_t slot = 0;
  for (uint16_t& definition : levels.definitions) {
    if (definition != outer.definition) continue;
    if (slot == store.slots()) break;  // null from here on
    definition = static_cast<uint16_t>(definition + (valid.size() == 0 || valid.Get(slot)));
    ++slot;
  }
  return levels;
}

Levels ElementLevels(const Levels& present, const ColumnStore& list) {
  Levels levels = present;
  levels.open = list.elements();
  ++levels.definition;
  ++levels.repetition;
  if (levels.open == 0) return levels;
  levels.definitions.clear();
  levels.repetitions.clear();
  const size_t most = size_t{present.size} + list.elements();
  levels.definitions.reserve(most);
  levels.repetitions.reserve(most);
  uint32_t next = 0;
  for (uint32_t i = 0; i < present.size; ++i) {
    const uint16_t definition = present.definitions.empty() ? present.common : present.definitions[i];
    levels.repetitions.push_back(present.repetitions.empty() ? uint16_t{0} : present.repetitions[i]);
    if (definition != present.definition) {
      levels.definitions.push_back(definition);
      continue;
    }
    const uint32_t size = list.ends().At<uint32_t>(next + 1) - list.ends().At<uint32_t>(next);
    ++next;
    levels.definitions.push_back(size == 0 ? definition : levels.definition);
    if (size < 2) continue;
    levels.definitions.insert(levels.definitions.end(), size - 1, levels.definition);
    levels.repetitions.insert(levels.repetitions.end(), size - 1, levels.repetition);
  }
  levels.size = static_cast<uint32_t>(levels.definitions.size());
  return levels;
}

}  // namespace datahaul
