#include "objects/s3/s3_store.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "objects/answer.h"
#include "objects/pieces.h"
#include "objects/s3/s3_reader.h"

namespace datahaul {
namespace {

constexpr uint64_t kMostWritten = uint64_t{5} << 30;
constexpr ObjectStoreTraits kTraits{
    .conditional_replace = true, .least_piece_bytes = 5 << 20, .most_piece_bytes = kMostWritten, .most_pieces = 10'000};

constexpr uint64_t kCopiedPerMicro = 5;  // bytes, at the least
constexpr char kFinishing[] = "finishing the upload of";
constexpr char kPut[] = "s3:PutObject", kLook[] = "s3:GetObject and s3:ListBucket";

// A name in a listing: percent-encoded, a space as "+", if the store does as it was asked to.
std::optional<std::string> NameIn(const XmlElement& page, std::string_view text) {
  if (page.TextOf("EncodingType") != "url") return std::string(text);
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      name += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    unsigned byte = 0;
    const char* const end = text.data() + std::min(i + 3, text.size());
    if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != text.data() + i + 3) return std::nullopt;
    name += static_cast<char>(byte);
    i += 2;
  }
  return name;
}

absl::StatusOr<S3Uri> ParseObject(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(S3Uri object, ParseS3Uri(uri));
  if (object.key.empty()) return UsageError(StrCat("opening ", uri, ": expected s3://BUCKET/KEY, found no key"));
  return object;
}

struct Upload {
  S3Uri object;
  std::string id;
};

std::string ToText(const Upload& upload) { return StrCat(upload.id, " ", ToText(upload.object)); }

absl::StatusOr<Upload> ParseUpload(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == text.npos || space == 0)
    return InternalError(StrCat("using an upload: expected its handle, found ", text));
  DH_ASSIGN_OR_RETURN(S3Uri object, ParseObject(text.substr(space + 1)));
  return Upload{std::move(object), std::string(text.substr(0, space))};
}

absl::Status CheckNumber(uint32_t number) {
  if (number < kTraits.most_pieces) return absl::OkStatus();
  return InternalError(StrCat("uploading a piece: expected a number below ", kTraits.most_pieces, ", found ", number));
}

absl::StatusOr<XmlElement> ParseAnswer(std::string_view action, const S3Uri& object, const std::string& body,
                                       std::string_view expected) {
  absl::StatusOr<XmlElement> root = ParseXml(body);
  if (root.ok() && root->name == expected) return root;
  return DataError(StrCat(action, " ", ToText(object), ": expected ", expected, " as the answer, found ",
                          root.ok() ? root->name : Message(root.status()), "; is the endpoint that of such a store?"));
}

bool IsTruncated(const XmlElement& page) { return page.TextOf("IsTruncated") == "true"; }

// A listing must not end where the store says that it goes on.
absl::Status NoNextPage(std::string_view action, std::string_view uri, std::string_view found) {
  return DataError(StrCat(action, " ", uri, ": expected where the next page begins, found ",
                          found.empty() ? "nothing" : "where this one began",
                          "; does the store know ListObjectsV2 and ListMultipartUploads?"));
}

// Sent twice by the transport, it would be refused because of itself.
void AddPrecondition(const Precondition& when, S3Call* call) {
  call->once = when.kind != Precondition::Kind::kNone;
  if (when.kind == Precondition::Kind::kAbsent) call->headers.emplace_back("If-None-Match", "*");
  if (when.kind != Precondition::Kind::kVersion) return;
  call->headers.emplace_back("If-Match", when.version);
  call->when_precondition_failed = absl::StatusCode::kAborted;
}

// The object or upload, not its bucket.
bool IsAbsent(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound && RetryOf(status) == Retry::kNever;
}

// A replacement of what is not there is refused, too.
absl::Status AsPrecondition(absl::Status status, const Precondition& when) {
  if (when.kind != Precondition::Kind::kVersion || !IsAbsent(status)) return status;
  return absl::Status(absl::StatusCode::kAborted, status.message());
}

