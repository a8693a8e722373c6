#include "connector/objects/objects_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/object_list.h"
#include "connector/objects/objects_reader.h"
#include "connector/objects/span.h"
#include "connector/objects/splitter.h"

namespace datahaul {
namespace {

// `text` must be of this source and fit its objects; "" as a cursor means the span's beginning.
absl::StatusOr<Span> RestOf(const Splitter& splitter, size_t objects, std::string_view range, std::string_view cursor) {
  const std::optional<Span> span = ParseSpan(range);
  if (!span || span->begin.object > objects || span->end > Position{objects, 0}) {
    return InternalError(
        StrCat("reading a job's partition: expected a span of ", objects, " objects, found \"", range, "\""));
  }
  if (cursor.empty()) return *span;
  const std::optional<Position> position = ParsePosition(cursor);
  if (!position || position->object >= objects) {
    return InternalError(StrCat("reading a job's cursor: expected OBJECT:OFFSET, found \"", cursor, "\""));
  }
  return splitter.Rest(*span, *position);
}

std::optional<uint64_t> Sum(std::optional<uint64_t> a, std::optional<uint64_t> b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

}  // namespace

ObjectsSource::ObjectsSource(ObjectStore* store, const Format* format, std::function<absl::StatusOr<DataSet>()> find,
                             DecodeOptions options)
    : store_(store),
      format_(format),
      find_(std::move(find)),
      options_(options),
      traits_{.exact_counts = true, .accepts_loss = options.skip_corrupt} {}

absl::StatusOr<Snapshot> ObjectsSource::Begin(const Selection& selection) {
  DH_ASSIGN_OR_RETURN(DataSet set, find_());
  Snapshot snapshot;
  snapshot.notes = std::move(set.notes);
  snapshot.records = snapshot.payload_bytes = 0;
  bool bytes_are_sizes = true;
  std::vector<DataObject> objects;
  for (DataPart& part : set.parts) {
    if (!MayMatch(part, selection)) continue;
    snapshot.records = Sum(snapshot.records, part.records);
    snapshot.payload_bytes = Sum(snapshot.payload_bytes, part.bytes);
    const uint64_t bytes_before = snapshot.bytes;
    for (DataObject& object : part.objects) {
      snapshot.bytes += object.size;
      objects.push_back(std::move(object));
    }
    bytes_are_sizes &= part.bytes == snapshot.bytes - bytes_before;
  }
  if (bytes_are_sizes) snapshot.payload_bytes.reset();  // emulators count so; nothing is left to be checked
  snapshot.objects = objects.size();
  snapshot.state = ToText(objects);
  return snapshot;
}

absl::StatusOr<std::vector<Partition>> ObjectsSource::Split(const Snapshot& snapshot, const Selection&,
                                                            const Partition* rest, const Cursor& after,
                                                            uint64_t target_bytes) {
  DH_ASSIGN_OR_RETURN(const Objects objects, ObjectsOf(snapshot));
  const Splitter splitter(*objects, format_->traits());
  if (rest == nullptr) return std::vector<Partition>{{"", ToText(splitter.Whole()), snapshot.bytes}};
  DH_ASSIGN_OR_RETURN(const Span span, RestOf(splitter, objects->size(), rest->range, after));
  std::vector<Partition> partitions;
  for (const SizedSpan& piece : splitter.Split(span, std::max<uint64_t>(target_bytes, 1))) {
    partitions.push_back({"", ToText(piece.span), piece.bytes});
  }
  return partitions;
}

absl::StatusOr<std::unique_ptr<Reader>> ObjectsSource::Open(const Snapshot& snapshot, const Partition& partition,
                                                            const Cursor& resume_after) {
  DH_ASSIGN_OR_RETURN(Objects objects, ObjectsOf(snapshot));
  const Splitter splitter(*objects, format_->traits());
  DH_ASSIGN_OR_RETURN(const Span span, RestOf(splitter, objects->size(), partition.range, resume_after));
  return std::make_unique<ObjectsReader>(store_, format_, std::move(objects), span, options_);
}

absl::StatusOr<ObjectsSource::Objects> ObjectsSource::ObjectsOf(const Snapshot& snapshot) {
  std::lock_guard lock(mutex_);
  if (objects_ == nullptr || state_ != snapshot.state) {
    DH_ASSIGN_OR_RETURN(std::vector<DataObject> objects, ParseObjectList(snapshot.state));
    objects_ = std::make_shared<const std::vector<DataObject>>(std::move(objects));
    state_ = snapshot.state;
  }
  return objects_;
}

}  // namespace datahaul
