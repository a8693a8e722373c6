#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_HEAD_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_HEAD_H_

#include <string>

#include "absl/status/statusor.h"

#include "io/compress.h"
#include "model/digest.h"
#include "model/format.h"

namespace datahaul {

// What a format has stand at the head of objects. Safe for concurrent use, but for UseSchema.
class ObjectHead {
 public:
  // `format` must outlive it.
  ObjectHead(const Format* format, EncodeOptions encode, Compression compression)
      : format_(format), encode_(std::move(encode)), compression_(compression) {}

  // Of all objects from now on; it must outlive them. Before any writer is open.
  void UseSchema(const Schema* schema) { encode_.schema = schema; }
  const EncodeOptions& encode() const { return encode_; }

  // Whether objects begin with a head: pieces are joined behind it. Otherwise each is an object of its own.
  bool joins() const { return format_->traits().concatenable; }
  // The head of an object of this kind, compressed as a member of its own where objects are; "" if it has none. Of a
  // format that does not join: a whole object without records.
  absl::StatusOr<std::string> Of(const KindName& name) const;

 private:
  const Format* const format_;
  EncodeOptions encode_;
  const Compression compression_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_HEAD_H_
