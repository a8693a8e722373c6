#ifndef DATAHAUL_OBJECTS_S3_S3_READER_H_
#define DATAHAUL_OBJECTS_S3_S3_READER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"
#include "objects/s3/s3_client.h"
#include "objects/s3/s3_uri.h"

namespace datahaul {

// An object, read in ranges, as it was when it was opened: FAILED_PRECONDITION once it has changed, DATA_LOSS if the
// store answers with anything but the range that it was asked for. Where a connection breaks after some bytes, ReadAt
// returns those. Safe for concurrent use.
class S3Reader final : public ByteReader {
 public:
  // Asks for the first bytes of `likely` at once, and so learns size and version in one round trip. NOT_FOUND if there
  // is no such object; ABORTED if it is not `version`, unless that is "". `client` must outlive the reader.
  static absl::StatusOr<std::unique_ptr<ByteReader>> Open(S3Client* client, S3Uri object, ByteRange likely,
                                                          const std::string& version = "");

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override;
  uint64_t size() const override { return size_; }
  const std::string& uri() const override { return uri_; }
  std::string_view version() const override { return version_; }

 private:
  S3Reader(S3Client* client, S3Uri object) : client_(client), object_(std::move(object)), uri_(ToText(object_)) {}

  absl::Status OpenEmpty();
  absl::Status TakeVersion(const HttpResponse& response);
  // Are these the bytes from `offset` on, of the object as it was opened?
  bool IsRange(const HttpResponse& head, uint64_t offset) const;
  absl::StatusOr<size_t> Fetch(uint64_t offset, char* out, size_t size) const;

  S3Client* const client_;
  const S3Uri object_;
  const std::string uri_;
  std::string version_;
  uint64_t size_ = 0;
  uint64_t head_begin_ = 0;
  std::string head_;  // the bytes that came with the opening
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_READER_H_
