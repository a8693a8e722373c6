#include "objects/azure/shared_key.h"

#include <map>
#include <utility>

#include "absl/time/time.h"

#include "base/status.h"
#include "base/text.h"
#include "http/digest.h"

namespace datahaul {
namespace {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

}  // namespace

std::string HttpDate(Micros time) {
  return absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", absl::FromUnixMicros(time), absl::UTCTimeZone());
}

std::string SharedKeyText(std::string_view account, const SharedKeyRequest& request) {
  std::map<std::string, std::string> headers, query;
  for (const auto& [name, value] : request.headers) headers.emplace(LowerCase(name), value);
  for (const auto& [name, value] : request.query) query.emplace(LowerCase(name), value);
  headers["content-length"] = request.content_length == 0 ? "" : StrCat(request.content_length);
  std::string text = StrCat(request.method, "\n");
  for (const char* name : {"content-encoding", "content-language", "content-length", "content-md5", "content-type",
                           "date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"}) {
    StrAppend(&text, headers[name], "\n");
  }
  for (const auto& [name, value] : headers) {
    if (name.starts_with("x-ms-")) StrAppend(&text, name, ":", value, "\n");
  }
  StrAppend(&text, "/", account, request.path);
  for (const auto& [name, value] : query) StrAppend(&text, "\n", name, ":", value);
  return text;
}

absl::StatusOr<std::string> SharedKeyAuthorization(std::string_view account, std::string_view key,
                                                   const SharedKeyRequest& request) {
  DH_ASSIGN_OR_RETURN(const std::string signature, HmacSha256(key, SharedKeyText(account, request)));
  return StrCat("SharedKey ", account, ":", Base64(signature));
}

absl::StatusOr<std::string> ReadSas(std::string_view account, std::string_view key, std::string_view container,
                                    std::string_view blob, Micros expires) {
  const std::string end = absl::FormatTime("%E4Y-%m-%dT%H:%M:%SZ", absl::FromUnixMicros(expires), absl::UTCTimeZone());
  // Permissions, start, expiry, resource, identifier, address, protocol, version, kind of resource; and seven more.
  const std::string text = StrCat("r\n\n", end, "\n/blob/", account, "/", container, "/", blob, "\n\n\n\n",
                                  kAzureVersion, "\nb\n\n\n\n\n\n\n");
  DH_ASSIGN_OR_RETURN(const std::string signature, HmacSha256(key, text));
  return EncodeQuery({{"sp", "r"}, {"se", end}, {"sv", kAzureVersion}, {"sr", "b"}, {"sig", Base64(signature)}});
}

}  // namespace datahaul
