#include "testing/memory_sink.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "testing/sink_suite.h"

namespace datahaul {
namespace {

class MemoryWorld final : public SinkWorld {
 public:
  explicit MemoryWorld(bool ordered) : options_{.ordered = ordered} {}
  ~MemoryWorld() override { EXPECT_THAT(destination_.breaches, testing::IsEmpty()) << "the suite's own"; }

  std::unique_ptr<Sink> Open() override { return std::make_unique<MemorySink>(&destination_, options_); }
  std::vector<std::string> Published() override {
    std::vector<std::string> rows;
    for (const auto& [name, bytes] : destination_.published) {
      if (name.starts_with("_rejects")) continue;
      for (size_t begin = 0; begin < bytes.size(); begin = bytes.find('\n', begin) + 1) {
        rows.push_back(bytes.substr(begin, bytes.find(' ', begin) - begin));
      }
    }
    return rows;
  }
  bool IsEmpty() override {
    return destination_.published.empty() && destination_.partial.empty() && destination_.claimed_by.empty();
  }

 private:
  const MemorySinkOptions options_;
  MemoryDestination destination_;
};

INSTANTIATE_TEST_SUITE_P(Memory, SinkSuite,
                         ::testing::Values(SinkUnderTest{"ordered", [] { return std::make_unique<MemoryWorld>(true); }},
                                           SinkUnderTest{"unordered",
                                                         [] { return std::make_unique<MemoryWorld>(false); }}));

}  // namespace
}  // namespace datahaul
