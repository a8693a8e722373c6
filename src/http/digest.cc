#include "http/digest.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "base/shared_library.h"
#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

struct Libcrypto {
  decltype(&EVP_sha256) sha256;
  decltype(&EVP_Digest) digest;
  decltype(&HMAC) hmac;
  decltype(&BIO_new_mem_buf) new_bio;
  decltype(&BIO_free) free_bio;
  decltype(&PEM_read_bio_PrivateKey) read_key;
  decltype(&EVP_PKEY_free) free_key;
  decltype(&EVP_PKEY_get_base_id) type_of_key;
  decltype(&EVP_MD_CTX_new) new_context;
  decltype(&EVP_MD_CTX_free) free_context;
  decltype(&EVP_DigestSignInit) begin_signing;
  decltype(&EVP_DigestSign) sign;
};

absl::Status FindAll(SharedLibrary& library, Libcrypto* crypto) {
  return library.Find("EVP_sha256", &crypto->sha256)
      .Find("EVP_Digest", &crypto->digest)
      .Find("HMAC", &crypto->hmac)
      .Find("BIO_new_mem_buf", &crypto->new_bio)
      .Find("BIO_free", &crypto->free_bio)
      .Find("PEM_read_bio_PrivateKey", &crypto->read_key)
      .Find("EVP_PKEY_free", &crypto->free_key)
      .Find("EVP_PKEY_get_base_id", &crypto->type_of_key)
      .Find("EVP_MD_CTX_new", &crypto->new_context)
      .Find("EVP_MD_CTX_free", &crypto->free_context)
      .Find("EVP_DigestSignInit", &crypto->begin_signing)
      .Find("EVP_DigestSign", &crypto->sign)
      .status();
}

absl::StatusOr<const Libcrypto*> Load() {
  DH_ASSIGN_OR_RETURN(
      SharedLibrary library,
      SharedLibrary::Load("libcrypto.so.3", "OpenSSL", "install libssl3 (Debian 12) or libssl3t64 (Ubuntu 24.04)"));
  auto crypto = std::make_unique<Libcrypto>();
  DH_RETURN_IF_ERROR(FindAll(library, crypto.get()));
  return crypto.release();  // lives as long as the program
}

absl::StatusOr<const Libcrypto*> LoadLibcrypto() {
  static const absl::StatusOr<const Libcrypto*>& loaded = *new absl::StatusOr<const Libcrypto*>(Load());
  return loaded;
}

unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Nobody is asked for one.
int NoPassphrase(char*, int, int, void*) { return -1; }

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

absl::StatusOr<std::string> RsaSha256(std::string_view private_key, std::string_view bytes) {
  DH_ASSIGN_OR_RETURN(const Libcrypto* crypto, LoadLibcrypto());
  const std::unique_ptr<BIO, decltype(crypto->free_bio)> bio(
      crypto->new_bio(private_key.data(), static_cast<int>(private_key.size())), crypto->free_bio);
  const std::unique_ptr<EVP_PKEY, decltype(crypto->free_key)> key(
      bio == nullptr ? nullptr : crypto->read_key(bio.get(), nullptr, &NoPassphrase, nullptr), crypto->free_key);
  if (key == nullptr || crypto->type_of_key(key.get()) != EVP_PKEY_RSA) {
    return HumanError("signing: expected a private RSA key in PEM without a passphrase, found something else");
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(crypto->free_context)> context(crypto->new_context(),
                                                                            crypto->free_context);
  size_t size = 0;
  std::string signature;
  if (context != nullptr && crypto->begin_signing(context.get(), nullptr, crypto->sha256(), nullptr, key.get()) == 1 &&
      crypto->sign(context.get(), nullptr, &size, Bytes(bytes), bytes.size()) == 1) {
    signature.resize(size);
    if (crypto->sign(context.get(), Bytes(&signature), &size, Bytes(bytes), bytes.size()) == 1) {
      signature.resize(size);
      return signature;
    }
  }
  return InternalError("signing with RSA and SHA-256: OpenSSL refuses");
}

}  // namespace datahaul
