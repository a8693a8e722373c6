#include "objects/gcs/gcs_api.h"

#include <utility>

#include "base/json_writer.h"
#include "base/random_name.h"
#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "objects/answer.h"
#include "objects/gcs/gcs_error.h"

namespace datahaul {
namespace {

constexpr char kApi[] = "/storage/v1";
constexpr char kFields[] = "name,size,generation,crc32c,timeCreated";

std::string Where(std::string_view action, const GcsUri& object) { return StrCat(action, " ", ToText(object)); }

// Sent twice by the transport, it would be refused because of itself.
void AddPrecondition(const Precondition& when, GcsCall* call) {
  call->once = when.kind != Precondition::Kind::kNone;
  if (when.kind == Precondition::Kind::kAbsent) call->query.emplace_back("ifGenerationMatch", "0");
  if (when.kind != Precondition::Kind::kVersion) return;
  call->query.emplace_back("ifGenerationMatch", when.version);
  call->when_precondition_failed = absl::StatusCode::kAborted;
}

// What arrived elsewhere than it was sent to would be missed; so would be bytes that are others.
absl::Status CheckStored(std::string_view where, const GcsObject& found, uint64_t size, uint32_t crc32c) {
  if (found.size == size && found.crc32c.value_or(crc32c) == crc32c) return absl::OkStatus();
  return DataError(StrCat(where, ": expected ", size, " bytes with the CRC-32C ", Crc32cText(crc32c),
                          " to be stored, found ", found.size, " with ", Crc32cText(found.crc32c.value_or(0))));
}

}  // namespace

absl::StatusOr<GcsObject> GcsApi::Look(std::string_view action, const GcsUri& object) {
  DH_ASSIGN_OR_RETURN(const HttpResponse response, client_->Send({.action = action,
                                                                  .grants = kGcsReads,
                                                                  .method = "GET",
                                                                  .object = object,
                                                                  .path = kApi + GcsPath(object),
                                                                  .query = {{"fields", kFields}}}));
  return ParseGcsObject(Where(action, object), response.body);
}

absl::StatusOr<std::vector<GcsObject>> GcsApi::List(std::string_view action, const GcsUri& prefix) {
  const GcsUri bucket{prefix.bucket, ""};
  const std::string where = Where(action, prefix);
  std::vector<GcsObject> objects;
  std::string next;
  while (true) {
    QueryParameters query = {{"prefix", prefix.key},
                             {"maxResults", StrCat(client_->options().page)},
                             {"fields", StrCat("nextPageToken,items(", kFields, ")")}};
    if (!next.empty()) query.emplace_back("pageToken", next);
    DH_ASSIGN_OR_RETURN(const HttpResponse response, client_->Send({.action = action,
                                                                    .grants = kGcsReads,
                                                                    .method = "GET",
                                                                    .object = bucket,
                                                                    .path = kApi + GcsPath(bucket),
                                                                    .query = std::move(query)}));
    DH_ASSIGN_OR_RETURN(GcsPage page, ParseGcsPage(where, response.body));
    for (GcsObject& object : page.objects) {
      if (!object.name.starts_with(prefix.key)) {
        return DataError(StrCat(where, ": expected keys that begin so, found ", object.name));
      }
      objects.push_back(std::move(object));
    }
    if (page.next.empty()) return objects;
    if (page.next == next) return DataError(StrCat(where, ": expected another page, found where this one began"));
    next = std::move(page.next);
  }
}

absl::Status GcsApi::CheckBucket(std::string_view action, const std::string& bucket) {
  const GcsUri at{bucket, ""};
  DH_ASSIGN_OR_RETURN(const HttpResponse response, client_->Send({.action = action,
                                                                  .grants = kGcsReads,
                                                                  .method = "GET",
                                                                  .object = at,
                                                                  .path = kApi + GcsPath(at),
                                                                  .query = {{"maxResults", "1"}}}));
  return ParseGcsPage(Where(action, at), response.body).status();
}

absl::StatusOr<GcsObject> GcsApi::Insert(std::string_view action, const GcsUri& object, const ByteViews& bytes,
                                         const Precondition& when) {
  const uint32_t crc32c = Crc32cOf(bytes);
  const std::string boundary = RandomName(32);  // must not be in the bytes
  const std::string head =
      StrCat("--", boundary, "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n", "{\"crc32c\":\"",
             Crc32cText(crc32c), "\"}\r\n--", boundary, "\r\nContent-Type: application/octet-stream\r\n\r\n");
  const std::string tail = StrCat("\r\n--", boundary, "--\r\n");
  std::vector<std::string_view> body;
  body.reserve(bytes.views().size() + 2);
  body.push_back(head);
  body.insert(body.end(), bytes.views().begin(), bytes.views().end());
  body.push_back(tail);
  const GcsUri bucket{object.bucket, ""};
  GcsCall call{.action = action, .grants = kGcsWrites, .method = "POST", .object = object};
  call.path = StrCat("/upload", kApi, GcsPath(bucket));
  call.query = {{"uploadType", "multipart"}, {"name", object.key}, {"fields", kFields}};
  call.headers = {{"Content-Type", StrCat("multipart/related; boundary=", boundary)}};
  call.body = body;
  AddPrecondition(when, &call);
  const absl::StatusOr<HttpResponse> response = client_->Send(call);
  if (IsAbsentInGcs(response.status())) return NoGcsBucket(action, object, client_->options().endpoint);
  DH_RETURN_IF_ERROR(response.status());
  const std::string where = Where(action, object);
  DH_ASSIGN_OR_RETURN(GcsObject stored, ParseGcsObject(where, response->body));
  DH_RETURN_IF_ERROR(CheckStored(where, stored, bytes.size(), crc32c));
  stored.crc32c = crc32c;
  return stored;
}

absl::Status GcsApi::Delete(std::string_view action, const GcsUri& object, const Precondition& when) {
  GcsCall call{.action = action, .grants = kGcsWrites, .method = "DELETE", .object = object};
  call.path = kApi + GcsPath(object);
  AddPrecondition(when, &call);
  absl::Status status = client_->Send(call).status();
  return IsAbsentInGcs(status) ? absl::OkStatus() : status;
}

absl::StatusOr<GcsObject> GcsApi::Compose(std::string_view action, const GcsUri& target,
                                          std::span<const GcsObject> sources, const Precondition& when) {
  JsonWriter json;
  json.BeginObject().Key("sourceObjects").BeginArray();
  uint64_t size = 0;
  uint32_t crc32c = 0;
  for (const GcsObject& source : sources) {
    json.BeginObject().Field("name", source.name).Field("generation", source.generation).EndObject();
    crc32c = Crc32cCombine(crc32c, source.crc32c.value_or(0), source.size);
    size += source.size;
  }
  json.EndArray().Key("destination").BeginObject().Field("contentType", "application/octet-stream").EndObject();
  json.EndObject();
  GcsCall call{.action = action, .grants = kGcsWrites, .method = "POST", .object = target};
  call.path = StrCat(kApi, GcsPath(target), "/compose");
  call.query = {{"fields", kFields}};
  call.headers = {{"Content-Type", "application/json"}};
  call.body = json.text();
  AddPrecondition(when, &call);
  DH_ASSIGN_OR_RETURN(const HttpResponse response, client_->Send(call));
  const std::string where = Where(action, target);
  DH_ASSIGN_OR_RETURN(GcsObject composed, ParseGcsObject(where, response.body));
  DH_RETURN_IF_ERROR(CheckStored(where, composed, size, crc32c));
  return composed;
}

absl::StatusOr<GcsObject> GcsApi::Copy(std::string_view action, const GcsUri& source, std::string_view generation,
                                       const GcsUri& target) {
  GcsCall call{.action = action, .grants = kGcsWrites, .method = "POST", .object = source};
  call.path = StrCat(kApi, GcsPath(source), "/rewriteTo", GcsPath(target));
  call.headers = {{"Content-Type", "application/json"}};
  call.body = "{}";
  std::string token;
  while (true) {  // large objects that have to be moved are copied in several calls
    call.query = {{"sourceGeneration", std::string(generation)}};
    if (!token.empty()) call.query.emplace_back("rewriteToken", token);
    const absl::StatusOr<HttpResponse> response = client_->Send(call);
    if (IsAbsentInGcs(response.status())) {
      return absl::Status(absl::StatusCode::kAborted, response.status().message());
    }
    DH_RETURN_IF_ERROR(response.status());
    DH_ASSIGN_OR_RETURN(GcsRewrite rewrite, ParseGcsRewrite(Where(action, source), response->body));
    if (rewrite.done) return *std::move(rewrite.done);
    token = std::move(rewrite.token);
  }
}

}  // namespace datahaul