absl::StatusOr<ObjectInfo> InfoOf(const S3Uri& object, const HttpResponse& response) {
  ObjectInfo info{.uri = ToText(object)};
  info.name = object.key.substr(object.key.rfind('/') + 1);
  DH_ASSIGN_OR_RETURN(info.size,
                      ParseSize(StrCat("looking at ", info.uri), HeaderOf(response.headers, "content-length")));
  info.version = HeaderOf(response.headers, "etag");
  info.crc32c = ParseCrc32c(HeaderOf(response.headers, "x-amz-checksum-crc32c"));
  return info;
}

std::string CompletionText(std::span<const UploadPiece> pieces) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const UploadPiece& piece : pieces) {
    StrAppend(&xml, "<Part><ETag>", XmlText(piece.tag), "</ETag><ChecksumCRC32C>", Crc32cText(piece.crc32c),
              "</ChecksumCRC32C><PartNumber>", piece.number + 1, "</PartNumber></Part>");
  }
  return xml + "</CompleteMultipartUpload>";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> S3Store::New(HttpTransport* transport, Clock* clock,
                                                          const Environment& environment, const S3Options& options) {
  DH_ASSIGN_OR_RETURN(S3Options completed, Completed(options, environment));
  return std::unique_ptr<ObjectStore>(new S3Store(transport, clock, environment, std::move(completed)));
}

const ObjectStoreTraits& S3Store::traits() const { return kTraits; }

absl::StatusOr<std::optional<ObjectInfo>> S3Store::Stat(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const S3Uri object, ParseS3Uri(uri));
  if (object.key.empty() || object.key.ends_with('/')) return std::nullopt;
  const auto response = client_.Send({.action = "looking at",
                                      .grants = kLook,
                                      .method = "HEAD",
                                      .object = object,
                                      .headers = {{"x-amz-checksum-mode", "ENABLED"}}});
  const absl::StatusCode code = response.status().code();
  if (IsAbsent(response.status())) {
    DH_RETURN_IF_ERROR(CheckBucket(object.bucket));
    return std::nullopt;
  }
  if (code == absl::StatusCode::kPermissionDenied || code == absl::StatusCode::kInternal) {
    // Answers to HEAD have no body that would say why.
    DH_RETURN_IF_ERROR(client_
                           .Send({.action = "looking at",
                                  .grants = kLook,
                                  .method = "GET",
                                  .object = object,
                                  .headers = {{"Range", "bytes=0-0"}}})
                           .status());
  }
  DH_RETURN_IF_ERROR(response.status());
  DH_ASSIGN_OR_RETURN(ObjectInfo info, InfoOf(object, *response));
  if (!info.version.empty()) return info;
  return HumanError(StrCat("looking at ", uri, ": expected an ETag, as every store has one, found none; check the ",
                           "endpoint ", client_.options().endpoint, " and its port"));
}

