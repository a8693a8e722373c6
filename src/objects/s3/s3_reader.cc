#include "objects/s3/s3_reader.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/answer.h"
#include "objects/ranged_reader.h"

namespace datahaul {
namespace {

constexpr char kGrants[] = "s3:GetObject";

class S3Object final : public RangedObject {
 public:
  S3Object(S3Client* client, S3Uri object) : client_(client), object_(std::move(object)) {}

  std::string uri() const override { return ToText(object_); }

  absl::StatusOr<HttpResponse> Get(ByteRange range, const std::string& version, Sink sink) override {
    S3Call call{.action = "reading", .grants = kGrants, .method = "GET", .object = object_, .sink = std::move(sink)};
    call.headers.emplace_back("Range", StrCat("bytes=", range.begin, "-", range.end - 1));
    if (!version.empty()) call.headers.emplace_back("If-Match", version);
    call.when_precondition_failed = absl::StatusCode::kAborted;
    return client_->Send(call);
  }

  std::string_view VersionIn(const HttpResponse& head) const override { return HeaderOf(head.headers, "etag"); }

  absl::StatusOr<Attributes> Look() override {
    DH_ASSIGN_OR_RETURN(const HttpResponse response,
                        client_->Send({.action = "reading", .grants = kGrants, .method = "HEAD", .object = object_}));
    DH_ASSIGN_OR_RETURN(const uint64_t size,
                        ParseSize(StrCat("reading ", uri()), HeaderOf(response.headers, "content-length")));
    return Attributes{size, std::string(VersionIn(response))};
  }

 private:
  S3Client* const client_;
  const S3Uri object_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteReader>> OpenS3Object(S3Client* client, S3Uri object, ByteRange likely,
                                                         const std::string& version) {
  return RangedReader::Open(std::make_unique<S3Object>(client, std::move(object)), likely, version);
}

}  // namespace datahaul
