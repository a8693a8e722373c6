// Something that can be compared: an export, an output folder or file, or a manifest alone.
#ifndef DATAHAUL_REPORT_DATASET_H_
#define DATAHAUL_REPORT_DATASET_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "layout/files/manifest.h"
#include "model/digest.h"
#include "model/source.h"
#include "report/keys_index.h"

namespace datahaul {

struct Dataset {
  // What is known of its contents, and how.
  enum class Basis : uint8_t {
    kRecords,   // they are read
    kFiles,     // does not read back exactly: the digests stored when it was written, and its files' checksums
    kManifest,  // the manifest alone was named: its digests, nothing is read
  };

  std::string address;
  Basis basis = Basis::kRecords;
  std::unique_ptr<Source> source;    // kRecords only, else null
  std::optional<Digests> known;      // otherwise
  std::unique_ptr<KeysIndex> keys;   // otherwise, if there is one
  std::string selection_hint;        // the flags that selected what it holds; "" = it holds everything
  std::optional<Manifest> manifest;  // otherwise
  // kFiles only: compares sizes and checksums of all files with the manifest; returns what is wrong, as sentences.
  std::function<absl::StatusOr<std::vector<std::string>>(const std::function<void(uint64_t bytes)>& on_read)>
      check_files;
};

std::string_view ToString(Dataset::Basis basis);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_DATASET_H_
