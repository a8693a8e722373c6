#include "layout/managed_export/field_reader.h"

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

absl::StatusOr<bool> FieldReader::Next() {
  if (!taken_ && !in_.Skip(tag_)) return Malformed("a whole field");
  if (in_.done()) return false;
  field_ = in_.next;
  taken_ = false;
  if (!in_.ReadTag(&tag_)) return Malformed("a field's tag");
  return true;
}

absl::StatusOr<uint64_t> FieldReader::TakeVarint() {
  DH_RETURN_IF_ERROR(ExpectType(wire::kVarint, "a number"));
  uint64_t value;
  if (!in_.ReadVarint(&value)) return Malformed("a number");
  return value;
}

absl::StatusOr<std::string_view> FieldReader::TakeBytes() {
  DH_RETURN_IF_ERROR(ExpectType(wire::kBytes, "text or a message"));
  std::string_view bytes;
  if (!in_.ReadBytes(&bytes)) return Malformed("text or a message");
  return bytes;
}

absl::StatusOr<FieldReader> FieldReader::TakeMessage() {
  DH_ASSIGN_OR_RETURN(const std::string_view bytes, TakeBytes());
  return FieldReader(bytes, place_, offset_ + static_cast<uint64_t>(bytes.data() - begin_));
}

absl::Status FieldReader::ExpectType(wire::Type type, std::string_view name) {
  if ((tag_ & 7) != type) return Expected(name, StrCat("wire type ", tag_ & 7));
  taken_ = true;
  return absl::OkStatus();
}

absl::Status FieldReader::Malformed(std::string_view what) const { return Expected(what, "malformed or cut bytes"); }

absl::Status FieldReader::Expected(std::string_view what, std::string_view found) const {
  return DataError(StrCat(place_, " at byte ", offset_ + static_cast<uint64_t>(field_ - begin_), " (field ", number(),
                          "): expected ", what, ", found ", found,
                          "; restore the metadata file, or give the output files themselves"));
}

}  // namespace datahaul
