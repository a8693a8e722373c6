#include "objects/azure/azure_reader.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/answer.h"
#include "objects/ranged_reader.h"

namespace datahaul {
namespace {

class AzureBlob final : public RangedObject {
 public:
  AzureBlob(AzureClient* client, AzureUri blob) : client_(client), blob_(std::move(blob)) {}

  std::string uri() const override { return ToText(blob_); }

  absl::StatusOr<HttpResponse> Get(ByteRange range, const std::string& version, Sink sink) override {
    AzureCall call{.action = "reading", .role = kReaderRole, .method = "GET", .object = blob_, .sink = std::move(sink)};
    call.headers.emplace_back("Range", StrCat("bytes=", range.begin, "-", range.end - 1));
    if (!version.empty()) call.headers.emplace_back("If-Match", IfMatchText(version));
    call.when_precondition_failed = absl::StatusCode::kAborted;
    return client_->Send(call);
  }

  std::string_view VersionIn(const HttpResponse& head) const override { return AzureVersionIn(head); }

  absl::StatusOr<Attributes> Look() override {
    DH_ASSIGN_OR_RETURN(const HttpResponse response,
                        client_->Send({.action = "reading", .role = kReaderRole, .method = "HEAD", .object = blob_}));
    DH_ASSIGN_OR_RETURN(const uint64_t size,
                        ParseSize(StrCat("reading ", uri()), HeaderOf(response.headers, "content-length")));
    return Attributes{size, std::string(AzureVersionIn(response))};
  }

 private:
  AzureClient* const client_;
  const AzureUri blob_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteReader>> OpenAzureBlob(AzureClient* client, AzureUri blob, ByteRange likely,
                                                          const std::string& version) {
  return RangedReader::Open(std::make_unique<AzureBlob>(client, std::move(blob)), likely, version);
}

std::string_view AzureVersionIn(const HttpResponse& response) {
  std::string_view version = HeaderOf(response.headers, "etag");
  if (version.starts_with('"')) version.remove_prefix(1);
  if (version.ends_with('"')) version.remove_suffix(1);
  return version;
}

std::string IfMatchText(std::string_view version) { return StrCat("\"", version, "\""); }

}  // namespace datahaul
