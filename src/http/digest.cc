#include "http/digest.h"

#include <dlfcn.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

struct Libcrypto {
  decltype(&EVP_sha256) sha256;
  decltype(&EVP_Digest) digest;
  decltype(&HMAC) hmac;
};

template <typename Function>
bool Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(::dlsym(library, name));
  return *function != nullptr;
}

absl::StatusOr<const Libcrypto*> Load() {
  constexpr char kRemedy[] = "; install libssl3 (Debian 12) or libssl3t64 (Ubuntu 24.04)";
  void* library = ::dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return HumanError(StrCat("loading OpenSSL: ", ::dlerror(), kRemedy));
  auto* crypto = new Libcrypto();  // lives as long as the program
  if (!Find(library, "EVP_sha256", &crypto->sha256) || !Find(library, "EVP_Digest", &crypto->digest) ||
      !Find(library, "HMAC", &crypto->hmac)) {
    return HumanError(StrCat("loading OpenSSL: it is too old", kRemedy));
  }
  return crypto;
}

absl::StatusOr<const Libcrypto*> LoadLibcrypto() {
  static const absl::StatusOr<const Libcrypto*>& loaded = *new absl::StatusOr<const Libcrypto*>(Load());
  return loaded;
}

unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

absl::StatusOr<std::string> Sha256(std::string_view bytes) {
  DH_ASSIGN_OR_RETURN(const Libcrypto* crypto, LoadLibcrypto());
  std::string digest(32, '\0');
  unsigned size = 0;
  if (crypto->digest(bytes.data(), bytes.size(), Bytes(&digest), &size, crypto->sha256(), nullptr) != 1) {
    return InternalError("hashing with SHA-256: OpenSSL refuses");
  }
  return digest;
}

absl::StatusOr<std::string> HmacSha256(std::string_view key, std::string_view bytes) {
  DH_ASSIGN_OR_RETURN(const Libcrypto* crypto, LoadLibcrypto());
  std::string digest(32, '\0');
  unsigned size = 0;
  if (crypto->hmac(crypto->sha256(), key.data(), static_cast<int>(key.size()), Bytes(bytes), bytes.size(),
                   Bytes(&digest), &size) == nullptr) {
    return InternalError("signing with HMAC-SHA-256: OpenSSL refuses");
  }
  return digest;
}

}  // namespace datahaul
