#include "secrets/secret_store.h"

#include <fstream>
#include <map>
#include <sstream>

#include "gtest/gtest.h"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "secrets/encryption_key.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

constexpr char kKey[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr char kOtherKey[] = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr char kPlanted[] = "planted-s3cr3t-value";

class SecretStoreTest : public testing::Test {
 protected:
  std::string folder() const { return folder_.path() + "/secrets"; }
  SecretStore Store() {
    return SecretStore(folder(), [this](const char* name) { return environment_[name]; });
  }
  static std::string Text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static unsigned ModeOf(const std::string& path) {
    struct stat info{};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }

  const TempFolder folder_;
  std::map<std::string, std::string> environment_{{"DATAHAUL_SECRETS_KEY", kKey}};
};

TEST_F(SecretStoreTest, KeepsWhatItIsGiven) {
  const SecretValues values{
      {"access-key-id", "AKIA"}, {"secret-access-key", kPlanted}, {"key.json", "{\n}\n"}, {"none", ""}};
  ASSERT_EQ(Store().Set("nightly", values), absl::OkStatus());
  EXPECT_EQ(*Store().Get("nightly"), values);
}

TEST_F(SecretStoreTest, SettingReplacesTheWhole) {
  ASSERT_EQ(Store().Set("a", {{"k", "1"}, {"l", "2"}}), absl::OkStatus());
  ASSERT_EQ(Store().Set("a", {{"k", "3"}}), absl::OkStatus());
  EXPECT_EQ(*Store().Get("a"), (SecretValues{{"k", "3"}}));
}

TEST_F(SecretStoreTest, NothingOnDiskHoldsAValueNorCanOthersReadIt) {
  ASSERT_EQ(Store().Set("a", {{"k", kPlanted}}), absl::OkStatus());
  const std::string text = Text(folder() + "/a.secret");
  EXPECT_EQ(text.find(kPlanted), text.npos);
  EXPECT_EQ(text.find(Base64(kPlanted)), text.npos);
  EXPECT_EQ(text.rfind("datahaul-secret 1\nk ", 0), 0u) << text;
  EXPECT_EQ(ModeOf(folder() + "/a.secret"), 0600u);
  EXPECT_EQ(ModeOf(folder()), 0700u);
}

TEST_F(SecretStoreTest, ListsNamesAndKeysWithoutAKey) {
  EXPECT_TRUE(Store().List()->empty());
  ASSERT_EQ(Store().Set("b", {{"x", "1"}, {"y", "2"}}), absl::OkStatus());
  ASSERT_EQ(Store().Set("a", {{"z", "3"}}), absl::OkStatus());
  Write(folder() + "/notes.txt", "somebody else's");
  environment_.clear();
  const std::vector<SecretInfo> listed = *Store().List();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].name, "a");
  EXPECT_EQ(listed[1].name, "b");
  EXPECT_EQ(listed[1].keys, (std::vector<std::string>{"x", "y"}));
}

