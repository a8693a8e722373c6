#include "report/keys_index.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "report/digest_scan.h"
#include "report/key_entry.h"
#include "testing/memory_source.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class KeysIndexTest : public testing::Test {
 protected:
  KeysIndexTest() {
    for (const int64_t id : {20, 3, 100}) data_.records.push_back({.kind = "User", .id = id, .text = "t"});
    data_.records.push_back({.ns = "ns", .kind = "a/b", .id = 1, .text = ""});
    const auto scan = ScanDigests(source_, {}, {}, nullptr, Side::kA);
    EXPECT_TRUE(scan.ok()) << scan.status();
    if (scan.ok()) digests_ = scan->digests;
  }

  absl::Status Write() {
    std::filesystem::create_directory(folder_ / "_keys");
    return WriteKeysIndex(source_, {}, digests_, folder_ / "_keys", {});
  }

  // The keys of all kinds, each after its kind's number; or what went wrong.
  absl::StatusOr<std::vector<std::string>> Read() {
    const auto index = KeysIndex::Find(folder_.path());
    if (!index.ok()) return index.status();
    const std::vector<KindName> kinds = {{"", "Nobody"}, {"", "User"}, {"ns", "a/b"}};
    const auto stream = (*index)->Read(kinds, digests_);
    std::vector<std::string> keys;
    while (true) {
      const auto entry = (*stream)->Next();
      if (!entry.ok()) return entry.status();
      if (!entry->has_value()) return keys;
      const KeyEntry parsed = KeyEntry::Parse(**entry);
      keys.push_back(std::to_string(parsed.kind) + std::string(parsed.key));
    }
  }

  MemoryData data_;
  MemorySource source_{&data_};
  Digests digests_;
  TempFolder folder_;
};

TEST_F(KeysIndexTest, KeysComeBackSorted) {
  ASSERT_TRUE(Write().ok());
  EXPECT_TRUE(folder_.Has("_keys/User.keys"));
  EXPECT_TRUE(folder_.Has("_keys/ns/a%2Fb.keys"));
  const auto keys = Read();
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_THAT(*keys, ElementsAre(R"(1{"database":"","namespace":"","path":[["User",100]]})",
                                 R"(1{"database":"","namespace":"","path":[["User",20]]})",
                                 R"(1{"database":"","namespace":"","path":[["User",3]]})",
                                 R"(2{"database":"","namespace":"ns","path":[["a/b",1]]})"));
}

TEST_F(KeysIndexTest, NoneIsNull) {
  const auto index = KeysIndex::Find(folder_.path());
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(*index, nullptr);
}

TEST_F(KeysIndexTest, AFileThatIsCutIsDamaged) {
  ASSERT_TRUE(Write().ok());
  const std::string good = folder_.Read("_keys/User.keys");
  for (size_t size = 0; size < good.size(); ++size) {
    folder_.Write("_keys/User.keys", good.substr(0, size));
    EXPECT_FALSE(Read().ok()) << "cut at " << size;
  }
}

TEST_F(KeysIndexTest, HashesThatDoNotAddUpAreDamage) {
  ASSERT_TRUE(Write().ok());
  const std::string good = folder_.Read("_keys/User.keys");
  for (size_t i = good.rfind('\t'); i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    folder_.Write("_keys/User.keys", bad);
    EXPECT_FALSE(Read().ok()) << "changed at " << i;
  }
}

TEST_F(KeysIndexTest, LinesThatAreOutOfOrderAreDamage) {
  ASSERT_TRUE(Write().ok());
  const std::string good = folder_.Read("_keys/User.keys");
  const size_t second = good.find('\n') + 1;
  folder_.Write("_keys/User.keys", good.substr(second) + good.substr(0, second));
  EXPECT_FALSE(Read().ok());
}

TEST_F(KeysIndexTest, ASourceThatChangedIsAnError) {
  data_.records[0].text = "other";
  const absl::Status status = Write();
  EXPECT_THAT(std::string(status.message()), HasSubstr("must not change"));
  EXPECT_FALSE(folder_.Has("_keys/User.keys"));
}

}  // namespace
}  // namespace datahaul
