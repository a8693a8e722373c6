// The sorted keys of a source, by reading it.
#ifndef DATAHAUL_REPORT_KEY_SCAN_H_
#define DATAHAUL_REPORT_KEY_SCAN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "model/digest.h"
#include "model/selection.h"
#include "model/source.h"
#include "report/external_sorter.h"
#include "report/scan.h"

namespace datahaul {

struct KeyScan {
  // The number of a kind in the entries; nothing: its records are left out. Called from all threads.
  std::function<std::optional<uint32_t>(const KindName&)> number_of;
  // Which keys are wanted; empty = all. Called from all threads.
  std::function<bool(std::string_view key_text)> wanted;
};

// The position of `name` in `kinds`, which is sorted; nothing if it is not there.
std::optional<uint32_t> NumberOfKind(const std::vector<KindName>& kinds, const KindName& name);

// Adds a KeyEntry for each selected and wanted record to `sorter`.
absl::Status ScanKeys(Source& source, const Selection& selection, const ScanOptions& options, const KeyScan& keys,
                      ExternalSorter* sorter);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_KEY_SCAN_H_
