#include "objects/azure/azure_uploads.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/random_name.h"
#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "objects/answer.h"
#include "objects/azure/azure_reader.h"
#include "objects/concurrently.h"
#include "objects/pieces.h"
#include "objects/xml.h"

namespace datahaul {
namespace {

constexpr std::string_view kSuffix = ".datahaul-upload-";
constexpr size_t kIdDigits = 32;

constexpr uint64_t kCopiedBytes = 100 << 20;  // by Azure, in one block
constexpr size_t kQuickly = 8;                // blocks that are copied again sooner than looked for
constexpr uint64_t kCarriedBytes = 4 << 20;   // through here, in one block

constexpr char kEmptyTag[] = "empty";  // of a piece without bytes: there are no such blocks

// Unlike any other, also of the same piece put again; of one length, as those of a blob must be; printable.
std::string NewBlockId() { return Base64(RandomName(24)); }

// Of the final blob: of what `name` says, cut in one of two ways (`kind`), the block with that number. The same
// whenever it is staged, so that what is there need not be staged again; of one length for all.
std::string StagedBlockId(const std::string& name, char kind, size_t number) {
  const std::string digits = StrCat(number);
  return Base64(StrCat(name, kind, std::string(7 - digits.size(), '0'), digits));
}

struct Upload {
  AzureUri object;
  std::string id;
};

AzureUri OwnBlob(const Upload& upload) {
  AzureUri own = upload.object;
  StrAppend(&own.key, kSuffix, upload.id);
  return own;
}

std::string ToText(const Upload& upload) { return StrCat(upload.id, " ", ToText(upload.object)); }

absl::StatusOr<Upload> ParseUpload(std::string_view text) {
  const size_t space = text.find(' ');
  if (space != kIdDigits) return InternalError(StrCat("using an upload: expected its handle, found ", text));
  DH_ASSIGN_OR_RETURN(AzureUri object, ParseAzureUri(text.substr(space + 1)));
  return Upload{std::move(object), std::string(text.substr(0, space))};
}

absl::Status CheckNumber(uint32_t number) {
  if (number < AzureUploads::kMostBlocks) return absl::OkStatus();
  return InternalError(
      StrCat("uploading a piece: expected a number below ", AzureUploads::kMostBlocks, ", found ", number));
}

// `which`: Uncommitted, or Latest where they may have been committed before.
std::string BlockListText(const std::vector<std::string>& ids, std::string_view which) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  for (const std::string& id : ids) StrAppend(&xml, "<", which, ">", XmlText(id), "</", which, ">");
  return xml + "</BlockList>";
}

// What Azure can't, or won't, copy from where it is may be carried; what has changed or broke may not.
bool MayBeCarried(const absl::Status& status) {
  return !status.ok() && RetryOf(status) != Retry::kCall && status.code() != absl::StatusCode::kAborted &&
         status.code() != absl::StatusCode::kNotFound;
}

// In pieces of `bytes`, or as much more as keeps them below the most that a blob may have.
std::vector<ByteRange> Divide(uint64_t size, uint64_t bytes) {
  bytes = std::max(bytes, size / AzureUploads::kMostBlocks + 1);
  std::vector<ByteRange> ranges;
  for (uint64_t begin = 0; begin < size; begin += bytes) ranges.push_back({begin, std::min(begin + bytes, size)});
  return ranges;
}

}  // namespace

bool AzureUploads::IsUploadKey(std::string_view key) {
  if (key.size() <= kSuffix.size() + kIdDigits) return false;
  const std::string_view id = key.substr(key.size() - kIdDigits);
  return key.substr(0, key.size() - kIdDigits).ends_with(kSuffix) &&
         id.find_first_not_of("0123456789abcdef") == id.npos;
}

absl::StatusOr<std::string> AzureUploads::Begin(AzureUri object) {
  const Upload upload{std::move(object), RandomName(kIdDigits)};
  const absl::Status status = blobs_->Write(OwnBlob(upload), "", Precondition::Absent());
  if (!status.ok()) return Annotate(status, StrCat("beginning to upload ", ToText(upload.object)));
  return ToText(upload);
}