// An answer to HEAD does not tell whether the object is not there, or its bucket, or whether a store answers at all.
absl::Status S3Store::CheckBucket(const std::string& bucket) {
  {
    const std::lock_guard lock(mutex_);
    if (buckets_.contains(bucket)) return absl::OkStatus();
  }
  const S3Uri at{bucket, ""};
  const absl::StatusOr<HttpResponse> response = client_.Send({.action = "looking at",
                                                              .grants = "s3:ListBucket",
                                                              .method = "GET",
                                                              .object = at,
                                                              .query = {{"list-type", "2"}, {"max-keys", "1"}}});
  if (response.ok()) {
    DH_RETURN_IF_ERROR(ParseAnswer("looking at", at, response->body, "ListBucketResult").status());
  } else if (response.status().code() != absl::StatusCode::kPermissionDenied) {
    return response.status();
  }
  const std::lock_guard lock(mutex_);
  buckets_.insert(bucket);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ObjectInfo>> S3Store::List(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(S3Uri folder, ParseS3Uri(uri));
  if (!folder.key.empty() && !folder.key.ends_with('/')) folder.key += '/';
  const S3Uri bucket{folder.bucket, ""};
  const std::string shown = ToText(folder);
  std::vector<ObjectInfo> objects;
  std::string continuation;
  while (true) {
    QueryParameters query = {{"list-type", "2"},
                             {"prefix", folder.key},
                             {"max-keys", StrCat(client_.options().page)},
                             {"encoding-type", "url"}};
    if (!continuation.empty()) query.emplace_back("continuation-token", continuation);
    DH_ASSIGN_OR_RETURN(const HttpResponse response, client_.Send({.action = "listing",
                                                                   .grants = "s3:ListBucket",
                                                                   .method = "GET",
                                                                   .object = bucket,
                                                                   .query = std::move(query)}));
    DH_ASSIGN_OR_RETURN(const XmlElement page, ParseAnswer("listing", folder, response.body, "ListBucketResult"));
    for (const XmlElement& element : page.children) {
      if (element.name != "Contents") continue;
      const std::optional<std::string> key = NameIn(page, element.TextOf("Key"));
      if (!key || !key->starts_with(folder.key)) {
        return DataError(StrCat("listing ", shown, ": expected keys below it, found ", element.TextOf("Key")));
      }
      if (key->ends_with('/')) continue;
      ObjectInfo& object = objects.emplace_back();
      object.uri = ToText(S3Uri{folder.bucket, *key});
      object.name = key->substr(folder.key.size());
      DH_ASSIGN_OR_RETURN(object.size, ParseSize(StrCat("listing ", object.uri), element.TextOf("Size")));
      object.version = element.TextOf("ETag");
    }
    if (!IsTruncated(page)) break;
    const std::string before = std::exchange(continuation, page.TextOf("NextContinuationToken"));
    if (continuation.empty() || continuation == before) return NoNextPage("listing", shown, continuation);
  }
  if (objects.empty()) {
    return WithRetry(absl::NotFoundError(StrCat("listing ", shown, ": there are no objects below it")), Retry::kNever);
  }
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return objects;
}

absl::StatusOr<std::unique_ptr<ByteReader>> S3Store::Read(std::string_view uri, ByteRange likely) {
  DH_ASSIGN_OR_RETURN(S3Uri object, ParseObject(uri));
  return OpenS3Object(&client_, std::move(object), likely);
}

absl::Status S3Store::Write(std::string_view uri, const ByteViews& bytes, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const S3Uri object, ParseObject(uri));
  S3Call call{.action = "writing", .grants = kPut, .method = "PUT", .object = object, .body = bytes};
  call.headers.emplace_back("x-amz-checksum-crc32c", Crc32cText(Crc32cOf(bytes)));
  AddPrecondition(when, &call);
  return AsPrecondition(client_.Send(call).status(), when);
}

absl::Status S3Store::Delete(std::string_view uri, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const S3Uri object, ParseObject(uri));
  const bool conditional = when.kind == Precondition::Kind::kVersion;
  if (conditional) {
    // Some stores don't look at If-Match when they delete, and don't say so.
    DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> there, Stat(uri));
    if (!there) return absl::OkStatus();
    if (there->version != when.version) {
      return absl::AbortedError(StrCat("deleting ", uri, ": somebody has changed it meanwhile"));
    }
  }
  absl::Status status = SendDelete(object, when);
  // Others refuse it.
  if (conditional && status.code() == absl::StatusCode::kUnimplemented) status = SendDelete(object, {});
  return IsAbsent(status) ? absl::OkStatus() : status;
}

absl::Status S3Store::SendDelete(const S3Uri& object, const Precondition& when) {
  S3Call call{.action = "deleting", .grants = "s3:DeleteObject", .method = "DELETE", .object = object};
  AddPrecondition(when, &call);
  return client_.Send(call).status();
}

