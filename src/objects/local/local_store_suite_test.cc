#include <memory>
#include <utility>

#include "objects/local/local_store.h"
#include "testing/memory_store.h"
#include "testing/object_store_suite.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

// With the folder that it is in.
class TemporaryStore final : public LocalStore {
 public:
  const std::string& folder() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

StoreUnderTest::Opened OpenLocal() {
  auto store = std::make_unique<TemporaryStore>();
  const std::string folder = store->folder() + "/new";
  return {std::move(store), folder};
}

StoreUnderTest::Opened OpenMemory() { return {std::make_unique<MemoryStore>(), "memory://all"}; }

INSTANTIATE_TEST_SUITE_P(Local, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{
                             .name = "Local", .open = &OpenLocal, .names_like_folders = false}));  // they are folders

INSTANTIATE_TEST_SUITE_P(Memory, ObjectStoreSuite, ::testing::Values(StoreUnderTest{"Memory", &OpenMemory}));

}  // namespace
}  // namespace datahaul
