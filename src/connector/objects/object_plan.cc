#include "connector/objects/object_plan.h"

#include <algorithm>

namespace datahaul {
namespace {

// Where a part ends: where the next begins.
uint64_t EndOf(const StoredObject& stored, size_t part) {
  return part + 1 < stored.parts.size() ? stored.parts[part + 1].offset : stored.end;
}

// Cuts a range into so many pieces of about the same size.
void AddPieces(ByteRange run, uint64_t pieces, uint64_t first, ObjectPlan* plan) {
  const uint64_t size = run.size();
  for (uint64_t i = 0; i < pieces; ++i) {
    const uint64_t begin = run.begin + size / pieces * i;
    const uint64_t end = i + 1 == pieces ? run.end : begin + size / pieces;
    plan->pieces.push_back({static_cast<uint32_t>(first + i), {begin, end}, nullptr});
  }
}

void AddRun(const PieceLimits& limits, ByteRange run, uint64_t first, ObjectPlan* plan) {
  AddPieces(run, PieceNumbers::PiecesOf(limits, run.size()), first, plan);
}

}  // namespace

ObjectPlan PlanObject(const PieceLimits& limits, uint64_t before, const StoredObject& stored) {
  ObjectPlan plan;
  PieceNumbers numbers(limits, before);
  const uint64_t copied = PieceNumbers::CopiedBytesOf(limits, before);
  AddPieces({0, copied}, PieceNumbers::CopiedPiecesOf(limits, before), 0, &plan);
  uint64_t run = copied;  // where the one begins that has not ended yet
  for (size_t i = 0; i < stored.parts.size(); ++i) {
    const StoredPart& part = stored.parts[i];
    const uint64_t first = numbers.next(), end = EndOf(stored, i);
    numbers.Add(end - part.offset);
    if (!part.is_uploaded) continue;
    AddRun(limits, {run, part.offset}, first, &plan);
    const UploadPiece& piece = stored.pieces[part.at];
    plan.pieces.push_back({piece.number, {part.offset, end}, &piece});
    run = end;
  }
  AddRun(limits, {run, stored.end}, numbers.next(), &plan);
  return plan;
}

std::vector<ObjectRange> RangesOf(const StoredOutput& output, const StoredObject& stored, const ObjectRange& before,
                                  ByteRange range) {
  std::vector<ObjectRange> ranges;
  if (range.begin < before.range.end) {
    ranges.push_back(before);
    ranges.back().range = {range.begin, std::min(range.end, before.range.end)};
    range.begin = ranges.back().range.end;
  }
  const auto behind = std::upper_bound(stored.parts.begin(), stored.parts.end(), range.begin,
                                       [](uint64_t offset, const StoredPart& part) { return offset < part.offset; });
  for (size_t i = behind - stored.parts.begin(); range.begin < range.end; ++i) {
    const StoredPart& part = stored.parts[i - 1];
    const ObjectInfo& slice = output.slices[part.slice];
    const uint64_t end = std::min(range.end, EndOf(stored, i - 1)), shift = part.at - part.offset;
    ranges.push_back({slice.uri, slice.version, slice.size, {range.begin + shift, end + shift}});
    range.begin = end;
  }
  return ranges;
}

}  // namespace datahaul
