#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_READER_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_READER_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/object_list.h"
#include "connector/objects/object_opener.h"
#include "connector/objects/span.h"
#include "model/format.h"
#include "model/object_store.h"
#include "model/source.h"

namespace datahaul {

// The records of a span, object by object. Its cursors are Positions as text. An object that is not as large as the
// list says has changed: FAILED_PRECONDITION. Not safe for concurrent use.
class ObjectsReader : public Reader {
 public:
  // `store` and `format` must outlive it. `span` may be a Splitter::Rest.
  ObjectsReader(ObjectStore* store, const Format* format, std::shared_ptr<const ObjectList> list, const Span& span,
                const DecodeOptions& options);

  absl::Status Read(RecordBatch* batch) override;

 private:
  bool done() const { return object_ >= objects_.size() || Position{object_, 0} >= span_.end; }
  absl::Status Open();
  void Close();

  const Format* const format_;
  const std::shared_ptr<const ObjectList> list_;
  const std::vector<DataObject>& objects_;  // of list_
  const Span span_;
  const DecodeOptions options_;
  uint64_t object_;
  ObjectOpener opener_;
  std::unique_ptr<ByteReader> stored_;  // the object as it is
  std::unique_ptr<ByteReader> plain_;   // decompressed; null if it is not compressed
  std::unique_ptr<Decoder> decoder_;    // null between objects
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_READER_H_
