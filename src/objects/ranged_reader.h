#ifndef DATAHAUL_OBJECTS_RANGED_READER_H_
#define DATAHAUL_OBJECTS_RANGED_READER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "http/http.h"
#include "io/byte_reader.h"

namespace datahaul {

// One object of a store that is asked for ranges of it: the part of a store's dialect that a RangedReader needs. Safe
// for concurrent use.
class RangedObject {
 public:
  struct Attributes {
    uint64_t size = 0;
    std::string version;  // "" if the store does not tell it
  };
  using Sink = std::function<bool(const HttpResponse& head, std::string_view bytes)>;

  virtual ~RangedObject() = default;
  virtual std::string uri() const = 0;
  // Asks for `range`, which is not empty, of the object as `version` ("" = as it is now). NOT_FOUND, ABORTED: it is
  // gone, or not that any more. OUT_OF_RANGE: it has no bytes there.
  virtual absl::StatusOr<HttpResponse> Get(ByteRange range, const std::string& version, Sink sink) = 0;
  // The version of the bytes that an answer to Get brings; "" if it does not tell.
  virtual std::string_view VersionIn(const HttpResponse& head) const = 0;
  virtual absl::StatusOr<Attributes> Look() = 0;
};

// An object, read in ranges, as it was when it was opened: FAILED_PRECONDITION once it has changed, DATA_LOSS if the
// store answers with anything but the range that it was asked for. Where a connection breaks after some bytes, ReadAt
// returns those. Safe for concurrent use.
class RangedReader final : public ByteReader {
 public:
  // Asks for the first bytes of `likely` at once, and so learns size and version in one round trip. NOT_FOUND if there
  // is no such object; ABORTED if it is not `version`, unless that is "".
  static absl::StatusOr<std::unique_ptr<ByteReader>> Open(std::unique_ptr<RangedObject> object, ByteRange likely,
                                                          const std::string& version = "");

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override;
  uint64_t size() const override { return size_; }
  const std::string& uri() const override { return uri_; }
  std::string_view version() const override { return version_; }

 private:
  explicit RangedReader(std::unique_ptr<RangedObject> object) : object_(std::move(object)), uri_(object_->uri()) {}

  absl::Status Look();
  // Are these the bytes from `offset` on, of the object as it was opened?
  bool IsRange(const HttpResponse& head, uint64_t offset) const;
  absl::Status Unexpected(const HttpResponse& response) const;
  absl::StatusOr<size_t> Fetch(uint64_t offset, char* out, size_t size) const;

  const std::unique_ptr<RangedObject> object_;
  const std::string uri_;
  std::string version_;
  uint64_t size_ = 0;
  uint64_t head_begin_ = 0;
  std::string head_;  // the bytes that came with the opening
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_RANGED_READER_H_
