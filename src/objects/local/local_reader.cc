#include "objects/local/local_reader.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

absl::StatusOr<std::unique_ptr<ByteReader>> LocalReader::Open(const std::string& path) {
  DH_ASSIGN_OR_RETURN(File file, File::Open(path, File::Mode::kRead));
  DH_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  return std::unique_ptr<ByteReader>(new LocalReader(std::move(file), size));
}

absl::StatusOr<size_t> LocalReader::ReadAt(uint64_t offset, char* out, size_t size) const {
  if (offset >= size_) return 0;
  const size_t want = std::min<uint64_t>(size, size_ - offset);
  DH_ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(offset, out, want));
  if (got < want) {
    return DataError(StrCat("reading ", uri(), " at byte ", offset + got, ": the file ends here, expected ", size_,
                            " bytes; it was cut while being read"));
  }
  return got;
}

}  // namespace datahaul
