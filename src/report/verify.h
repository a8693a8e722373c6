// Are two data sets the same? If not: which records are missing, extra, changed.
#ifndef DATAHAUL_REPORT_VERIFY_H_
#define DATAHAUL_REPORT_VERIFY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/selection.h"
#include "report/dataset.h"
#include "report/difference.h"
#include "report/scan.h"

namespace datahaul {

struct VerifyOptions {
  Selection selection;  // of both sides; without limit
  ScanOptions scan;
  size_t sort_memory = 8 << 20;  // for the keys of one side, while they are named
  std::string temp_folder;       // for what is over that; "" = $TMPDIR, or /tmp
  bool name_keys = true;
  // Called for each key that differs, by kind, then by key text. The kind's number counts in Verification::differing.
  std::function<absl::Status(const KindName& kind, const Difference& difference)> on_difference;
};

// What was found of one side.
struct VerifiedSide {
  std::string address;
  Dataset::Basis basis = Dataset::Basis::kRecords;
  Digests digests;
  std::optional<ScanResult> scan;          // if its records were read
  uint64_t files_checked = 0;              // if its files' checksums were compared with the manifest
  std::vector<std::string> damaged_files;  // as sentences

  // Parts of it could not be read: what was compared is not all of it.
  bool unreadable() const { return scan && scan->rejects + scan->lost_ranges != 0; }
};

struct Verification {
  VerifiedSide a, b;
  std::vector<KindName> differing;
  uint64_t missing = 0, extra = 0, changed = 0;  // records, seen from a: missing = not in b
  bool keys_named = false;
  std::string keys_not_named;  // why, if something differs and keys_named is false
  std::vector<std::string> notes;

  bool equal() const { return differing.empty() && a.damaged_files.empty() && b.damaged_files.empty(); }
};

// Reads each readable side once; a second time only if they differ, and then only for keys in the parts that do. Memory
// is bounded by the options, not by the data or by how much differs.
absl::StatusOr<Verification> Verify(Dataset& a, Dataset& b, const VerifyOptions& options);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_VERIFY_H_
