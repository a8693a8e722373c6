#include "secrets/secret_store.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_split.h"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"
#include "secrets/encryption_key.h"
#include "secrets/private_file.h"

namespace datahaul {
namespace {

constexpr std::string_view kHead = "datahaul-secret 1";
constexpr std::string_view kSuffix = ".secret";
constexpr size_t kLongestName = 100;

bool IsName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' && std::ranges::all_of(name, allowed);
}

absl::Status CheckName(std::string_view what, std::string_view name) {
  if (IsName(name)) return absl::OkStatus();
  const bool has_value = name.find('=') != name.npos;  // which is not for everybody to see
  return UsageError(StrCat("naming a ", what, ": expected letters, digits, '.', '_' and '-', at most ", kLongestName,
                           ", found ", has_value ? "'=' in it" : StrCat("\"", Shortened(name), "\"")));
}

// Values stand for this key of this secret only: files cannot be taken apart and put together otherwise.
std::string ContextOf(std::string_view name, std::string_view key) { return StrCat(kHead, "\n", name, "\n", key); }

struct Sealed {
  std::string key, value;  // value: base64 of what was encrypted
};

absl::StatusOr<std::vector<Sealed>> ReadSealed(const std::string& path) {
  DH_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const std::string head = StrCat(kHead, "\n");
  if (!text.starts_with(head) || !text.ends_with('\n')) {
    return DataError(StrCat("reading ", path, ": expected a whole secret, beginning with \"", kHead,
                            "\", found something else; store it again"));
  }
  std::vector<Sealed> sealed;
  for (std::string_view rest = std::string_view(text).substr(head.size()); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const size_t space = line.find(' ');
    if (space == line.npos) {
      return DataError(StrCat("reading ", path, ", line ", sealed.size() + 2,
                              ": expected a key and its value, found no space; store it again"));
    }
    sealed.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
  }
  return sealed;
}

absl::StatusOr<std::string> Open(const EncryptionKey& encryption, const std::string& name, const Sealed& sealed) {
  std::string bytes(sealed.value.size(), '\0');
  const std::optional<size_t> size = UnBase64To(bytes.data(), sealed.value);
  bytes.resize(size.value_or(0));
  absl::StatusOr<std::string> value = encryption.Decrypt(bytes, ContextOf(name, sealed.key));
  if (value.ok()) return value;
  return Annotate(value.status(), StrCat("decrypting ", sealed.key, " of the secret ", name));
}

absl::Status MakePrivateFolder(const std::string& folder) {
  DH_RETURN_IF_ERROR(MakeFolders(folder).status());
  return ::chmod(folder.c_str(), 0700) == 0 ? absl::OkStatus() : FileError(errno, "protecting", folder);
}

absl::Status NoSecret(std::string_view action, std::string_view name) {
  return WithRetry(absl::NotFoundError(StrCat(action, " the secret ", name,
                                              ": there is none of that name; `datahaul secrets "
                                              "list` shows those that there are, `datahaul secrets set ",
                                              name, "` stores one")),
                   Retry::kHuman);
}

}  // namespace

void KeepMemoryPrivate() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

absl::StatusOr<std::string> SecretStore::PathOf(std::string_view name) const {
  DH_RETURN_IF_ERROR(CheckSecretName(name));
  return JoinPath(folder_, StrCat(name, kSuffix));
}

absl::Status CheckSecretName(std::string_view name) { return CheckName("secret", name); }
absl::Status CheckSecretKey(std::string_view key) { return CheckName("key of a secret", key); }

absl::Status SecretStore::Set(const std::string& name, const SecretValues& values) const {
  KeepMemoryPrivate();
  DH_ASSIGN_OR_RETURN(const std::string path, PathOf(name));
  DH_ASSIGN_OR_RETURN(const EncryptionKey encryption, EncryptionKey::Load(environment_));
  std::string text = StrCat(kHead, "\n");
  for (const auto& [key, value] : values) {
    DH_RETURN_IF_ERROR(CheckSecretKey(key));
    StrAppend(&text, key, " ", Base64(encryption.Encrypt(value, ContextOf(name, key))), "\n");
  }
  DH_RETURN_IF_ERROR(MakePrivateFolder(folder_));
  return ReplacePrivateFile(path, text);
}

absl::StatusOr<SecretValues> SecretStore::Get(const std::string& name) const {
  KeepMemoryPrivate();
  DH_ASSIGN_OR_RETURN(const std::string path, PathOf(name));
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
  if (!info) return NoSecret("reading", name);
  DH_ASSIGN_OR_RETURN(const std::vector<Sealed> all, ReadSealed(path));
  DH_ASSIGN_OR_RETURN(const EncryptionKey encryption, EncryptionKey::Load(environment_));
  SecretValues values;
  for (const Sealed& sealed : all) {
    DH_ASSIGN_OR_RETURN(values[sealed.key], Open(encryption, name, sealed));
  }
  return values;
}

std::string SecretStore::Version(const std::string& name) const {
  const absl::StatusOr<std::string> path = PathOf(name);
  if (!path.ok()) return "";
  const absl::StatusOr<std::optional<FileInfo>> info = StatFile(*path);
  return info.ok() && *info ? (*info)->version : "";
}

absl::StatusOr<std::vector<SecretInfo>> SecretStore::List() const {
  std::vector<SecretInfo> secrets;
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> folder, StatFile(folder_));
  if (!folder) return secrets;
  std::vector<std::string> names;
  DH_RETURN_IF_ERROR(WalkFiles(folder_, [&names](const FoundFile& file) {
    if (file.name.ends_with(kSuffix)) names.push_back(file.name.substr(0, file.name.size() - kSuffix.size()));
    return true;
  }));
  std::erase_if(names, [](const std::string& name) { return !IsName(name); });  // somebody else's
  std::ranges::sort(names);
  for (std::string& name : names) {
    DH_ASSIGN_OR_RETURN(const std::vector<Sealed> all, ReadSealed(JoinPath(folder_, StrCat(name, kSuffix))));
    SecretInfo& info = secrets.emplace_back(SecretInfo{std::move(name), {}});
    for (const Sealed& sealed : all) info.keys.push_back(sealed.key);
  }
  return secrets;
}

absl::Status SecretStore::Remove(const std::string& name) const {
  DH_ASSIGN_OR_RETURN(const std::string path, PathOf(name));
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
  if (!info) return NoSecret("removing", name);
  DH_RETURN_IF_ERROR(RemoveFile(path));
  return SyncFolder(folder_);
}

}  // namespace datahaul
