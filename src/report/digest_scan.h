// The digests of a source, by reading it.
#ifndef DATAHAUL_REPORT_DIGEST_SCAN_H_
#define DATAHAUL_REPORT_DIGEST_SCAN_H_

#include <cstdint>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/selection.h"
#include "model/source.h"
#include "report/bucket_sums.h"
#include "report/scan.h"

namespace datahaul {

enum class Side : uint8_t { kA, kB };

struct DigestScan {
  Digests digests;
  ScanResult scan;
};

// With `buckets`, side A's records are added to them and side B's subtracted.
absl::StatusOr<DigestScan> ScanDigests(Source& source, const Selection& selection, const ScanOptions& options,
                                       BucketSums* buckets, Side side);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_DIGEST_SCAN_H_
