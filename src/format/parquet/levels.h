// Parquet's repetition and definition levels (Dremel's): which slots of nested columns are there.
#ifndef DATAHAUL_FORMAT_PARQUET_LEVELS_H_
#define DATAHAUL_FORMAT_PARQUET_LEVELS_H_

#include <cstdint>
#include <vector>

#include "format/parquet/column_store.h"

namespace datahaul {

// The levels on the way from a record to a leaf. An entry is a row, or one of the elements of its lists; it is open if
// nothing on the way was null or empty: open entries are the slots of what comes next.
struct Levels {
  uint32_t size = 0;        // entries
  uint32_t open = 0;        // of them
  uint16_t definition = 0;  // of open entries; others have less
  uint16_t repetition = 0;  // the highest: lists on the way
  uint16_t common = 0;      // the definition of all entries where there are no definitions
  std::vector<uint16_t> definitions;
  std::vector<uint16_t> repetitions;  // none: all are 0
};

Levels LevelsOfRows(uint32_t rows);
// `levels`, one step further: open are those whose slot of `store` is not null.
Levels PresentLevels(Levels levels, const ColumnStore& store);
// What PresentLevels says of a list, one step further: an entry for each element. Empty lists stay, closed.
Levels ElementLevels(Levels present, const ColumnStore& list);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_LEVELS_H_
