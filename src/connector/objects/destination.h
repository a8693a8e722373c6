#ifndef DATAHAUL_CONNECTOR_OBJECTS_DESTINATION_H_
#define DATAHAUL_CONNECTOR_OBJECTS_DESTINATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/folder_settings.h"
#include "connector/objects/object_sums.h"
#include "layout/files/manifest.h"

namespace datahaul {

// The folder that a job writes, as it is on disk between slices: what is there, and the changes that begin and end a
// job. Every change may be repeated after a crash. Keeps no state. Not safe for concurrent use; the claim keeps others
// away.
class Destination {
 public:
  // `settings` must outlive it.
  explicit Destination(const FolderSettings& settings) : settings_(settings) {}

  absl::StatusOr<std::optional<Manifest>> ReadManifest() const;
  absl::Status CheckRoom() const;
  // FAILED_PRECONDITION, or nothing: whether a job with these settings, and for tables this schema, may begin here.
  // `old` as read. Files that a job was writing count unless they are our own.
  absl::Status CheckMayBegin(const absl::StatusOr<std::optional<Manifest>>& old, bool partials_are_ours,
                             const Schema* schema) const;

  // Makes the files being written end where `sums` end, and removes all others.
  absl::Status CutBack(const ObjectSums& sums) const;
  // Gives the files in `sums` their final names.
  absl::Status Publish(const ObjectSums& sums) const;
  // Removes the data files of `old` (or, without it, all that have such names) that are not in `sums`.
  absl::Status RemoveReplaced(const std::optional<Manifest>& old, const ObjectSums& sums) const;
  absl::Status WriteManifest(const Manifest& manifest) const;
  // Removes what a job was writing, and these published objects.
  absl::Status RemoveWritten(const std::vector<std::string>& published) const;
  // Removes the folder and its parents, `levels` in all, unless they hold something.
  absl::Status RemoveFolders(int levels) const;

  std::string PathOf(std::string_view object) const;
  std::string PartialPathOf(std::string_view object) const;

 private:
  absl::StatusOr<std::vector<std::string>> PartialObjects() const;
  std::optional<std::string> ObjectOfPartial(std::string_view name) const;
  absl::StatusOr<std::string> AnyFile(bool ignore_partials) const;
  absl::Status CutBackObject(const std::string& object, uint64_t end) const;
  absl::Status Remove(const std::string& object, const std::string& path) const;
  absl::StatusOr<std::optional<uint64_t>> SizeOf(const std::string& object) const;

  const FolderSettings& settings_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_DESTINATION_H_
