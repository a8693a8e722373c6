#include "model/record.h"

#include "base/text.h"

namespace datahaul {

void Reject::Keep(std::string_view original) {
  length = original.size();
  bytes = original.substr(0, kMostBytes);
  if (cut()) StrAppend(&reason, "; only the first ", kMostBytes, " of its ", length, " bytes are kept");
}

}  // namespace datahaul
