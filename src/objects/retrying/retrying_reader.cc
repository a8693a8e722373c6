#include "objects/retrying/retrying_reader.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

absl::StatusOr<size_t> RetryingReader::ReadAt(uint64_t offset, char* out, size_t size) const {
  if (offset >= inner_->size()) return 0;
  size = std::min<uint64_t>(size, inner_->size() - offset);
  for (size_t done = 0; done < size;) {
    DH_ASSIGN_OR_RETURN(const size_t got, retrier_->Call([&](uint32_t) {
      return inner_->ReadAt(offset + done, out + done, size - done);
    }));
    if (got == 0) {
      return DataError(StrCat("reading ", uri(), " at byte ", offset + done, ": expected ", inner_->size(),
                              " bytes, found its end"));
    }
    done += got;
  }
  return size;
}

}  // namespace datahaul
