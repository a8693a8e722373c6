// What the answers of several stores say in the same way.
#ifndef DATAHAUL_OBJECTS_ANSWER_H_
#define DATAHAUL_OBJECTS_ANSWER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"

namespace datahaul {

// The size of an object, as an answer tells it. DATA_LOSS if it does not: an object must not be taken for an empty one.
// `where` is for the message: "reading s3://bucket/key".
absl::StatusOr<uint64_t> ParseSize(std::string_view where, std::string_view text);

// How long the store wants to be left alone, an hour at most; 0 if it does not say.
Micros RetryAfterIn(const HttpResponse& response);

// A point in time as RFC 3339 has it; 0 if it is none.
Micros ParseTime(std::string_view text);

// A CRC-32C as S3 and Google write it: big-endian, base64.
std::string Crc32cText(uint32_t crc32c);
// Nothing for what is none, such as that of an upload's parts ("…-3").
std::optional<uint32_t> ParseCrc32c(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_ANSWER_H_
