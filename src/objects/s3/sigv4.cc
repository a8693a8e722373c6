#include "objects/s3/sigv4.h"

#include <map>
#include <utility>

#include "absl/time/time.h"

#include "base/status.h"
#include "base/text.h"
#include "http/digest.h"

namespace datahaul {
namespace {

constexpr char kAlgorithm[] = "AWS4-HMAC-SHA256";

// Without spaces around it, and one for several within.
std::string Collapsed(std::string_view value) {
  std::string collapsed;
  for (const char c : value) {
    if (c == ' ' && (collapsed.empty() || collapsed.back() == ' ')) continue;
    collapsed += c;
  }
  while (collapsed.ends_with(' ')) collapsed.pop_back();
  return collapsed;
}

// By name in lower case; the values of several of one name in their order.
std::map<std::string, std::string> Canonical(const HttpHeaders& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    std::string lower(name);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto [at, first] = canonical.try_emplace(std::move(lower), Collapsed(value));
    if (!first) StrAppend(&at->second, ",", Collapsed(value));
  }
  return canonical;
}

}  // namespace

std::string SigV4Time(Micros time) {
  return absl::FormatTime("%Y%m%dT%H%M%SZ", absl::FromUnixMicros(time), absl::UTCTimeZone());
}

absl::StatusOr<std::string> SigV4Authorization(std::string_view access_key, std::string_view secret, Micros time,
                                               const SigV4Scope& scope, const SigV4Request& request) {
  std::string canonical = StrCat(request.method, "\n", request.path, "\n", request.query, "\n"), names;
  for (const auto& [name, value] : Canonical(request.headers)) {
    StrAppend(&canonical, name, ":", value, "\n");
    StrAppend(&names, names.empty() ? "" : ";", name);
  }
  StrAppend(&canonical, "\n", names, "\n", request.payload_hash);
  DH_ASSIGN_OR_RETURN(const std::string hash, Sha256(canonical));

  const std::string now = SigV4Time(time), day = now.substr(0, 8);
  const std::string where = StrCat(day, "/", scope.region, "/", scope.service, "/aws4_request");
  DH_ASSIGN_OR_RETURN(std::string key, HmacSha256(StrCat("AWS4", secret), day));
  for (const std::string_view part : {scope.region, scope.service, std::string_view("aws4_request")}) {
    DH_ASSIGN_OR_RETURN(key, HmacSha256(key, part));
  }
  DH_ASSIGN_OR_RETURN(const std::string signature,
                      HmacSha256(key, StrCat(kAlgorithm, "\n", now, "\n", where, "\n", Hex(hash))));
  return StrCat(kAlgorithm, " Credential=", access_key, "/", where, ", SignedHeaders=", names,
                ", Signature=", Hex(signature));
}

}  // namespace datahaul
