#include "objects/gcs/gcs_upload.h"

#include <tuple>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

bool GcsUpload::operator<(const GcsUpload& other) const {
  return std::tie(object.bucket, object.key, id) < std::tie(other.object.bucket, other.object.key, other.id);
}

std::string ToText(const GcsUpload& upload) { return StrCat(upload.id, " ", ToText(upload.object)); }

absl::StatusOr<GcsUpload> ParseGcsUpload(std::string_view text) {
  const std::string_view id = text.substr(0, text.find(' '));
  const auto malformed = [text] { return InternalError(StrCat("using an upload: expected its handle, found ", text)); };
  if (id.empty() || id.size() == text.size() || id.find('/') != id.npos) return malformed();
  DH_ASSIGN_OR_RETURN(GcsUri object, ParseGcsUri(text.substr(id.size() + 1)));
  if (object.key.empty()) return malformed();
  return GcsUpload{std::move(object), std::string(id)};
}

GcsUri TemporaryOf(const GcsUpload& upload, std::string_view name) {
  return {upload.object.bucket, StrCat(kGcsUploads, upload.object.key, "/", upload.id, "/", name)};
}

std::optional<GcsTemporary> ParseGcsTemporary(const GcsUri& object) {
  std::string_view rest = object.key;
  if (!rest.starts_with(kGcsUploads)) return std::nullopt;
  rest.remove_prefix(kGcsUploads.size());
  const auto take = [&rest]() -> std::string {  // the last segment
    const size_t slash = rest.rfind('/');
    if (slash == rest.npos) return "";
    std::string segment(rest.substr(slash + 1));
    rest = rest.substr(0, slash);
    return segment;
  };
  std::string name = take(), id = take();
  if (name.empty() || id.empty() || id.find(' ') != id.npos || rest.empty()) return std::nullopt;
  return GcsTemporary{{{object.bucket, std::string(rest)}, std::move(id)}, std::move(name)};
}

}  // namespace datahaul
