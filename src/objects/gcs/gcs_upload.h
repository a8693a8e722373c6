#ifndef DATAHAUL_OBJECTS_GCS_GCS_UPLOAD_H_
#define DATAHAUL_OBJECTS_GCS_GCS_UPLOAD_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "objects/gcs/gcs_uri.h"

namespace datahaul {

// An upload is a folder of temporary objects: `kGcsUploads`KEY/ID/… in the bucket of the object that it is to become,
// so that those to objects below a prefix are found by a prefix, and one rule of the bucket's life cycle finds them
// all.
inline constexpr std::string_view kGcsUploads = ".datahaul-uploads/";
// In every upload from its beginning to its end.
inline constexpr std::string_view kGcsUploadMark = "begun";

struct GcsUpload {
  GcsUri object;
  std::string id;  // without slashes and spaces

  bool operator<(const GcsUpload& other) const;
};

std::string ToText(const GcsUpload& upload);
absl::StatusOr<GcsUpload> ParseGcsUpload(std::string_view text);

// The temporary object called `name`, which has no slashes; "" = the prefix of them all.
GcsUri TemporaryOf(const GcsUpload& upload, std::string_view name);

struct GcsTemporary {
  GcsUpload upload;
  std::string name;
};
// Nothing for an object that is none.
std::optional<GcsTemporary> ParseGcsTemporary(const GcsUri& object);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_UPLOAD_H_
