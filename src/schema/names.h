// Names of columns that every reader of tables accepts, made of names of fields.
#ifndef DATAHAUL_SCHEMA_NAMES_H_
#define DATAHAUL_SCHEMA_NAMES_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace datahaul {

// One clean name for each field, unique among them whatever the case of ASCII letters, and none of `reserved`. Fields
// are distinct. Depends on the set of fields alone: names that need no change are given out first, then the others,
// both in the order of `fields`, which is bytewise.
//
// ASCII letters, digits, "_" and all that is not ASCII stay, anything else becomes "_"; a leading digit, and what
// BigQuery forbids at the beginning of a name, gets "_" before it; over 300 characters the end is a hash; a name that
// is taken gets _2, _3, … behind it.
std::vector<std::string> ColumnNames(std::span<const std::string_view> fields,
                                     std::span<const std::string_view> reserved);

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_NAMES_H_
