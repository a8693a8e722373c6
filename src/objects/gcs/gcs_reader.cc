#include "objects/gcs/gcs_reader.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/gcs/gcs_error.h"
#include "objects/gcs/gcs_object.h"
#include "objects/ranged_reader.h"

namespace datahaul {
namespace {

constexpr char kGeneration[] = "x-goog-generation";

class GcsRanges final : public RangedObject {
 public:
  GcsRanges(GcsClient* client, GcsUri object) : client_(client), object_(std::move(object)) {}

  std::string uri() const override { return ToText(object_); }

  absl::StatusOr<HttpResponse> Get(ByteRange range, const std::string& generation, Sink sink) override {
    // Emulators don't all tell of which generation the bytes are: those that were asked for.
    const auto untold = [&generation](const HttpResponse& head) {
      return !generation.empty() && HeaderOf(head.headers, kGeneration).empty();
    };
    const auto told = [&generation](HttpResponse head) {
      head.headers.emplace_back(kGeneration, generation);
      return head;
    };
    GcsCall call{.action = "reading", .grants = kGcsReads, .method = "GET", .object = object_};
    call.path = "/download/storage/v1" + GcsPath(object_);
    call.query = {{"alt", "media"}};
    if (!generation.empty()) call.query.emplace_back("generation", generation);
    // The second: without it, Google decompresses what is stored as gzip.
    call.headers = {{"Range", StrCat("bytes=", range.begin, "-", range.end - 1)}, {"Accept-Encoding", "gzip"}};
    call.sink = [&](const HttpResponse& head, std::string_view bytes) {
      return untold(head) ? sink(told(head), bytes) : sink(head, bytes);
    };
    absl::StatusOr<HttpResponse> response = client_->Send(call);
    if (response.ok() && untold(*response)) return told(*std::move(response));
    if (generation.empty() || response.ok() || !IsAbsentInGcs(response.status())) return response;
    return absl::Status(absl::StatusCode::kAborted, response.status().message());
  }

  std::string_view VersionIn(const HttpResponse& head) const override { return HeaderOf(head.headers, kGeneration); }

  absl::StatusOr<Attributes> Look() override {
    DH_ASSIGN_OR_RETURN(const HttpResponse response, client_->Send({.action = "reading",
                                                                    .grants = kGcsReads,
                                                                    .method = "GET",
                                                                    .object = object_,
                                                                    .path = "/storage/v1" + GcsPath(object_)}));
    DH_ASSIGN_OR_RETURN(GcsObject found, ParseGcsObject(StrCat("reading ", uri()), response.body));
    return Attributes{found.size, std::move(found.generation)};
  }

 private:
  GcsClient* const client_;
  const GcsUri object_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteReader>> OpenGcsObject(GcsClient* client, GcsUri object, ByteRange likely,
                                                          const std::string& generation) {
  return RangedReader::Open(std::make_unique<GcsRanges>(client, std::move(object)), likely, generation);
}

}  // namespace datahaul
