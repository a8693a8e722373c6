#include "connector/objects/staged_slices.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/bucket_names.h"
#include "connector/objects/object_bytes.h"
#include "objects/concurrently.h"

namespace datahaul {
namespace {

constexpr uint64_t kFirstRead = 64 << 10;  // most records are smaller

// Sorts as the number does.
std::string Padded(uint64_t number) {
  const std::string digits = StrCat(number);
  return std::string(20 - digits.size(), '0') + digits;
}

std::string ShardUri(const std::string& folder, const std::string& job, uint64_t shard) {
  return JoinPath(SlicesUri(folder, job), Padded(shard));
}

// Puts what `slice` says behind what earlier ones said, or in its stead.
void Replay(const ObjectInfo& slice, uint64_t record_size, SliceRecord record, StoredOutput* output) {
  for (StoredExtent& extent : record.extents) {
    std::vector<StoredOutput::Part>& parts = output->objects[extent.object];
    while (!parts.empty() && parts.back().offset >= extent.offset) parts.pop_back();
    StoredOutput::Part& part = parts.emplace_back();
    part.offset = extent.offset;
    part.length = extent.length;
    part.crc32c = extent.crc32c;
    part.upload = std::move(extent.upload);
    part.piece = std::move(extent.piece);
    if (!part.upload.empty()) continue;
    const uint64_t begin = record_size + extent.staged_at;
    part.staged = {slice.uri, slice.version, slice.size, {begin, begin + extent.length}};
  }
}

}  // namespace

absl::Status StagedSlices::Write(const std::string& job, const SliceStamp& stamp, const SliceRecord& record,
                                 std::string_view staged) const {
  const std::string uri =
      JoinPath(ShardUri(folder_, job, stamp.shard), StrCat(Padded(stamp.slice), "-", Padded(stamp.fence)));
  std::string bytes = ToText(record);
  bytes += staged;
  return store_->Write(uri, bytes);
}

absl::StatusOr<SliceRecord> StagedSlices::ReadRecord(const ObjectInfo& slice) const {
  std::string text;
  const uint64_t first = std::min(slice.size, kFirstRead);
  DH_RETURN_IF_ERROR(AppendRange(*store_, {slice.uri, slice.version, slice.size, {0, first}}, &text));
  DH_ASSIGN_OR_RETURN(const uint64_t size, SizeOfSliceRecord(text, slice.uri));
  if (size > first)
    DH_RETURN_IF_ERROR(AppendRange(*store_, {slice.uri, slice.version, slice.size, {first, size}}, &text));
  text.resize(size);
  return ParseSliceRecord(text, slice.uri);
}

absl::StatusOr<StoredOutput> StagedSlices::Load(const std::string& job, const ObjectSums& sums,
                                                std::optional<uint64_t> shard) const {
  DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> slices,
                      ListAll(*store_, shard ? ShardUri(folder_, job, *shard) : SlicesUri(folder_, job)));
  std::vector<SliceRecord> records(slices.size());
  DH_RETURN_IF_ERROR(Concurrently(slices.size(), AfterFailure::kStop, [&](size_t i) {
    DH_ASSIGN_OR_RETURN(records[i], ReadRecord(slices[i]));
    return absl::OkStatus();
  }));
  StoredOutput output;
  for (size_t i = 0; i < slices.size(); ++i) {
    const uint64_t size = ToText(records[i]).size();
    Replay(slices[i], size, std::move(records[i]), &output);
  }
  // What nobody has heard of does not count.
  std::erase_if(output.objects, [&](const auto& object) { return !sums.contains(object.first); });
  for (auto& [object, parts] : output.objects) {
    const uint64_t end = sums.at(object).end;
    while (!parts.empty() && parts.back().offset >= end) parts.pop_back();
  }
  DH_RETURN_IF_ERROR(Check(output, sums));
  return output;
}

absl::Status StagedSlices::Check(const StoredOutput& output, const ObjectSums& sums) const {
  for (const auto& [object, sum] : sums) {
    uint64_t end = sum.begin;
    const auto found = output.objects.find(object);
    if (found != output.objects.end()) {
      for (const StoredOutput::Part& part : found->second) {
        if (part.offset == end) end += part.length;
      }
    }
    if (end == sum.end) continue;
    return DataError(StrCat("continuing ", JoinPath(folder_, object), ": expected ", sum.end,
                            " bytes that were written, found ", end, " in ", TracesUri(folder_),
                            "; cancel the job and begin a new one"));
  }
  return absl::OkStatus();
}

}  // namespace datahaul