absl::StatusOr<std::string> S3Store::BeginUpload(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(S3Uri object, ParseObject(uri));
  DH_ASSIGN_OR_RETURN(
      const HttpResponse response,
      client_.Send({.action = "beginning to upload",
                    .grants = kPut,
                    .method = "POST",
                    .object = object,
                    .query = {{"uploads", ""}},
                    .headers = {{"x-amz-checksum-algorithm", "CRC32C"}, {"x-amz-checksum-type", "FULL_OBJECT"}},
                    .once = true}));
  DH_ASSIGN_OR_RETURN(const XmlElement answer,
                      ParseAnswer("beginning to upload", object, response.body, "InitiateMultipartUploadResult"));
  std::string id(answer.TextOf("UploadId"));
  if (id.empty() || id.find(' ') != id.npos) {
    return DataError(StrCat("beginning to upload ", uri, ": expected an UploadId, found \"", id, "\""));
  }
  return ToText(Upload{std::move(object), std::move(id)});
}

absl::StatusOr<UploadPiece> S3Store::PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  DH_RETURN_IF_ERROR(CheckNumber(number));
  UploadPiece piece{.number = number, .size = bytes.size(), .crc32c = Crc32cOf(bytes)};
  DH_ASSIGN_OR_RETURN(const HttpResponse response,
                      client_.Send({.action = "uploading a piece of",
                                    .grants = kPut,
                                    .method = "PUT",
                                    .object = target.object,
                                    .query = {{"partNumber", StrCat(number + 1)}, {"uploadId", target.id}},
                                    .headers = {{"x-amz-checksum-crc32c", Crc32cText(piece.crc32c)}},
                                    .body = bytes}));
  piece.tag = HeaderOf(response.headers, "etag");
  return piece;
}

absl::StatusOr<UploadPiece> S3Store::CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                               ByteRange range) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  DH_ASSIGN_OR_RETURN(const S3Uri from, ParseObject(source.uri));
  DH_RETURN_IF_ERROR(CheckNumber(number));
  S3Call call{.action = "copying a piece to",
              .grants = "s3:PutObject and s3:GetObject",
              .method = "PUT",
              .object = target.object,
              .query = {{"partNumber", StrCat(number + 1)}, {"uploadId", target.id}}};
  call.headers = {{"x-amz-copy-source", StrCat("/", from.bucket, "/", PercentEncode(from.key, "/"))},
                  {"x-amz-copy-source-range", StrCat("bytes=", range.begin, "-", range.end - 1)},
                  {"x-amz-copy-source-if-match", source.version}};
  call.when_precondition_failed = absl::StatusCode::kAborted;
  call.stall_timeout += static_cast<Micros>(range.size() / kCopiedPerMicro);  // it may be silent while it copies
  const absl::StatusOr<XmlElement> answer = SendLate(call, "CopyPartResult");
  const absl::StatusCode code = answer.status().code();
  if (code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnimplemented) {
    return CopyThrough(upload, number, source, from, range);
  }
  DH_RETURN_IF_ERROR(answer.status());
  const std::optional<uint32_t> crc = ParseCrc32c(answer->TextOf("ChecksumCRC32C"));
  if (!crc) return CopyThrough(upload, number, source, from, range);
  return UploadPiece{number, range.size(), *crc, std::string(answer->TextOf("ETag"))};
}

// For stores that can't copy into an upload with checksums (MinIO), or don't tell the checksum.
absl::StatusOr<UploadPiece> S3Store::CopyThrough(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                                 const S3Uri& from, ByteRange range) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, OpenS3Object(&client_, from, range, source.version));
  std::string bytes(range.size(), '\0');
  DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(range.begin, bytes.data(), bytes.size()));
  if (got == bytes.size()) return PutPiece(upload, number, bytes);
  return WithRetry(absl::UnavailableError(StrCat("reading ", source.uri, ": the connection broke")), Retry::kCall);
}

