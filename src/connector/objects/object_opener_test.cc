#include "connector/objects/object_opener.h"

#include <atomic>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/text.h"
#include "testing/memory_store.h"

namespace datahaul {
namespace {

class CountingStore final : public MemoryStore {
 public:
  absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri, ByteRange likely = kWholeObject) override {
    ++reads;
    return MemoryStore::Read(uri, likely);
  }
  std::atomic<int> reads = 0;
};

class ObjectOpenerTest : public testing::Test {
 protected:
  void Add(const std::string& name, size_t size) {
    store_.objects[name] = std::string(size, 'x');
    objects_.push_back({.uri = name, .size = size});
  }
  uint64_t Open(uint64_t object) {
    const auto reader = opener_.Open(object, {0, objects_[object].size}, objects_.size());
    EXPECT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->uri(), objects_[object].uri);
    return (*reader)->size();
  }

  CountingStore store_;
  std::vector<DataObject> objects_;
  ObjectOpener opener_{&store_, &objects_};
};

TEST_F(ObjectOpenerTest, OpensSmallObjectsAheadAndEachOnce) {
  for (int i = 0; i < 200; ++i) Add(StrCat("m:/", i), i);
  EXPECT_EQ(Open(0), 0u);
  EXPECT_EQ(store_.reads, 1) << "who wants one only, asks for one only";
  EXPECT_EQ(Open(1), 1u);
  EXPECT_EQ(store_.reads, 3);
  for (uint64_t i = 2; i < 200; ++i) EXPECT_EQ(Open(i), i);
  EXPECT_EQ(store_.reads, 200);
}

TEST_F(ObjectOpenerTest, OpensNoLargeObjectAhead) {
  for (int i = 0; i < 9; ++i) Add(StrCat("m:/", i), i % 3 == 2 ? 1 << 20 : 10);
  for (uint64_t i = 0; i < 9; ++i) Open(i);
  EXPECT_EQ(store_.reads, 9);
  EXPECT_EQ(Open(8), 1u << 20) << "nothing of it was kept";
  EXPECT_EQ(store_.reads, 10);
}

TEST_F(ObjectOpenerTest, AFailureIsToldOfTheObjectItIsOf) {
  for (int i = 0; i < 9; ++i) Add(StrCat("m:/", i), 10);
  store_.objects.erase("m:/5");
  for (uint64_t i = 0; i < 5; ++i) Open(i);
  EXPECT_EQ(opener_.Open(5, {0, 10}, 9).status().code(), absl::StatusCode::kNotFound);
  for (uint64_t i = 6; i < 9; ++i) Open(i);
}

TEST_F(ObjectOpenerTest, OpensAnObjectAsOftenAsItIsAskedTo) {
  for (int i = 0; i < 4; ++i) Add(StrCat("m:/", i), 10);
  for (const uint64_t object : {0, 1, 1, 1, 2, 2, 3}) Open(object);
}

TEST_F(ObjectOpenerTest, BeginsAgainWhereItIsToldTo) {
  for (int i = 0; i < 9; ++i) Add(StrCat("m:/", i), 10);
  for (const uint64_t object : {3, 4, 8, 0, 1, 2}) Open(object);
}

}  // namespace
}  // namespace datahaul
