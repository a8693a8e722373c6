#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLACES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLACES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include "connector/objects/encoded_slice.h"
#include "connector/objects/folder_settings.h"
#include "connector/objects/object_head.h"
#include "connector/objects/object_sums.h"
#include "layout/files/manifest.h"

namespace datahaul {

// Where objects that a job adds to begin, by name: appending continues those of `old`; all others begin at 0.
std::map<std::string, uint64_t> BeginsOf(const FolderSettings& settings, const std::optional<Manifest>& old);

// Where the next piece of each object goes. Not safe for concurrent use.
class ObjectPlaces {
 public:
  // Both must outlive it.
  ObjectPlaces(const FolderSettings* settings, const ObjectHead* head) : settings_(*settings), head_(*head) {}

  // Forgets all, and goes on behind `sums`, or else `begins`.
  void Reset(const std::map<std::string, uint64_t>& begins, const ObjectSums& sums);
  // Gives the piece its offset, behind the one before; the first of an object gets the object's head. Where pieces
  // don't join, each becomes an object of its own.
  absl::Status Place(Piece* piece);
  void EndAt(const std::string& object, uint64_t offset) { objects_[object].end = offset; }
  uint64_t BeginOf(const std::string& object) const;

 private:
  struct Object {
    uint64_t begin = 0;            // what was there before this job
    uint64_t end = 0;              // where the next slice goes
    std::optional<KindName> only;  // with layout kind: who it belongs to
  };

  const FolderSettings& settings_;
  const ObjectHead& head_;
  absl::flat_hash_map<std::string, Object> objects_;
  absl::flat_hash_map<std::string, uint64_t> next_part_;  // by folder, where pieces are objects of their own
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLACES_H_