absl::Status AzureUploads::PutBytes(const AzureUri& blob, const std::string& id, const ByteViews& bytes) {
  return client_
      ->Send({.action = "uploading a piece of",
              .role = kContributorRole,
              .method = "PUT",
              .object = blob,
              .query = {{"comp", "block"}, {"blockid", id}},
              .headers = {{"Content-Type", "application/octet-stream"}, Crc64Header(bytes)},
              .body = bytes})
      .status();
}

absl::Status AzureUploads::PutRange(const AzureUri& blob, const std::string& id, const Source& source,
                                    ByteRange range) {
  AzureCall call{.action = "copying a piece to",
                 .role = kContributorRole,
                 .method = "PUT",
                 .object = blob,
                 .query = {{"comp", "block"}, {"blockid", id}}};
  DH_ASSIGN_OR_RETURN(call.headers, client_->CopySource(source.blob));
  call.headers.emplace_back("x-ms-source-range", StrCat("bytes=", range.begin, "-", range.end - 1));
  call.headers.emplace_back("x-ms-source-if-match", IfMatchText(source.version));
  call.when_precondition_failed = absl::StatusCode::kAborted;
  return client_->Send(call).status();
}

absl::Status AzureUploads::PutRangeThrough(const AzureUri& blob, const std::string& id, const Source& source,
                                           ByteRange range) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader,
                      OpenAzureBlob(client_, source.blob, range, source.version));
  std::string bytes(range.size(), '\0');
  DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(range.begin, bytes.data(), bytes.size()));
  if (got == bytes.size()) return PutBytes(blob, id, bytes);
  return WithRetry(absl::UnavailableError(StrCat("reading ", ToText(source.blob), ": the connection broke")),
                   Retry::kCall);
}

absl::Status AzureUploads::CheckAlive(const AzureUri& object, const AzureUri& own) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> there, blobs_->Stat(own));
  if (there) return absl::OkStatus();
  (void)Drop(own);  // else they would stay for a week
  return WithRetry(absl::NotFoundError(StrCat("uploading a piece of ", ToText(object),
                                              ": there is no such upload; it was finished or aborted")),
                   Retry::kNever);
}

absl::StatusOr<UploadPiece> AzureUploads::Put(std::string_view upload, uint32_t number, const ByteViews& bytes) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  DH_RETURN_IF_ERROR(CheckNumber(number));
  const AzureUri own = OwnBlob(target);
  UploadPiece piece{.number = number, .size = bytes.size(), .crc32c = Crc32cOf(bytes), .tag = kEmptyTag};
  if (!bytes.empty()) {
    piece.tag = NewBlockId();
    DH_RETURN_IF_ERROR(PutBytes(own, piece.tag, bytes));
  }
  DH_RETURN_IF_ERROR(CheckAlive(target.object, own));
  return piece;
}

absl::StatusOr<UploadPiece> AzureUploads::Copy(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                               ByteRange range) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  DH_ASSIGN_OR_RETURN(const AzureUri from, ParseAzureUri(source.uri));
  DH_RETURN_IF_ERROR(CheckNumber(number));
  // Azure tells no CRC-32C of what it copies: it must be known.
  const bool known = source.crc32c && range.begin == 0 && range.end == source.size && source.size > 0;
  if (known) {
    const AzureUri own = OwnBlob(target);
    UploadPiece piece{number, range.size(), *source.crc32c, NewBlockId()};
    absl::Status status = PutRange(own, piece.tag, {from, source.version, source.size}, range);
    if (status.ok()) {
      DH_RETURN_IF_ERROR(CheckAlive(target.object, own));
      return piece;
    }
    if (!MayBeCarried(status)) return status;
  }
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, OpenAzureBlob(client_, from, range, source.version));
  std::string bytes(range.size(), '\0');
  DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(range.begin, bytes.data(), bytes.size()));
  if (got == bytes.size()) return Put(upload, number, bytes);
  return WithRetry(absl::UnavailableError(StrCat("reading ", source.uri, ": the connection broke")), Retry::kCall);
}

