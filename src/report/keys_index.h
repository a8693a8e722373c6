// The keys index: all keys of an output, sorted, with their records' hashes; docs/formats/keys_index.md.
//
// It lets verify name keys of an output whose records cannot be read back, or cannot be read here.
#ifndef DATAHAUL_REPORT_KEYS_INDEX_H_
#define DATAHAUL_REPORT_KEYS_INDEX_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/selection.h"
#include "model/source.h"
#include "report/entry_stream.h"
#include "report/scan.h"

namespace datahaul {

// An index on disk. Safe for concurrent use.
class KeysIndex {
 public:
  // The index of the output in the local folder `output`; null if it has none.
  static absl::StatusOr<std::unique_ptr<KeysIndex>> Find(const std::string& output);

  // The lines of these kinds as KeyEntry, numbered by position. `kinds` and `digests` must outlive the stream, as must
  // the index. A kind that `digests` lacks has no lines. A file that does not add up to its kind's digest is DATA_LOSS.
  absl::StatusOr<std::unique_ptr<EntryStream>> Read(const std::vector<KindName>& kinds, const Digests& digests) const;

 private:
  explicit KeysIndex(std::string folder) : folder_(std::move(folder)) {}

  const std::string folder_;
};

struct KeysIndexOptions {
  ScanOptions scan;
  size_t sort_memory = 16 << 20;
};

// The folder of an output that holds its index.
inline constexpr std::string_view kKeysFolder = "_keys";

// Writes an index into the local folder `folder`, by reading the source again. `digests` are of what was written: a
// source that has changed since is DATA_LOSS. Files are complete and synced before they get their names. Memory is
// bounded by the options; what is more goes to temporary files beside `folder`.
absl::Status WriteKeysIndex(Source& source, const Selection& selection, const Digests& digests,
                            const std::string& folder, const KeysIndexOptions& options);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_KEYS_INDEX_H_
