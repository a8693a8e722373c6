#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_READER_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_READER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"
#include "objects/azure/azure_client.h"
#include "objects/azure/azure_uri.h"

namespace datahaul {

// See RangedReader::Open. `client` must outlive the reader.
absl::StatusOr<std::unique_ptr<ByteReader>> OpenAzureBlob(AzureClient* client, AzureUri blob, ByteRange likely,
                                                          const std::string& version = "");

// The ETag of an answer, without the quotes that listings do not have, either; "" if there is none.
std::string_view AzureVersionIn(const HttpResponse& response);
// The value of If-Match for a version.
std::string IfMatchText(std::string_view version);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_READER_H_
