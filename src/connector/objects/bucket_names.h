// What a job calls the objects by which it gets its output into a bucket. All are hidden.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUCKET_NAMES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUCKET_NAMES_H_

#include <string>
#include <string_view>

#include "base/text.h"
#include "io/folder.h"
#include "layout/files/names.h"

namespace datahaul {

inline constexpr std::string_view kTracesName = ".datahaul";
inline constexpr std::string_view kUploadsName =
    "uploads";  // each object that was uploaded to has its name written there

inline std::string TracesUri(std::string_view folder) { return JoinPath(folder, kTracesName); }
inline std::string JobTracesUri(std::string_view folder, std::string_view job) {
  return JoinPath(TracesUri(folder), job);
}
inline std::string SlicesUri(std::string_view folder, std::string_view job) {
  return JoinPath(JobTracesUri(folder, job), "slices");
}
inline std::string UploadNoteUri(std::string_view folder, std::string_view job, std::string_view object) {
  return StrCat(JobTracesUri(folder, job), "/", kUploadsName, "/", EncodeName(object));
}

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_NAMES_H_
