#include "model/source.h"

#include "base/text.h"

namespace datahaul {

std::string PayloadBytesNote(const Snapshot& snapshot, uint64_t found) {
  if (!snapshot.payload_bytes || *snapshot.payload_bytes == found) return "";
  return StrCat("the metadata counts ", *snapshot.payload_bytes, " bytes, but the files have ", snapshot.bytes,
                " and the records in them ", found,
                ": a file may have been replaced by another one; fetch the source again if that was not meant");
}

}  // namespace datahaul
