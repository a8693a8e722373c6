#include "testing/memory_source.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr char kState[] = "memory";

size_t Number(std::string_view text) {
  size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// A range is "BEGIN-END", indexes into the records; a cursor is the index of the next.
std::pair<size_t, size_t> RangeOf(const Partition& partition) {
  const size_t dash = partition.range.find('-');
  return {Number(partition.range), Number(std::string_view(partition.range).substr(dash + 1))};
}

class MemoryReader final : public Reader {
 public:
  MemoryReader(const MemoryData* data, size_t next, size_t end, FaultHook fault)
      : data_(data), next_(next), end_(end), fault_(std::move(fault)) {}

  absl::Status Read(RecordBatch* batch) override {
    batch->Clear();
    DH_RETURN_IF_ERROR(Ask(fault_, "source.read"));
    const size_t stop = std::min(end_, next_ + data_->batch_records);
    for (; next_ < stop; ++next_) AppendTo(*data_, next_, batch);
    batch->cursor = StrCat(next_);
    return absl::OkStatus();
  }

 private:
  const MemoryData* const data_;
  size_t next_;
  const size_t end_;
  const FaultHook fault_;
};

Value StringValue(std::string_view text, Arena& arena) {
  Value value;
  value.type = Type::kString;
  value.size = static_cast<uint32_t>(text.size());
  value.chars = arena.CopyString(text).data();
  return value;
}

Value IntValue(int64_t number) {
  Value value;
  value.type = Type::kInt;
  value.integer = number;
  return value;
}

void BuildProperties(const MemoryRecord& from, Arena& arena, Map* to) {
  to->size = from.more.empty() ? 1 : 2;
  Field* fields = arena.AllocateArray<Field>(to->size);
  uint32_t* sorted = arena.AllocateArray<uint32_t>(to->size);
  fields[0] = {arena.CopyString("text"), StringValue(from.text, arena)};
  sorted[0] = 0;
  if (to->size == 2) {
    fields[1] = {arena.CopyString(from.more), from.id % 2 == 0 ? IntValue(from.id) : StringValue("odd", arena)};
    sorted[1] = 1;
    if (from.more < "text") std::swap(sorted[0], sorted[1]);
  }
  to->fields = fields;
  to->sorted = sorted;
}

}  // namespace

void BuildRecord(const MemoryRecord& from, Arena& arena, Record* record) {
  auto* element = arena.New<PathElement>();
  element->kind = arena.CopyString(from.kind);
  element->number = from.id;
  element->id = PathElement::Id::kNumber;
  auto* key = arena.New<Key>();
  key->ns = arena.CopyString(from.ns);
  key->path = element;
  key->size = 1;
  *record = Record();
  record->key = key;
  BuildProperties(from, arena, &record->properties);
}

void AppendTo(const MemoryData& data, size_t index, RecordBatch* batch) {
  const MemoryRecord& from = data.records[index];
  batch->input_bytes += from.bytes();
  if (from.what != MemoryRecord::What::kLost) batch->payload_bytes += from.text.size();
  switch (from.what) {
    case MemoryRecord::What::kRecord:
      BuildRecord(from, batch->arena, &batch->records.emplace_back());
      batch->records.back().offset = index;
      break;
    case MemoryRecord::What::kReject:
      batch->rejects.push_back({.object = kState,
                                .offset = index,
                                .kind = from.kind,
                                .ns = from.ns,
                                .reason = StrCat("reading memory at ", index, ": ", from.text)});
      break;
    case MemoryRecord::What::kLost:
      batch->lost.push_back({kState, index, index + from.bytes(), from.text});
      break;
  }
}

absl::StatusOr<Snapshot> MemorySource::Begin(const Selection&) {
  DH_RETURN_IF_ERROR(Ask(fault_, "source.begin"));
  Snapshot snapshot;
  snapshot.state = kState;
  snapshot.objects = 1;
  for (const MemoryRecord& record : data_->records) snapshot.bytes += record.bytes();
  snapshot.records = data_->promised;
  snapshot.payload_bytes = data_->promised_payload;
  snapshot.kinds = data_->kinds;
  return snapshot;
}

absl::StatusOr<std::vector<Partition>> MemorySource::Split(const Snapshot& snapshot, const Selection&,
                                                           const Partition* rest, const Cursor& after,
                                                           uint64_t target_bytes) {
  DH_RETURN_IF_ERROR(Ask(fault_, "source.split"));
  if (snapshot.state != kState) return InternalError("splitting memory: not one of this source's snapshots");
  if (rest == nullptr) return SplitByNamespace();
  const auto [begin, end] = RangeOf(*rest);
  return SplitBySize(after.empty() ? begin : Number(after), end, target_bytes);
}

std::vector<Partition> MemorySource::SplitByNamespace() const {
  const std::vector<MemoryRecord>& records = data_->records;
  std::vector<Partition> namespaces;
  for (size_t begin = 0, i = 0; i < records.size(); ++i) {
    if (i + 1 < records.size() && records[i + 1].ns == records[begin].ns) continue;
    namespaces.push_back({records[begin].ns, StrCat(begin, "-", i + 1), 0});
    begin = i + 1;
  }
  return namespaces;
}

std::vector<Partition> MemorySource::SplitBySize(size_t begin, size_t end, uint64_t target_bytes) const {
  std::vector<Partition> shards;
  uint64_t bytes = 0;
  for (size_t i = begin; i < end; ++i) {
    bytes += data_->records[i].bytes();
    if (bytes < target_bytes && i + 1 < end) continue;
    shards.push_back({data_->records[begin].ns, StrCat(begin, "-", i + 1), bytes});
    begin = i + 1;
    bytes = 0;
  }
  return shards;
}

absl::StatusOr<std::unique_ptr<Reader>> MemorySource::Open(const Snapshot& snapshot, const Partition& partition,
                                                           const Cursor& resume_after) {
  DH_RETURN_IF_ERROR(Ask(fault_, "source.open"));
  if (snapshot.state != kState) return InternalError("opening memory: not one of this source's snapshots");
  const auto [begin, end] = RangeOf(partition);
  return std::make_unique<MemoryReader>(data_, resume_after.empty() ? begin : Number(resume_after), end, fault_);
}

}  // namespace datahaul
