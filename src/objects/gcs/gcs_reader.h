#ifndef DATAHAUL_OBJECTS_GCS_GCS_READER_H_
#define DATAHAUL_OBJECTS_GCS_GCS_READER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"
#include "objects/gcs/gcs_client.h"
#include "objects/gcs/gcs_uri.h"

namespace datahaul {

// See RangedReader::Open. Pins the generation: in a bucket that keeps old ones the reader goes on seeing it. `client`
// must outlive the reader.
absl::StatusOr<std::unique_ptr<ByteReader>> OpenGcsObject(GcsClient* client, GcsUri object, ByteRange likely,
                                                          const std::string& generation = "");

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_READER_H_
