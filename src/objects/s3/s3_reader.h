#ifndef DATAHAUL_OBJECTS_S3_S3_READER_H_
#define DATAHAUL_OBJECTS_S3_S3_READER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"
#include "objects/s3/s3_client.h"
#include "objects/s3/s3_uri.h"

namespace datahaul {

// See RangedReader::Open. `client` must outlive the reader.
absl::StatusOr<std::unique_ptr<ByteReader>> OpenS3Object(S3Client* client, S3Uri object, ByteRange likely,
                                                         const std::string& version = "");

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_READER_H_
