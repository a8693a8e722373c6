// Named objects, each immutable while it is visible: local folders and buckets.
#ifndef DATAHAUL_MODEL_OBJECT_STORE_H_
#define DATAHAUL_MODEL_OBJECT_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "base/byte_views.h"
#include "io/byte_reader.h"

namespace datahaul {

struct ObjectInfo {
  std::string uri;                 // opens with Read()
  std::string name;                // relative to the uri listed, '/' between segments
  uint64_t size = 0;               // bytes
  std::string version;             // another after every change of the object (ETag, generation); "" if not known
  std::optional<uint32_t> crc32c;  // of the whole object, where the store has it
};

// What must be so for a call to take effect. Checked and done as one step: of several writers at once, one wins.
struct Precondition {
  enum class Kind : uint8_t { kNone, kAbsent, kVersion };
  Kind kind = Kind::kNone;
  std::string version;  // kVersion only

  static Precondition None() { return {}; }
  static Precondition Absent() { return {Kind::kAbsent, ""}; }  // else ALREADY_EXISTS
  // The object is there as `version`, from Stat; else ABORTED. Where traits().conditional_replace.
  static Precondition Is(std::string version) { return {Kind::kVersion, std::move(version)}; }
};

struct ObjectStoreTraits {
  bool conditional_replace = false;  // Precondition::Is works; elsewhere it is UNIMPLEMENTED
  uint64_t least_piece_bytes = 0;    // of every piece of an upload but that with the highest number
  uint64_t most_piece_bytes = 0;     // of one piece, and of what Write takes
  uint32_t most_pieces = 0;          // numbers of pieces are below this
};

// Proof that a piece of an upload is durable. Plain values: it may be kept in a receipt and used by another process.
struct UploadPiece {
  uint32_t number = 0;
  uint64_t size = 0;
  uint32_t crc32c = 0;
  std::string tag;  // the store's own name for it; printable, without spaces

  bool operator==(const UploadPiece&) const = default;
};

// An upload that was begun, and neither finished nor aborted.
struct UploadInfo {
  std::string upload;    // as BeginUpload returned it
  std::string uri;       // of the object it would become
  int64_t begun_at = 0;  // microseconds since 1970
};

// Safe for concurrent use. Never retries: see objects/retrying.
//
// An object appears under its name whole or not at all, durably, and replaces the one before it in one step.
//
// Large objects are uploaded: BeginUpload, PutPiece or CopyPiece by any number of processes in any order, FinishUpload
// by one of them. What PutPiece has returned is durable, but nobody sees it before FinishUpload. A piece may be put
// again under its number, also while an old holder of the work still puts it: FinishUpload joins exactly the pieces it
// is given, or fails. Numbers need not be dense. An upload that nobody finishes keeps its bytes until AbortUpload.
class ObjectStore {
 public:
  static constexpr ByteRange kWholeObject{0, UINT64_MAX};

  virtual ~ObjectStore() = default;
  virtual const ObjectStoreTraits& traits() const = 0;

  // The object at `uri`; nothing if there is none (a folder is none).
  virtual absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) = 0;
  // All objects below `uri`, at any depth, by name bytewise. NOT_FOUND if there is no such folder. What uploads hold is
  // not listed.
  virtual absl::StatusOr<std::vector<ObjectInfo>> List(std::string_view uri) = 0;
  // The reader sees the object as it is now: once that is replaced it fails, unless it goes on seeing the old bytes.
  // `likely` is what will be read of it, mostly in order: stores that are far away fetch that ahead. All else can be
  // read, too.
  virtual absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri, ByteRange likely = kWholeObject) = 0;
  virtual absl::Status Write(std::string_view uri, const ByteViews& bytes, const Precondition& when = {}) = 0;
  // Absent is fine. `when`: None, or Is, where another version stays, and the call fails with ABORTED (in some stores
  // also if there is none). Of S3's relatives not all look at it themselves (MinIO doesn't): there the object is looked
  // at just before, and one that is replaced between the two requests is deleted all the same.
  virtual absl::Status Delete(std::string_view uri, const Precondition& when = {}) = 0;

  // Begins an upload to `uri`. Returns its handle, text by which every process knows it.
  virtual absl::StatusOr<std::string> BeginUpload(std::string_view uri) = 0;
  virtual absl::StatusOr<UploadPiece> PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) = 0;
  // As PutPiece, with bytes of `source`, an object of this store from Stat, List or Write; ABORTED if it has changed
  // since. Where the store can't join them itself, the bytes travel through this process, all of them at once in
  // memory.
  virtual absl::StatusOr<UploadPiece> CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                                ByteRange range) = 0;
  // Makes the pieces one object, in the order given, which must be that of their numbers; none make an empty object.
  // Ends the upload, unless it fails. May be repeated: once the object is there, with these bytes, it succeeds.
  virtual absl::Status FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                                    const Precondition& when = {}) = 0;
  // Forgets an upload and its pieces. One that has ended already is fine.
  virtual absl::Status AbortUpload(std::string_view upload) = 0;
  // The uploads to objects at and below `uri`, by whomever.
  virtual absl::StatusOr<std::vector<UploadInfo>> ListUploads(std::string_view uri) = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_OBJECT_STORE_H_
