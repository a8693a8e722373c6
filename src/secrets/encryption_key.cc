#include "secrets/encryption_key.h"

#include <cstdio>
#include <memory>
#include <sodium.h>
#include <utility>

#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"
#include "secrets/private_file.h"

namespace datahaul {
namespace {

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr char kVariable[] = "DATAHAUL_SECRETS_KEY";
constexpr char kFileVariable[] = "DATAHAUL_SECRETS_KEY_FILE";
constexpr char kCommandVariable[] = "DATAHAUL_SECRETS_KEY_COMMAND";

// Must come before all else of libsodium. Cheap after the first time.
void StartSodium() {
  static const int started = sodium_init();
  (void)started;  // fails only where the system has no randomness, and then aborts on first use
}

const uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

absl::StatusOr<std::string> OutputOf(const std::string& command) {
  const auto failed = [&command](std::string_view why) {
    return HumanError(StrCat("getting the encryption key from `", command, "` (", kCommandVariable, "): ", why));
  };
  // Standard input may hold the values that are to be stored.
  FILE* const pipe = ::popen(StrCat("{ ", command, "\n} </dev/null").c_str(), "re");
  if (pipe == nullptr) return failed("it could not be started");
  std::string text;
  char buffer[512];
  for (size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
  sodium_memzero(buffer, sizeof buffer);
  const int status = ::pclose(pipe);
  if (status != 0)
    return failed(StrCat("it ended with ", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
  return text;
}

// Others may be meant to read a file that somebody named; ours is for nobody else.
absl::Status CheckPrivate(const std::string& path) {
  DH_ASSIGN_OR_RETURN(const File file, File::Open(path, File::Mode::kRead));
  struct stat info{};
  if (::fstat(file.fd(), &info) != 0 || (info.st_mode & 077) == 0) return absl::OkStatus();
  return HumanError(StrCat("reading the encryption key ", path, ": others may read it, too; `chmod 600 ", path, "`"));
}

}  // namespace

EncryptionKey::~EncryptionKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

absl::StatusOr<std::string> EncryptionKey::DefaultFile(const Environment& environment) {
  const std::string config = environment("XDG_CONFIG_HOME");
  if (config.starts_with('/')) return JoinPath(config, "datahaul/secrets.key");
  const std::string home = environment("HOME");
  if (home.starts_with('/')) return JoinPath(home, ".config/datahaul/secrets.key");
  return HumanError(StrCat("finding the encryption key: neither XDG_CONFIG_HOME nor HOME is set; set ", kFileVariable));
}

absl::StatusOr<EncryptionKey> EncryptionKey::Load(const Environment& environment) {
  StartSodium();
  if (const std::string text = environment(kVariable); !text.empty()) return Parse(text, kVariable);
  if (const std::string path = environment(kFileVariable); !path.empty()) {
    const absl::StatusOr<std::string> text = ReadFile(path);
    if (text.ok()) return Parse(*text, path);
    return HumanError(StrCat("reading the encryption key that ", kFileVariable, " names: ", Message(text.status())));
  }
  if (const std::string command = environment(kCommandVariable); !command.empty()) {
    DH_ASSIGN_OR_RETURN(const std::string text, OutputOf(command));
    return Parse(text, StrCat("`", command, "`"));
  }
  DH_ASSIGN_OR_RETURN(const std::string path, DefaultFile(environment));
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
  if (!info) {
    return HumanError(
        StrCat("finding the key that secrets are encrypted with: there is none; `datahaul secrets make-key` "
               "makes one in ",
               path, ", or set ", kVariable, ", ", kFileVariable, " or ", kCommandVariable));
  }
  DH_RETURN_IF_ERROR(CheckPrivate(path));
  DH_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return Parse(text, path);
}

absl::StatusOr<EncryptionKey> EncryptionKey::Parse(std::string_view text, std::string origin) {
  text = Trimmed(text);
  std::string bytes(text.size(), '\0');
  const std::optional<size_t> size = UnBase64To(bytes.data(), text);
  if (size != kSize) {
    return HumanError(StrCat("reading the encryption key from ", origin, ": expected 32 bytes as base64, found ",
                             text.size(), " characters", size ? "" : " that are not base64"));
  }
  EncryptionKey key;
  std::copy_n(bytes.begin(), kSize, key.bytes_.begin());
  sodium_memzero(bytes.data(), bytes.size());
  key.origin_ = std::move(origin);
  return key;
}

absl::Status EncryptionKey::MakeFile(const std::string& path) {
  StartSodium();
  std::string bytes(kSize, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  DH_RETURN_IF_ERROR(MakeFolders(ParentFolder(path)).status());
  absl::Status status = CreatePrivateFile(path, StrCat(Base64(bytes), "\n"));
  if (status.code() != absl::StatusCode::kAlreadyExists) return status;
  return WithRetry(absl::AlreadyExistsError(StrCat("making the encryption key ", path,
                                                   ": there is one already, which the secrets stored with it need")),
                   Retry::kHuman);
}

std::string EncryptionKey::Encrypt(std::string_view bytes, std::string_view context) const {
  std::string out(kNonce + bytes.size() + kTag, '\0');
  randombytes_buf(out.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(out) + kNonce, nullptr, Bytes(bytes), bytes.size(), Bytes(context),
                                             context.size(), nullptr, Bytes(out), bytes_.data());
  return out;
}

absl::StatusOr<std::string> EncryptionKey::Decrypt(std::string_view encrypted, std::string_view context) const {
  if (encrypted.size() >= kNonce + kTag) {
    std::string out(encrypted.size() - kNonce - kTag, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(out), nullptr, nullptr, Bytes(encrypted) + kNonce,
                                                   encrypted.size() - kNonce, Bytes(context), context.size(),
                                                   Bytes(encrypted), bytes_.data()) == 0) {
      return out;
    }
  }
  return HumanError(StrCat("it was not encrypted with the key from ", origin_,
                           ", or has been changed since; give the key that it was stored with, or store it again"));
}

}  // namespace datahaul