absl::StatusOr<std::string> AzureUploads::Join(const AzureUri& object, const AzureUri& own,
                                               std::span<const UploadPiece> pieces) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> there, blobs_->Stat(own));
  if (!there) {
    return WithRetry(absl::NotFoundError(StrCat("finishing the upload of ", ToText(object),
                                                ": there is no such upload; it was finished or aborted")),
                     Retry::kNever);
  }
  std::vector<std::string> ids;
  for (const UploadPiece& piece : pieces) {
    if (piece.size > 0) ids.push_back(piece.tag);
  }
  const std::string body = BlockListText(ids, "Latest");
  AzureCall call{.action = "finishing the upload of",
                 .role = kContributorRole,
                 .method = "PUT",
                 .object = own,
                 .query = {{"comp", "blocklist"}},
                 .headers = {Crc64Header(body)},
                 .body = body};
  AddPrecondition(Precondition::Is(there->version), &call);
  call.when_precondition_failed = absl::StatusCode::kUnavailable;  // somebody else is finishing or aborting it
  const absl::StatusOr<HttpResponse> response = client_->Send(call);
  if (response.ok()) return std::string(AzureVersionIn(*response));
  if (response.status().code() != absl::StatusCode::kNotFound) return response.status();
  // Not for good: whoever asks puts what is missing again, or a person looks at it.
  return WithRetry(
      absl::AbortedError(StrCat("finishing the upload of ", ToText(object), ": not all of its pieces are there; ",
                                "Azure keeps them for a week, or somebody else is finishing it, too")),
      Retry::kTask);
}

absl::StatusOr<std::vector<std::string>> AzureUploads::Stage(const AzureUri& object, const std::string& name,
                                                             const Source& source) {
  const auto put_all = [&](char kind, uint64_t bytes, auto put) -> absl::StatusOr<std::vector<std::string>> {
    const std::vector<ByteRange> ranges = Divide(source.size, bytes);
    std::vector<std::string> ids;
    for (size_t i = 0; i < ranges.size(); ++i) ids.push_back(StagedBlockId(name, kind, i));
    std::map<std::string, uint64_t> there;
    if (ranges.size() > kQuickly) {
      DH_ASSIGN_OR_RETURN(there, Uncommitted(object));
    }
    DH_RETURN_IF_ERROR(Concurrently(ranges.size(), AfterFailure::kGoOn, [&](size_t i) {
      const auto at = there.find(ids[i]);
      if (at != there.end() && at->second == ranges[i].size()) return absl::OkStatus();
      return (this->*put)(object, ids[i], source, ranges[i]);
    }));
    return ids;
  };
  absl::StatusOr<std::vector<std::string>> ids = put_all('u', kCopiedBytes, &AzureUploads::PutRange);
  if (!MayBeCarried(ids.status())) return ids;
  return put_all('t', kCarriedBytes, &AzureUploads::PutRangeThrough);
}

absl::StatusOr<std::map<std::string, uint64_t>> AzureUploads::Uncommitted(const AzureUri& blob) {
  std::map<std::string, uint64_t> sizes;
  const absl::StatusOr<HttpResponse> response =
      client_->Send({.action = "finishing the upload of",
                     .role = kReaderRole,
                     .method = "GET",
                     .object = blob,
                     .query = {{"comp", "blocklist"}, {"blocklisttype", "uncommitted"}}});
  if (IsAbsentBlob(response.status())) return sizes;
  DH_RETURN_IF_ERROR(response.status());
  const std::string where = StrCat("finishing the upload of ", ToText(blob));
  const absl::StatusOr<XmlElement> root = ParseXml(response->body);
  if (!root.ok() || root->name != "BlockList") {
    return DataError(
        StrCat(where, ": expected BlockList as the answer, found ", root.ok() ? root->name : Message(root.status())));
  }
  const XmlElement* const blocks = root->Find("UncommittedBlocks");
  if (blocks == nullptr) return sizes;
  for (const XmlElement& block : blocks->children) {
    DH_ASSIGN_OR_RETURN(sizes[std::string(block.TextOf("Name"))], ParseSize(where, block.TextOf("Size")));
  }
  return sizes;
}

