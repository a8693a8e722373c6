#include "report/external_sorter.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

std::vector<std::string> ReadAll(EntryStream& stream) {
  std::vector<std::string> entries;
  while (true) {
    const auto entry = stream.Next();
    EXPECT_TRUE(entry.ok()) << entry.status();
    if (!entry.ok() || !entry->has_value()) return entries;
    entries.emplace_back(**entry);
  }
}

std::vector<std::string> RandomEntries(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<std::string> entries(count);
  for (std::string& entry : entries) {
    entry.resize(random.Below(40));
    for (char& c : entry) c = static_cast<char>(random.Below(4) * 85);  // 0x00 to 0xFF, and many equal beginnings
  }
  return entries;
}

class ExternalSorterTest : public testing::TestWithParam<size_t> {};

TEST_P(ExternalSorterTest, SortsAnyAmountInAnyMemory) {
  std::vector<std::string> entries = RandomEntries(5000, GetParam());
  ExternalSorter sorter(GetParam(), "");
  for (const std::string& entry : entries) ASSERT_TRUE(sorter.Add(entry).ok());
  const auto stream = sorter.Sort();
  ASSERT_TRUE(stream.ok()) << stream.status();
  std::sort(entries.begin(), entries.end());
  EXPECT_EQ(ReadAll(**stream), entries);
}

// In memory; a few runs; so many runs that they are merged in several rounds.
INSTANTIATE_TEST_SUITE_P(Memory, ExternalSorterTest, testing::Values(1 << 20, 20'000, 100, 1));

TEST(ExternalSorter, NothingIsNothing) {
  ExternalSorter sorter(100, "");
  const auto stream = sorter.Sort();
  ASSERT_TRUE(stream.ok());
  EXPECT_THAT(ReadAll(**stream), testing::IsEmpty());
}

TEST(ExternalSorter, ThreadsMayAddAtOnce) {
  ExternalSorter sorter(1000, "");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&sorter, t] {
      for (const std::string& entry : RandomEntries(500, t)) EXPECT_TRUE(sorter.Add(entry).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> expected;
  for (int t = 0; t < 4; ++t) {
    for (std::string& entry : RandomEntries(500, t)) expected.push_back(std::move(entry));
  }
  std::sort(expected.begin(), expected.end());
  const auto stream = sorter.Sort();
  ASSERT_TRUE(stream.ok());
  EXPECT_EQ(ReadAll(**stream), expected);
}

TEST(ExternalSorter, AFolderThatIsNotThereIsNamed) {
  ExternalSorter sorter(1, "/no/such/folder");
  ASSERT_TRUE(sorter.Add("a").ok());
  const absl::Status status = sorter.Add("b");
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("/no/such/folder"));
}

}  // namespace
}  // namespace datahaul