TEST_F(SecretStoreTest, RemovesThem) {
  ASSERT_EQ(Store().Set("a", {{"k", "1"}}), absl::OkStatus());
  ASSERT_EQ(Store().Remove("a"), absl::OkStatus());
  EXPECT_EQ(Store().Get("a").status().code(), absl::StatusCode::kNotFound);
  const absl::Status again = Store().Remove("a");
  EXPECT_EQ(again.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(Message(again).find("datahaul secrets set a"), std::string_view::npos) << again;
}

TEST_F(SecretStoreTest, WithoutAKeyNothingIsStoredAndTheCommandThatMakesOneIsNamed) {
  environment_ = {{"HOME", folder_.path()}};
  const absl::Status status = Store().Set("a", {{"k", kPlanted}});
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_NE(Message(status).find("`datahaul secrets make-key`"), std::string_view::npos) << status;
  EXPECT_EQ(Message(status).find(kPlanted), std::string_view::npos) << status;
  struct stat info{};
  EXPECT_NE(stat(folder().c_str(), &info), 0) << "nothing was made";
}

TEST_F(SecretStoreTest, AKeyComesFromTheEnvironmentAFileOrACommand) {
  ASSERT_EQ(Store().Set("a", {{"k", "1"}}), absl::OkStatus());
  Write(folder_.path() + "/key", StrCat(kKey, "\n"));
  environment_ = {{"DATAHAUL_SECRETS_KEY_FILE", folder_.path() + "/key"}};
  EXPECT_EQ(Store().Get("a")->at("k"), "1");
  environment_ = {{"DATAHAUL_SECRETS_KEY_COMMAND", "cat '" + folder_.path() + "/key'"}};
  EXPECT_EQ(Store().Get("a")->at("k"), "1");
  environment_ = {{"DATAHAUL_SECRETS_KEY_COMMAND", "echo oops >&2; exit 3"}};
  const absl::Status status = Store().Get("a").status();
  EXPECT_NE(Message(status).find("it ended with 3"), std::string_view::npos) << status;
}

TEST_F(SecretStoreTest, AKeyThatWasMadeIsFoundAndIsNotReplaced) {
  environment_ = {{"XDG_CONFIG_HOME", folder_.path()}};
  const std::string path = *EncryptionKey::DefaultFile([this](const char* name) { return environment_[name]; });
  EXPECT_EQ(path, folder_.path() + "/datahaul/secrets.key");
  ASSERT_EQ(EncryptionKey::MakeFile(path), absl::OkStatus());
  EXPECT_EQ(ModeOf(path), 0600u);
  const std::string key = Text(path);
  EXPECT_EQ(EncryptionKey::MakeFile(path).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Text(path), key);
  ASSERT_EQ(Store().Set("a", {{"k", "1"}}), absl::OkStatus());
  EXPECT_EQ(Store().Get("a")->at("k"), "1");
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  const absl::Status status = Store().Get("a").status();
  EXPECT_NE(Message(status).find("chmod 600"), std::string_view::npos) << status;
}

TEST_F(SecretStoreTest, AKeyThatIsNoneIsRefusedWithoutBeingShown) {
  for (const std::string key : {"too-short", "AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}) {
    environment_["DATAHAUL_SECRETS_KEY"] = key;
    const absl::Status status = Store().Set("a", {{"k", "1"}});
    EXPECT_EQ(RetryOf(status), Retry::kHuman) << key;
    EXPECT_EQ(Message(status).find(key), std::string_view::npos) << status;
  }
}

TEST_F(SecretStoreTest, WhatWasTamperedWithIsNotUsed) {
  ASSERT_EQ(Store().Set("a", {{"k", kPlanted}, {"l", "other"}}), absl::OkStatus());
  const std::string path = folder() + "/a.secret", text = Text(path);
  const size_t k = text.find("\nk ") + 3, l = text.find("\nl ") + 3;
  const std::string of_k = text.substr(k, text.find('\n', k) - k), of_l = text.substr(l, text.find('\n', l) - l);
  std::string flipped = text;
  flipped[k + 5] = flipped[k + 5] == 'A' ? 'B' : 'A';
  const std::string cases[] = {
      flipped,
      StrCat("datahaul-secret 1\nk ", of_l, "\nl ", of_k, "\n"),
      StrCat("datahaul-secret 1\nk ", of_k.substr(0, 12), "\n"),
      StrCat("datahaul-secret 1\nk\n"),
      StrCat("datahaul-secret 2\nk ", of_k, "\n"),
      text.substr(0, text.size() - 1),
      "",
  };
  for (const std::string& changed : cases) {
    Write(path, changed);
    const absl::StatusOr<SecretValues> values = Store().Get("a");
    EXPECT_FALSE(values.ok()) << changed;
    EXPECT_EQ(Message(values.status()).find(kPlanted), std::string_view::npos) << values.status();
  }
  Write(folder() + "/b.secret", text);
  EXPECT_FALSE(Store().Get("b").ok()) << "a secret cannot be given another name";
  Write(path, text);
  environment_["DATAHAUL_SECRETS_KEY"] = kOtherKey;
  const absl::Status status = Store().Get("a").status();
  EXPECT_NE(Message(status).find("decrypting k of the secret a"), std::string_view::npos) << status;
  EXPECT_NE(Message(status).find("DATAHAUL_SECRETS_KEY"), std::string_view::npos) << status;
}

TEST_F(SecretStoreTest, NamesStayInTheFolder) {
  for (const char* name : {"", "../a", "a/b", ".a", "a b", "ä"}) {
    EXPECT_EQ(RetryOf(Store().Set(name, {{"k", "1"}})), Retry::kUsage) << name;
    EXPECT_EQ(RetryOf(Store().Get(name).status()), Retry::kUsage) << name;
    EXPECT_EQ(RetryOf(Store().Set("a", {{name, "1"}})), Retry::kUsage) << name;
  }
  EXPECT_EQ(RetryOf(Store().Set(std::string(101, 'a'), {})), Retry::kUsage);
}

TEST_F(SecretStoreTest, WhoeverReadOneLeavesNoCoreFile) {
  ASSERT_EQ(Store().Set("a", {{"k", "1"}}), absl::OkStatus());
  ASSERT_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
  ASSERT_EQ(Store().Get("a").status(), absl::OkStatus());
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, 0u);
  prctl(PR_SET_DUMPABLE, 1);
}

}  // namespace
}  // namespace datahaul
