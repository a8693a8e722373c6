// Every format, layout and compression by name: what flags accept, and what their words mean.
#ifndef DATAHAUL_REGISTRY_NAMES_H_
#define DATAHAUL_REGISTRY_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/format.h"

namespace datahaul {

inline constexpr std::string_view kManagedExport = "managed-export";  // a source's --from-format; the rest are formats

std::vector<std::string> SourceFormatNames();  // of --from-format
std::vector<std::string> SinkFormatNames();    // of --format
std::vector<std::string> CompressionNames();
std::vector<std::string> LayoutNames();
std::vector<std::string> ConflictPolicyNames();  // of --policy
std::vector<std::string> SchemaFormNames();      // of --as

// The format called `name` that records can be written in. Others are a usage error that names those. Parquet's module
// is opened here, and only here.
absl::StatusOr<const Format*> FindSinkFormat(std::string_view name);

// Can records written as --format `name` be read back?
bool IsReadable(std::string_view name);
// Are they then as they were?
bool IsLossless(std::string_view name);
// Does it have rows and columns?
bool IsTable(std::string_view name);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_NAMES_H_
