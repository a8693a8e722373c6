#include "objects/pieces.h"

#include <vector>

#include "gtest/gtest.h"

#include "io/checksum.h"

namespace datahaul {
namespace {

TEST(Pieces, TheWholeIsAllOfThemInOrder) {
  const std::vector<UploadPiece> pieces = {{.number = 2, .size = 4, .crc32c = Crc32c("1234")},
                                           {.number = 9, .size = 5, .crc32c = Crc32c("56789")}};
  EXPECT_EQ(WholeOf(pieces).size, 9u);
  EXPECT_EQ(WholeOf(pieces).crc32c, 0xe3069283);
  EXPECT_EQ(WholeOf({}).size, 0u);
  EXPECT_EQ(WholeOf({}).crc32c, 0u);
}

TEST(Pieces, NumbersMustRise) {
  EXPECT_TRUE(CheckOrder("x", {}).ok());
  EXPECT_TRUE(CheckOrder("x", std::vector<UploadPiece>{{.number = 0}, {.number = 7}}).ok());
  EXPECT_EQ(CheckOrder("x", std::vector<UploadPiece>{{.number = 7}, {.number = 7}}).code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace datahaul
