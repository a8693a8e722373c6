#include "base/shared_library.h"

#include "gtest/gtest.h"

#include "base/status.h"

namespace datahaul {
namespace {

TEST(SharedLibrary, FindsFunctions) {
  absl::StatusOr<SharedLibrary> maths = SharedLibrary::Load("libm.so.6", "libm", "install libc6");
  ASSERT_TRUE(maths.ok()) << maths.status();
  double (*root)(double) = nullptr;
  EXPECT_EQ(maths->Find("sqrt", &root).status(), absl::OkStatus());
  EXPECT_EQ(root(9), 3);
}

TEST(SharedLibrary, NamesTheFirstThatIsMissing) {
  SharedLibrary maths = *SharedLibrary::Load("libm.so.6", "libm", "install libc6");
  double (*root)(double) = nullptr, (*other)(double) = nullptr;
  const absl::Status status = maths.Find("no_such_root", &other).Find("sqrt", &root).Find("nor_this", &other).status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_EQ(Message(status), "loading libm: it is too old, and has no no_such_root; install libc6");
}

TEST(SharedLibrary, SaysWhatToInstall) {
  const absl::Status status = SharedLibrary::Load("libnone-such.so.1", "none such", "install it").status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_NE(Message(status).find("libnone-such.so.1"), std::string_view::npos) << status;
  EXPECT_TRUE(Message(status).ends_with("; install it")) << status;
}

}  // namespace
}  // namespace datahaul
