#ifndef DATAHAUL_SECRETS_ENCRYPTION_KEY_H_
#define DATAHAUL_SECRETS_ENCRYPTION_KEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "objects/environment.h"

namespace datahaul {

// What secrets at rest are encrypted with: 32 bytes, as text 44 characters of base64. Encrypts with XChaCha20-Poly1305.
// Safe for concurrent use.
class EncryptionKey {
 public:
  // From DATAHAUL_SECRETS_KEY (its text), DATAHAUL_SECRETS_KEY_FILE (a file that holds it),
  // DATAHAUL_SECRETS_KEY_COMMAND (a shell command that prints it), or DefaultFile, the first that is there.
  // FAILED_PRECONDITION naming the command that makes one, where there is none.
  static absl::StatusOr<EncryptionKey> Load(const Environment& environment);
  // The file that Load looks for last: datahaul/secrets.key below XDG_CONFIG_HOME or ~/.config.
  static absl::StatusOr<std::string> DefaultFile(const Environment& environment);
  // Makes a new key, in a file that only its owner can read. ALREADY_EXISTS if there is one: what was stored with that
  // needs it.
  static absl::Status MakeFile(const std::string& path);

  ~EncryptionKey();
  EncryptionKey(const EncryptionKey&) = default;
  EncryptionKey& operator=(const EncryptionKey&) = default;

  // `context` must be the same for both, and is not part of the result. Another result every time.
  std::string Encrypt(std::string_view bytes, std::string_view context) const;
  // FAILED_PRECONDITION if that was encrypted with another key or context, or was changed.
  absl::StatusOr<std::string> Decrypt(std::string_view encrypted, std::string_view context) const;

 private:
  static constexpr size_t kSize = 32;

  static absl::StatusOr<EncryptionKey> Parse(std::string_view text, std::string origin);

  EncryptionKey() = default;

  std::array<uint8_t, kSize> bytes_{};
  std::string origin_;  // where it was found, for messages
};

}  // namespace datahaul

#endif  // DATAHAUL_SECRETS_ENCRYPTION_KEY_H_
