#include "objects/azure/azure_blobs.h"

#include <array>
#include <charconv>
#include <utility>

#include "absl/time/time.h"

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "objects/answer.h"
#include "objects/azure/azure_reader.h"
#include "objects/azure/crc64.h"
#include "objects/xml.h"

namespace datahaul {
namespace {

constexpr char kFolderMetadata[] = "hdi_isfolder";  // of accounts with folders, which are listed as blobs

std::string MetadataHeader(std::string_view name) { return StrCat("x-ms-meta-", name); }

std::optional<uint32_t> ParseHex(std::string_view text) {
  uint32_t value = 0;
  const char* const end = text.data() + text.size();
  if (text.size() != 8 || std::from_chars(text.data(), end, value, 16).ptr != end) return std::nullopt;
  return value;
}

Micros ParseDate(std::string_view text) {
  absl::Time time;
  std::string ignored;
  const bool is_date = absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", std::string(text), &time, &ignored);
  return is_date ? absl::ToUnixMicros(time) : 0;
}

// Nothing for a folder.
absl::StatusOr<std::optional<ListedBlob>> BlobOf(std::string_view where, const XmlElement& element) {
  static const XmlElement& none = *new XmlElement;
  const XmlElement* const found = element.Find("Properties");
  const XmlElement* const metadata = element.Find("Metadata");
  const XmlElement& properties = found != nullptr ? *found : none;
  ListedBlob blob{.key = std::string(element.TextOf("Name"))};
  const bool marked = metadata != nullptr && metadata->TextOf(kFolderMetadata) == "true";
  if (marked || properties.TextOf("ResourceType") == "directory" || blob.key.ends_with('/')) return std::nullopt;
  DH_ASSIGN_OR_RETURN(blob.size, ParseSize(StrCat(where, ", at ", blob.key), properties.TextOf("Content-Length")));
  blob.version = properties.TextOf("Etag");
  if (metadata != nullptr) blob.crc32c = ParseHex(metadata->TextOf(kCrc32cMetadata));
  blob.created = ParseDate(properties.TextOf("Creation-Time"));
  return blob;
}

// A replacement of what is not there is refused, too.
absl::Status AsPrecondition(absl::Status status, const Precondition& when) {
  if (when.kind != Precondition::Kind::kVersion || !IsAbsentBlob(status)) return status;
  return absl::Status(absl::StatusCode::kAborted, status.message());
}

}  // namespace

bool IsAbsentBlob(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound && RetryOf(status) == Retry::kNever;
}

// Sent twice by the transport, it would be refused because of itself.
void AddPrecondition(const Precondition& when, AzureCall* call) {
  call->once = when.kind != Precondition::Kind::kNone;
  if (when.kind == Precondition::Kind::kAbsent) call->headers.emplace_back("If-None-Match", "*");
  if (when.kind != Precondition::Kind::kVersion) return;
  call->headers.emplace_back("If-Match", IfMatchText(when.version));
  call->when_precondition_failed = absl::StatusCode::kAborted;
}

std::pair<std::string, std::string> Crc32cHeader(uint32_t crc32c) {
  std::array<char, 4> bytes;
  StoreLE(bytes.data(), __builtin_bswap32(crc32c));
  return {MetadataHeader(kCrc32cMetadata), Hex({bytes.data(), bytes.size()})};
}

std::pair<std::string, std::string> Crc64Header(const ByteViews& body) {
  std::array<char, 8> bytes;
  StoreLE(bytes.data(), Crc64(body));
  return {"x-ms-content-crc64", Base64({bytes.data(), bytes.size()})};
}

absl::StatusOr<std::optional<ObjectInfo>> AzureBlobs::Stat(const AzureUri& blob) {
  const absl::StatusOr<HttpResponse> response =
      client_->Send({.action = "looking at", .role = kReaderRole, .method = "HEAD", .object = blob});
  if (IsAbsentBlob(response.status())) return std::nullopt;
  DH_RETURN_IF_ERROR(response.status());
  const HttpHeaders& headers = response->headers;
  if (HeaderOf(headers, MetadataHeader(kFolderMetadata)) == "true") return std::nullopt;
  ObjectInfo info{.uri = ToText(blob)};
  info.name = blob.key.substr(blob.key.rfind('/') + 1);
  DH_ASSIGN_OR_RETURN(info.size, ParseSize(StrCat("looking at ", info.uri), HeaderOf(headers, "content-length")));
  info.version = AzureVersionIn(*response);
  info.crc32c = ParseHex(HeaderOf(headers, MetadataHeader(kCrc32cMetadata)));
  if (!info.version.empty()) return info;
  return HumanError(StrCat("looking at ", info.uri, ": expected an ETag, as every blob has one, found none; check the ",
                           "endpoint ", client_->options().endpoint, " and its port"));
}

absl::Status AzureBlobs::Write(const AzureUri& blob, const ByteViews& bytes, const Precondition& when) {
  AzureCall call{.action = "writing", .role = kContributorRole, .method = "PUT", .object = blob, .body = bytes};
  call.headers = {{"Content-Type", "application/octet-stream"},
                  {"x-ms-blob-type", "BlockBlob"},
                  Crc32cHeader(Crc32cOf(bytes)),
                  Crc64Header(bytes)};
  AddPrecondition(when, &call);
  return AsPrecondition(client_->Send(call).status(), when);
}

absl::Status AzureBlobs::Delete(const AzureUri& blob, const Precondition& when) {
  AzureCall call{.action = "deleting", .role = kContributorRole, .method = "DELETE", .object = blob};
  AddPrecondition(when, &call);
  absl::Status status = client_->Send(call).status();
  return IsAbsentBlob(status) ? absl::OkStatus() : status;
}

absl::StatusOr<std::vector<ListedBlob>> AzureBlobs::List(std::string_view action, const AzureUri& prefix,
                                                         const std::string& include) {
  AzureUri container = prefix;
  container.key.clear();
  const std::string where = StrCat(action, " ", ToText(prefix));
  std::vector<ListedBlob> blobs;
  std::string marker;
  while (true) {
    QueryParameters query = {{"restype", "container"},
                             {"comp", "list"},
                             {"prefix", prefix.key},
                             {"include", include},
                             {"maxresults", StrCat(client_->options().page)}};
    if (!marker.empty()) query.emplace_back("marker", marker);
    DH_ASSIGN_OR_RETURN(
        const HttpResponse response,
        client_->Send(
            {.action = action, .role = kReaderRole, .method = "GET", .object = container, .query = std::move(query)}));
    const absl::StatusOr<XmlElement> page = ParseXml(response.body);
    const XmlElement* const listed = page.ok() ? page->Find("Blobs") : nullptr;
    if (listed == nullptr) {
      return DataError(StrCat(where, ": expected EnumerationResults as the answer, found ",
                              page.ok() ? page->name : Message(page.status()),
                              "; is the endpoint that of such a store?"));
    }
    for (const XmlElement& element : listed->children) {
      if (element.name != "Blob") continue;
      DH_ASSIGN_OR_RETURN(std::optional<ListedBlob> blob, BlobOf(where, element));
      if (!blob) continue;
      if (!blob->key.starts_with(prefix.key)) {
        return DataError(StrCat(where, ": expected blobs below it, found ", blob->key));
      }
      blobs.push_back(*std::move(blob));
    }
    const std::string before = std::exchange(marker, page->TextOf("NextMarker"));
    if (marker.empty()) return blobs;
    if (marker == before) {
      return DataError(StrCat(where, ": expected where the next page begins, found where this one began"));
    }
  }
}

}  // namespace datahaul
