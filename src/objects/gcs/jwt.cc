#include "objects/gcs/jwt.h"

#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"
#include "http/digest.h"

namespace datahaul {
namespace {

constexpr int64_t kGoodForSeconds = 3600;  // the most that Google allows

// RFC 4648 section 5, without padding.
std::string Base64Url(std::string_view bytes) {
  std::string text = Base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

}  // namespace

absl::StatusOr<std::string> SignedJwt(const JwtClaims& claims, std::string_view private_key) {
  JsonWriter header, body;
  header.BeginObject().Field("alg", "RS256").Field("typ", "JWT");
  if (!claims.key_id.empty()) header.Field("kid", claims.key_id);
  header.EndObject();
  const int64_t now = claims.issued_at / 1'000'000;
  body.BeginObject().Field("iss", claims.issuer).Field("scope", claims.scope).Field("aud", claims.audience);
  body.Field("iat", now).Field("exp", now + kGoodForSeconds).EndObject();
  const std::string text = StrCat(Base64Url(header.text()), ".", Base64Url(body.text()));
  DH_ASSIGN_OR_RETURN(const std::string signature, RsaSha256(private_key, text));
  return StrCat(text, ".", Base64Url(signature));
}

}  // namespace datahaul
