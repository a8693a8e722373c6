#include "testing/memory_source.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "base/text.h"
#include "testing/source_suite.h"

namespace datahaul {
namespace {

const MemoryData& Data() {
  static const MemoryData data = [] {
    MemoryData all;
    for (int64_t i = 0; i < 40; ++i) {
      all.records.push_back(
          {.ns = i < 25 ? "" : "ns", .kind = StrCat("K", i % 3), .id = i, .text = StrCat("text ", i)});
    }
    all.records[7].what = MemoryRecord::What::kReject;
    all.records[30].what = MemoryRecord::What::kLost;
    all.promised = 40;
    return all;
  }();
  return data;
}

INSTANTIATE_TEST_SUITE_P(Memory, SourceSuite,
                         ::testing::Values(SourceUnderTest{"memory",
                                                           [] { return std::make_unique<MemorySource>(&Data()); }}));

}  // namespace
}  // namespace datahaul
