// Whether records can be written with a schema that was not planned for them.
#ifndef DATAHAUL_SCHEMA_FIT_H_
#define DATAHAUL_SCHEMA_FIT_H_

#include <string>

#include "model/record.h"
#include "model/schema.h"

namespace datahaul {

// Whether every value of `record` has a column that holds its type, so that it loses no more than
// docs/formats/tables.md says of records in general. One pass along columns and fields; allocates nothing.
bool Fits(const Record& record, const KindSchema& schema);

// For a record that does not fit, the first thing that does not, as part of a sentence: `field "address.zip": expected
// integer, found string`.
std::string WhyMisfit(const Record& record, const KindSchema& schema);

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_FIT_H_
