#include "connector/objects/objects_reader.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/splitter.h"
#include "io/decompressing_reader.h"

namespace datahaul {

ObjectsReader::ObjectsReader(ObjectStore* store, const Format* format, std::shared_ptr<const ObjectList> list,
                             const Span& span, const DecodeOptions& options)
    : format_(format),
      list_(std::move(list)),
      objects_(list_->objects),
      span_(span),
      options_(options),
      object_(span.begin.object),
      opener_(store, &objects_) {}

absl::Status ObjectsReader::Read(RecordBatch* batch) {
  while (!done()) {
    if (decoder_ == nullptr) DH_RETURN_IF_ERROR(Open());
    DH_RETURN_IF_ERROR(decoder_->Read(batch));
    if (!batch->empty() || batch->input_bytes > 0) {
      batch->cursor = StrCat(object_, ":", batch->cursor);
      batch->object = objects_[object_].uri;
      return absl::OkStatus();
    }
    Close();
    ++object_;
  }
  batch->Clear();
  return absl::OkStatus();
}

absl::Status ObjectsReader::Open() {
  const DataObject& object = objects_[object_];
  const bool first = object_ == span_.begin.object, compressed = object.compression != Compression::kNone;
  const ByteRange range{first ? span_.begin.offset : 0, Splitter(objects_, format_->traits()).EndIn(span_, object_)};
  const uint64_t end = std::min<uint64_t>(objects_.size(), span_.end.object + (span_.end.offset > 0 ? 1 : 0));
  DH_ASSIGN_OR_RETURN(stored_, opener_.Open(object_, compressed ? ObjectStore::kWholeObject : range, end));
  if (stored_->size() != object.size) {
    return HumanError(StrCat("reading ", object.uri, ": it changed while being read: expected ", object.size,
                             " bytes, found ", stored_->size(), "; restore it and resume the job, or begin a new one"));
  }
  const std::string_view version = stored_->version();
  if (!version.empty() && !object.version.empty() && version != object.version) {
    return HumanError(StrCat("reading ", object.uri, ": it was replaced while being read: expected version ",
                             object.version, ", found ", version, "; begin a new job"));
  }
  if (compressed) {
    DH_ASSIGN_OR_RETURN(plain_, NewDecompressingReader(stored_.get(), object.compression));
  }
  const ByteReader* reader = compressed ? plain_.get() : stored_.get();
  DecodeOptions options = options_;
  if (list_->csv) options.csv = list_->csv;
  if (list_->schema != nullptr && object.only) options.schema = list_->schema->Find(object.only->ns, object.only->kind);
  DH_ASSIGN_OR_RETURN(decoder_, format_->NewDecoder(reader, range, first ? span_.resume : 0, options));
  return absl::OkStatus();
}

void ObjectsReader::Close() {
  decoder_.reset();
  plain_.reset();
  stored_.reset();
}

}  // namespace datahaul
