#include "objects/pieces.h"

#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"

namespace datahaul {

Whole WholeOf(std::span<const UploadPiece> pieces) {
  Whole whole;
  for (const UploadPiece& piece : pieces) {
    whole.crc32c = Crc32cCombine(whole.crc32c, piece.crc32c, piece.size);
    whole.size += piece.size;
  }
  return whole;
}

absl::Status CheckOrder(std::string_view uri, std::span<const UploadPiece> pieces) {
  for (size_t i = 1; i < pieces.size(); ++i) {
    if (pieces[i - 1].number >= pieces[i].number) {
      return InternalError(StrCat("finishing the upload of ", uri, ": its pieces are not in order"));
    }
  }
  return absl::OkStatus();
}

}  // namespace datahaul