absl::StatusOr<XmlElement> S3Store::SendLate(const S3Call& call, std::string_view expected) {
  DH_ASSIGN_OR_RETURN(const HttpResponse response, client_.Send(call));
  absl::StatusOr<XmlElement> root = ParseXml(response.body);
  if (root.ok() && root->name == expected) return root;
  if (root.ok() && root->name == "Error") return client_.ErrorOf(response, call);
  return WithRetry(absl::UnavailableError(StrCat(call.action, " ", ToText(call.object), ": the answer was cut")),
                   Retry::kCall);
}

absl::StatusOr<std::vector<UploadPiece>> S3Store::AsStored(const S3Uri& object, const std::string& id,
                                                           std::span<const UploadPiece> pieces) {
  struct Part {
    std::string tag;
    uint64_t size = 0;
    std::optional<uint32_t> crc32c;
  };
  const std::string where = StrCat(kFinishing, " ", ToText(object));
  std::map<std::string, Part> parts;  // by number
  std::string marker;
  do {
    QueryParameters query = {{"max-parts", StrCat(client_.options().page)}, {"uploadId", id}};
    if (!marker.empty()) query.emplace_back("part-number-marker", marker);
    DH_ASSIGN_OR_RETURN(const HttpResponse response, client_.Send({.action = kFinishing,
                                                                   .grants = "s3:ListMultipartUploadParts",
                                                                   .method = "GET",
                                                                   .object = object,
                                                                   .query = std::move(query)}));
    DH_ASSIGN_OR_RETURN(const XmlElement page, ParseAnswer(kFinishing, object, response.body, "ListPartsResult"));
    for (const XmlElement& element : page.children) {
      if (element.name != "Part") continue;
      Part& part = parts[std::string(element.TextOf("PartNumber"))];
      part.tag = element.TextOf("ETag");
      part.crc32c = ParseCrc32c(element.TextOf("ChecksumCRC32C"));
      DH_ASSIGN_OR_RETURN(part.size, ParseSize(where, element.TextOf("Size")));
    }
    const std::string before = std::exchange(marker, IsTruncated(page) ? page.TextOf("NextPartNumberMarker") : "");
    if (!marker.empty() && marker == before) return NoNextPage(kFinishing, ToText(object), marker);
  } while (!marker.empty());
  std::vector<UploadPiece> stored(pieces.begin(), pieces.end());
  for (UploadPiece& piece : stored) {
    Part& part = parts[StrCat(piece.number + 1)];
    if (part.size != piece.size || part.crc32c != piece.crc32c) {
      return DataError(StrCat(where, ": expected piece ", piece.number, " with ", piece.size, " bytes and the CRC-32C ",
                              Crc32cText(piece.crc32c), ", found ", part.size, " and ",
                              part.crc32c ? Crc32cText(*part.crc32c) : "none", "; cancel the job and begin a new one"));
    }
    piece.tag = std::move(part.tag);
  }
  return stored;
}

absl::Status S3Store::Complete(const S3Uri& object, const std::string& id, std::span<const UploadPiece> pieces,
                               const Precondition& when) {
  const std::string body = CompletionText(pieces);
  S3Call call{.action = kFinishing,
              .grants = kPut,
              .method = "POST",
              .object = object,
              .query = {{"uploadId", id}},
              .headers = {{"x-amz-checksum-crc32c", Crc32cText(WholeOf(pieces).crc32c)},
                          {"x-amz-checksum-type", "FULL_OBJECT"}},
              .body = body};
  AddPrecondition(when, &call);
  return SendLate(call, "CompleteMultipartUploadResult").status();
}

absl::StatusOr<bool> S3Store::Holds(const S3Uri& object, std::span<const UploadPiece> pieces) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> info, Stat(ToText(object)));
  const Whole whole = WholeOf(pieces);
  return info && info->size == whole.size && info->crc32c == whole.crc32c;
}

