#ifndef DATAHAUL_FORMAT_PARQUET_DICTIONARY_CHOICE_H_
#define DATAHAUL_FORMAT_PARQUET_DICTIONARY_CHOICE_H_

#include <string>
#include <vector>

#include "format/parquet/column_store.h"

namespace datahaul {

// The Parquet paths (a.list.element.b) of those leaves of `columns` whose values hardly repeat: a dictionary would hold
// nearly all of them, and make the file no smaller. Told by a sample, always the same one.
std::vector<std::string> PathsWithoutDictionary(const std::vector<ColumnStore>& columns);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_DICTIONARY_CHOICE_H_
