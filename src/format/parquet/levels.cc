#include "format/parquet/levels.h"

#include <cstddef>
#include <utility>

namespace datahaul {

Levels LevelsOfRows(uint32_t rows) { return {.size = rows, .open = rows}; }

Levels PresentLevels(Levels levels, const ColumnStore& store) {
  const uint16_t outer = levels.definition++;
  const bool all = levels.open == store.present(), none = store.present() == 0;
  levels.open = store.present();
  if (levels.definitions.empty() && (all || none)) {
    if (!none) levels.common = levels.definition;
    return levels;
  }
  if (all) {
    for (uint16_t& definition : levels.definitions)
      definition = static_cast<uint16_t>(definition + (definition == outer));
    return levels;
  }
  if (levels.definitions.empty()) levels.definitions.assign(levels.size, outer);
  const Bitmap& valid = store.valid();
  uint32_t slot = 0;
  for (uint16_t& definition : levels.definitions) {
    if (definition != outer) continue;
    if (slot == store.slots()) break;  // null from here on
    definition = static_cast<uint16_t>(definition + (valid.size() == 0 || valid.Get(slot)));
    ++slot;
  }
  return levels;
}

Levels ElementLevels(Levels present, const ColumnStore& list) {
  Levels levels = {.size = present.size,
                   .open = list.elements(),
                   .definition = static_cast<uint16_t>(present.definition + 1),
                   .repetition = static_cast<uint16_t>(present.repetition + 1),
                   .common = present.common};
  if (levels.open == 0) {
    levels.definitions = std::move(present.definitions);
    levels.repetitions = std::move(present.repetitions);
    return levels;
  }
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
