// Objects as the JSON API describes them.
#ifndef DATAHAUL_OBJECTS_GCS_GCS_OBJECT_H_
#define DATAHAUL_OBJECTS_GCS_GCS_OBJECT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "base/clock.h"

namespace datahaul {

struct GcsObject {
  std::string name;  // its key
  uint64_t size = 0;
  std::string generation;
  std::optional<uint32_t> crc32c;
  Micros created = 0;
};

struct GcsPage {
  std::vector<GcsObject> objects;
  std::string next;  // where the next page begins; "" = this is the last
};

struct GcsRewrite {
  std::optional<GcsObject> done;
  std::string token;  // what to go on with until it is
};

// Answers; DATA_LOSS for what is none. `where` is for the message: "listing gs://bucket".
absl::StatusOr<GcsObject> ParseGcsObject(std::string_view where, const std::string& json);
absl::StatusOr<GcsPage> ParseGcsPage(std::string_view where, const std::string& json);
absl::StatusOr<GcsRewrite> ParseGcsRewrite(std::string_view where, const std::string& json);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_OBJECT_H_