absl::Status S3Store::FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                                   const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  DH_RETURN_IF_ERROR(CheckOrder(ToText(target.object), pieces));
  const bool empty = pieces.empty();  // which S3 has no multipart upload for
  absl::Status status =
      empty ? Write(ToText(target.object), "", when) : Complete(target.object, target.id, pieces, when);
  if (status.code() == absl::StatusCode::kDataLoss) {
    // A piece that was put twice (its first answer was lost, or an old holder still puts it) has another ETag, unless
    // that is the MD5 of its bytes: with SSE-KMS, and in some stores, it is not.
    DH_ASSIGN_OR_RETURN(const std::vector<UploadPiece> stored, AsStored(target.object, target.id, pieces));
    status = Complete(target.object, target.id, stored, when);
  }
  status = AsPrecondition(std::move(status), when);
  if (status.ok()) return empty ? AbortUpload(upload) : absl::OkStatus();
  const absl::StatusCode code = status.code();
  if (code != absl::StatusCode::kNotFound && code != absl::StatusCode::kAlreadyExists &&
      code != absl::StatusCode::kAborted) {
    return status;
  }
  DH_ASSIGN_OR_RETURN(const bool done, Holds(target.object, pieces));
  if (!done) return status;
  return AbortUpload(upload);
}

absl::Status S3Store::AbortUpload(std::string_view upload) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  const absl::Status status = client_
                                  .Send({.action = "aborting the upload of",
                                         .grants = "s3:AbortMultipartUpload",
                                         .method = "DELETE",
                                         .object = target.object,
                                         .query = {{"uploadId", target.id}}})
                                  .status();
  return IsAbsent(status) ? absl::OkStatus() : status;
}

absl::StatusOr<std::vector<UploadInfo>> S3Store::ListUploads(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const S3Uri at, ParseS3Uri(uri));
  const S3Uri bucket{at.bucket, ""};
  const std::string below = at.key.empty() || at.key.ends_with('/') ? at.key : at.key + "/";
  std::vector<UploadInfo> uploads;
  std::string key_marker, id_marker;
  while (true) {
    QueryParameters query = {{"uploads", ""}, {"prefix", at.key}, {"encoding-type", "url"}};
    if (!key_marker.empty()) query.insert(query.end(), {{"key-marker", key_marker}, {"upload-id-marker", id_marker}});
    DH_ASSIGN_OR_RETURN(const HttpResponse response, client_.Send({.action = "listing uploads to",
                                                                   .grants = "s3:ListBucketMultipartUploads",
                                                                   .method = "GET",
                                                                   .object = bucket,
                                                                   .query = std::move(query)}));
    DH_ASSIGN_OR_RETURN(const XmlElement page,
                        ParseAnswer("listing uploads to", at, response.body, "ListMultipartUploadsResult"));
    for (const XmlElement& element : page.children) {
      if (element.name != "Upload") continue;
      const std::optional<std::string> key = NameIn(page, element.TextOf("Key"));
      if (!key) {
        return DataError(StrCat("listing uploads to ", uri, ": expected encoded keys, found ", element.TextOf("Key")));
      }
      if (*key != at.key && !key->starts_with(below)) continue;
      const Upload upload{{at.bucket, *key}, std::string(element.TextOf("UploadId"))};
      uploads.push_back({ToText(upload), ToText(upload.object), ParseTime(element.TextOf("Initiated"))});
    }
    if (!IsTruncated(page)) break;
    const std::string key_before = std::exchange(key_marker, NameIn(page, page.TextOf("NextKeyMarker")).value_or(""));
    const std::string id_before = std::exchange(id_marker, page.TextOf("NextUploadIdMarker"));
    if (key_marker.empty() || (key_marker == key_before && id_marker == id_before)) {
      return NoNextPage("listing uploads to", uri, key_marker);
    }
  }
  return uploads;
}

}  // namespace datahaul
