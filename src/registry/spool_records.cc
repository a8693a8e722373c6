#include "registry/spool_records.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr std::string_view kRejectKind = "__datahaul_reject__", kLostKind = "__datahaul_lost__";

// Fields in the order of their names.
constexpr std::array<std::string_view, 7> kRejectFields = {"bytes",  "kind",   "length", "namespace",
                                                           "object", "offset", "reason"};
constexpr std::array<std::string_view, 4> kLostFields = {"begin", "end", "object", "reason"};

Value BytesValue(std::string_view bytes, Arena& arena) {
  const std::string_view copy = arena.CopyString(bytes);
  Value value;
  value.type = Type::kBytes;
  value.meaning = meaning::kBlob;
  value.size = static_cast<uint32_t>(copy.size());
  value.chars = copy.data();
  return value;
}

Value NumberValue(uint64_t number) {
  Value value;
  value.type = Type::kInt;
  value.integer = static_cast<int64_t>(number);
  return value;
}

template <size_t kCount>
void AppendRecord(std::string_view kind, const std::array<std::string_view, kCount>& names,
                  const std::array<Value, kCount>& values, RecordBatch* to) {
  Arena& arena = to->arena;
  auto* element = arena.New<PathElement>();
  element->kind = arena.CopyString(kind);
  auto* key = arena.New<Key>();
  key->path = element;
  key->size = 1;
  Field* fields = arena.AllocateArray<Field>(kCount);
  uint32_t* sorted = arena.AllocateArray<uint32_t>(kCount);
  for (uint32_t i = 0; i < kCount; ++i) {
    fields[i] = {arena.CopyString(names[i]), values[i]};
    sorted[i] = i;
  }
  Record& record = to->records.emplace_back();
  record.key = key;
  record.properties.fields = fields;
  record.properties.sorted = sorted;
  record.properties.size = kCount;
}

std::string TextOf(const Record& record, size_t field) {
  return std::string(record.properties.fields[field].value.text());
}

uint64_t NumberOf(const Record& record, size_t field) {
  return static_cast<uint64_t>(record.properties.fields[field].value.integer);
}

template <size_t kCount>
bool HasFields(const Record& record, const std::array<std::string_view, kCount>& names) {
  if (record.properties.size != kCount) return false;
  for (size_t i = 0; i < kCount; ++i) {
    const Field& field = record.properties.fields[i];
    const bool number = names[i] == "length" || names[i] == "offset" || names[i] == "begin" || names[i] == "end";
    if (field.name != names[i] || field.value.type != (number ? Type::kInt : Type::kBytes)) return false;
  }
  return true;
}

bool TakeReject(const Record& record, RecordBatch* batch) {
  if (!HasFields(record, kRejectFields)) return false;
  Reject& reject = batch->rejects.emplace_back();
  reject.bytes = TextOf(record, 0);
  reject.kind = TextOf(record, 1);
  reject.length = NumberOf(record, 2);
  reject.ns = TextOf(record, 3);
  reject.object = TextOf(record, 4);
  reject.offset = NumberOf(record, 5);
  reject.reason = TextOf(record, 6);
  return true;
}

bool TakeLost(const Record& record, RecordBatch* batch) {
  if (!HasFields(record, kLostFields)) return false;
  batch->lost.push_back({.object = TextOf(record, 2),
                         .begin = NumberOf(record, 0),
                         .end = NumberOf(record, 1),
                         .reason = TextOf(record, 3)});
  return true;
}

}  // namespace

void AppendLosses(const RecordBatch& from, RecordBatch* to) {
  Arena& arena = to->arena;
  for (const Reject& reject : from.rejects) {
    AppendRecord<7>(kRejectKind, kRejectFields,
                    {BytesValue(reject.bytes, arena), BytesValue(reject.kind, arena), NumberValue(reject.length),
                     BytesValue(reject.ns, arena), BytesValue(reject.object, arena), NumberValue(reject.offset),
                     BytesValue(reject.reason, arena)},
                    to);
  }
  for (const LostRange& lost : from.lost) {
    AppendRecord<4>(kLostKind, kLostFields,
                    {NumberValue(lost.begin), NumberValue(lost.end), BytesValue(lost.object, arena),
                     BytesValue(lost.reason, arena)},
                    to);
  }
}

bool IsLoss(const Record& record) {
  const std::string_view kind = record.key->kind();
  return kind == kRejectKind || kind == kLostKind;
}

absl::Status TakeLosses(RecordBatch* batch) {
  bool whole = true;
  std::erase_if(batch->records, [&](const Record& record) {
    if (!IsLoss(record)) return false;
    whole &= record.key->kind() == kRejectKind ? TakeReject(record, batch) : TakeLost(record, batch);
    return true;
  });
  if (whole) return absl::OkStatus();
  return DataError(StrCat("reading the spool ", batch->object, ": expected what was set aside as it was put there, ",
                          "found something else; begin a new job"));
}

}  // namespace datahaul
