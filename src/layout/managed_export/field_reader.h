#ifndef DATAHAUL_LAYOUT_MANAGED_EXPORT_FIELD_READER_H_
#define DATAHAUL_LAYOUT_MANAGED_EXPORT_FIELD_READER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "format/entity_proto/wire.h"

namespace datahaul {

// Walks the fields of a small protobuf message, with messages that name the place. Metadata has no checksum of its own:
// whatever is not a well-formed field is an error. Not safe for concurrent use.
class FieldReader {
 public:
  // `place` begins every message ("reading x.export_metadata"); `offset` is where `message` begins in it.
  FieldReader(std::string_view message, std::string place, uint64_t offset = 0)
      : in_(message), begin_(message.data()), place_(std::move(place)), offset_(offset) {}

  // Moves to the next field; false at the end. What the caller does not take is passed over.
  absl::StatusOr<bool> Next();
  uint32_t number() const { return tag_ >> 3; }

  // The present field's value; DATA_LOSS if it has another wire type. Once at most.
  absl::StatusOr<uint64_t> TakeVarint();
  absl::StatusOr<std::string_view> TakeBytes();
  // The present field's value, a message, as a reader of its own.
  absl::StatusOr<FieldReader> TakeMessage();

  // DATA_LOSS at the present field: expected `what`, found its wire type or `found`.
  absl::Status Expected(std::string_view what, std::string_view found) const;

 private:
  absl::Status ExpectType(wire::Type type, std::string_view name);
  absl::Status Malformed(std::string_view what) const;

  wire::Input in_;
  const char* begin_;
  std::string place_;
  uint64_t offset_;
  const char* field_ = nullptr;  // where the present field begins
  uint32_t tag_ = 0;
  bool taken_ = true;
};

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_MANAGED_EXPORT_FIELD_READER_H_
