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
constexpr size_t kAtOnce = 16;             // records in memory; of ten thousand kinds each has a few megabytes

// Sorts as the number does.
std::string Padded(uint64_t number) {
  const std::string digits = StrCat(number);
  return std::string(20 - digits.size(), '0') + digits;
}

std::string ShardUri(const std::string& folder, const std::string& job, uint64_t shard) {
  return JoinPath(SlicesUri(folder, job), Padded(shard));
}

// Slices in order, of each only what its highest fence has written.
std::vector<ObjectInfo> Newest(std::vector<ObjectInfo> listed) {
  const auto slice_of = [](const ObjectInfo& object) {
    return std::string_view(object.name).substr(0, object.name.rfind('-'));
  };
  std::vector<ObjectInfo> newest;
  for (size_t i = 0; i < listed.size(); ++i) {
    if (i + 1 == listed.size() || slice_of(listed[i]) != slice_of(listed[i + 1]))
      newest.push_back(std::move(listed[i]));
  }
  return newest;
}

// Shard and fence: who is later in a shard, or in the order of shards.
std::pair<std::string_view, std::string_view> RankOf(const ObjectInfo& slice) {
  const std::string_view name = slice.name;
  const size_t slash = name.rfind('/');
  return {name.substr(0, slash == name.npos ? 0 : slash), name.substr(name.rfind('-') + 1)};
}

void RemoveLast(StoredObject* object) {
  object->end = object->parts.back().offset;
  if (object->parts.back().is_uploaded) object->pieces.pop_back();
  object->parts.pop_back();
}

}  // namespace

std::string StagedSlices::UriOf(const std::string& job, const SliceStamp& stamp) const {
  return JoinPath(ShardUri(folder_, job, stamp.shard), StrCat(Padded(stamp.slice), "-", Padded(stamp.fence)));
}

absl::Status StagedSlices::Write(const std::string& job, const SliceStamp& stamp, const ByteViews& bytes) const {
  return store_->Write(UriOf(job, stamp), bytes);
}

absl::StatusOr<StagedSlices::SizedRecord> StagedSlices::ReadRecord(const ObjectInfo& slice) const {
  SizedRecord read;
  std::string text;
  const uint64_t first = std::min(slice.size, kFirstRead);
  DH_RETURN_IF_ERROR(AppendRange(*store_, {slice.uri, slice.version, slice.size, {0, first}}, &text));
  DH_ASSIGN_OR_RETURN(read.size, SizeOfSliceRecord(text, slice.uri));
  if (read.size > first) {
    DH_RETURN_IF_ERROR(AppendRange(*store_, {slice.uri, slice.version, slice.size, {first, read.size}}, &text));
  }
  text.resize(read.size);
  DH_ASSIGN_OR_RETURN(read.record, ParseSliceRecord(text, slice.uri));
  return read;
}

absl::StatusOr<StoredOutput> StagedSlices::Load(const std::string& job, const ObjectSums& sums,
                                                std::optional<uint64_t> shard) const {
  DH_ASSIGN_OR_RETURN(std::vector<ObjectInfo> listed,
                      ListAll(*store_, shard ? ShardUri(folder_, job, *shard) : SlicesUri(folder_, job)));
  StoredOutput output{.slices = Newest(std::move(listed)), .objects = {}};
  for (const auto& [object, sum] : sums) {
    output.objects.try_emplace(object, StoredObject{.numbers = PieceNumbers(limits_, sum.begin), .end = sum.begin});
  }
  for (size_t begin = 0; begin < output.slices.size(); begin += kAtOnce) {
    std::vector<SizedRecord> records(std::min(kAtOnce, output.slices.size() - begin));
    DH_RETURN_IF_ERROR(Concurrently(records.size(), AfterFailure::kStop, [&](size_t i) {
      DH_ASSIGN_OR_RETURN(records[i], ReadRecord(output.slices[begin + i]));
      return absl::OkStatus();
    }));
    for (size_t i = 0; i < records.size(); ++i) {
      DH_RETURN_IF_ERROR(Replay(records[i], static_cast<uint32_t>(begin + i), sums, &output));
    }
  }
  DH_RETURN_IF_ERROR(CheckEnds(sums, output));
  for (auto& [object, stored] : output.objects) DH_RETURN_IF_ERROR(Number(object, &stored));
  return output;
}

// What nobody has heard of does not count, nor does what lies behind the committed end.
absl::Status StagedSlices::Replay(const SizedRecord& record, uint32_t slice, const ObjectSums& sums,
                                  StoredOutput* output) const {
  for (const StoredExtent& extent : record.record.extents) {
    const auto at = output->objects.find(extent.object);
    if (at == output->objects.end() || extent.offset >= sums.at(extent.object).end) continue;
    StoredObject& object = at->second;
    while (!object.parts.empty() && object.parts.back().offset >= extent.offset &&
           RankOf(output->slices[object.parts.back().slice]) <= RankOf(output->slices[slice])) {
      RemoveLast(&object);
    }
    if (extent.offset != object.end) continue;
    object.end += extent.length;
    if (extent.upload.empty()) {
      object.parts.push_back({extent.offset, record.size + extent.staged_at, slice, false});
      continue;
    }
    if (object.pieces.empty()) object.upload = extent.upload;
    if (object.upload != extent.upload) return Contradiction(extent.object, extent.offset);
    object.parts.push_back({extent.offset, object.pieces.size(), slice, true});
    object.pieces.push_back(extent.piece);
  }
  return absl::OkStatus();
}

absl::Status StagedSlices::CheckEnds(const ObjectSums& sums, const StoredOutput& output) const {
  for (const auto& [object, sum] : sums) {
    const StoredObject& stored = output.objects.at(object);
    if (stored.end == sum.end) continue;
    return DataError(StrCat("continuing ", JoinPath(folder_, object), ": expected ", sum.end,
                            " bytes that were written, found ", stored.end, " in ", TracesUri(folder_),
                            "; cancel the job and begin a new one"));
  }
  return absl::OkStatus();
}

absl::Status StagedSlices::Number(const std::string& object, StoredObject* stored) const {
  for (size_t i = 0; i < stored->parts.size(); ++i) {
    const StoredPart& part = stored->parts[i];
    const uint64_t end = i + 1 < stored->parts.size() ? stored->parts[i + 1].offset : stored->end;
    const std::optional<uint32_t> number = stored->numbers.Add(end - part.offset);
    if (number.has_value() != part.is_uploaded || (number && *number != stored->pieces[part.at].number)) {
      return Contradiction(object, part.offset);
    }
  }
  return absl::OkStatus();
}

absl::Status StagedSlices::Contradiction(const std::string& object, uint64_t offset) const {
  return HumanError(StrCat("continuing ", JoinPath(folder_, object), " at byte ", offset,
                           ": expected pieces numbered as this version of datahaul numbers them, found others; ",
                           "resume the job with the version that began it, or cancel it and begin a new one"));
}

}  // namespace datahaul
