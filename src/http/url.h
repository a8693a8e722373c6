// Percent-encoding.
#ifndef DATAHAUL_HTTP_URL_H_
#define DATAHAUL_HTTP_URL_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace datahaul {

// Everything but A-Z a-z 0-9 - . _ ~ and the bytes of `keep` as %XX, in upper case (RFC 3986, and what signatures
// want).
std::string PercentEncode(std::string_view text, std::string_view keep = "");

// Parameters of a query, not encoded.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// name=value&name=value, encoded, in the order of the encoded names, then values. A name without a value keeps its "=".
std::string EncodeQuery(const QueryParameters& parameters);

// scheme://host[:port], without user, path and query: what may be shown of a URL.
std::string OriginOf(std::string_view url);

}  // namespace datahaul

#endif  // DATAHAUL_HTTP_URL_H_