absl::Status AzureUploads::CheckPrecondition(const AzureUri& object, const Precondition& when) {
  if (when.kind == Precondition::Kind::kNone) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> there, blobs_->Stat(object));
  const std::string action = StrCat("finishing the upload of ", ToText(object), ": ");
  if (when.kind == Precondition::Kind::kAbsent && there)
    return absl::AlreadyExistsError(action + "it is there already");
  if (when.kind == Precondition::Kind::kVersion && (!there || there->version != when.version)) {
    return absl::AbortedError(action + "somebody has changed it meanwhile");
  }
  return absl::OkStatus();
}

absl::Status AzureUploads::Publish(const AzureUri& object, const AzureUri& own, const std::string& id,
                                   std::span<const UploadPiece> pieces, const Precondition& when) {
  DH_RETURN_IF_ERROR(CheckPrecondition(object, when));  // before anything is copied for nothing
  DH_ASSIGN_OR_RETURN(const std::string version, Join(object, own, pieces));
  const Whole whole = WholeOf(pieces);
  const auto header = Crc32cHeader(whole.crc32c);
  // Other pieces make other blocks.
  DH_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                      Stage(object, StrCat(id, header.second), {own, version, whole.size}));
  const std::string body = BlockListText(ids, "Uncommitted");
  AzureCall call{.action = "finishing the upload of",
                 .role = kContributorRole,
                 .method = "PUT",
                 .object = object,
                 .query = {{"comp", "blocklist"}},
                 .headers = {{"x-ms-blob-content-type", "application/octet-stream"}, header, Crc64Header(body)},
                 .body = body};
  AddPrecondition(when, &call);
  absl::Status status = client_->Send(call).status();
  if (!IsAbsentBlob(status)) return status;
  return WithRetry(absl::UnavailableError(
                       StrCat("finishing the upload of ", ToText(object), ": somebody else has written it meanwhile")),
                   Retry::kCall);
}

absl::Status AzureUploads::Finish(std::string_view upload, std::span<const UploadPiece> pieces,
                                  const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  DH_RETURN_IF_ERROR(CheckOrder(ToText(target.object), pieces));
  const AzureUri own = OwnBlob(target);
  absl::Status status = Publish(target.object, own, target.id, pieces, when);
  if (status.ok()) return blobs_->Delete(own);
  const absl::StatusCode code = status.code();
  if (code != absl::StatusCode::kNotFound && code != absl::StatusCode::kAlreadyExists &&
      code != absl::StatusCode::kAborted) {
    return status;
  }
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> there, blobs_->Stat(target.object));
  const Whole whole = WholeOf(pieces);
  if (!there || there->size != whole.size || there->crc32c != whole.crc32c) return status;
  return blobs_->Delete(own);
}

// Writing a blob drops all blocks that are not committed; deleting one that does not exist would not.
absl::Status AzureUploads::Drop(const AzureUri& own) {
  DH_RETURN_IF_ERROR(blobs_->Write(own, "", Precondition::None()));
  return blobs_->Delete(own);
}

absl::Status AzureUploads::Abort(std::string_view upload) {
  DH_ASSIGN_OR_RETURN(const Upload target, ParseUpload(upload));
  const absl::Status status = Drop(OwnBlob(target));
  return status.ok() ? status : Annotate(status, StrCat("aborting the upload of ", ToText(target.object)));
}

absl::StatusOr<std::vector<UploadInfo>> AzureUploads::List(const AzureUri& at) {
  DH_ASSIGN_OR_RETURN(const std::vector<ListedBlob> blobs, blobs_->List("listing uploads to", at, "uncommittedblobs"));
  const std::string below = at.key.empty() || at.key.ends_with('/') ? at.key : at.key + "/";
  std::vector<UploadInfo> uploads;
  for (const ListedBlob& blob : blobs) {
    if (!IsUploadKey(blob.key)) continue;
    Upload upload{at, blob.key.substr(blob.key.size() - kIdDigits)};
    upload.object.key = blob.key.substr(0, blob.key.size() - kIdDigits - kSuffix.size());
    if (upload.object.key != at.key && !upload.object.key.starts_with(below)) continue;
    uploads.push_back({ToText(upload), ToText(upload.object), blob.created});
  }
  return uploads;
}

}  // namespace datahaul
