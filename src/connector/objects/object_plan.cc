#include "connector/objects/object_plan.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

uint64_t SizeOf(const std::vector<ObjectRange>& ranges) {
  uint64_t size = 0;
  for (const ObjectRange& range : ranges) size += range.range.size();
  return size;
}

// Cuts ranges into so many pieces of about the same size.
void AddPieces(std::vector<ObjectRange> run, uint64_t pieces, uint64_t first, ObjectPlan* plan) {
  const uint64_t size = SizeOf(run);
  auto next = run.begin();
  uint64_t done = 0;
  for (uint64_t i = 0; i < pieces; ++i) {
    ObjectPlan::Piece& piece = plan->pieces.emplace_back();
    piece.number = static_cast<uint32_t>(first + i);
    const uint64_t end = size / pieces * (i + 1) + (i + 1 == pieces ? size % pieces : 0);
    while (done < end) {
      ObjectRange part = *next;
      part.range.end = part.range.begin + std::min(part.range.size(), end - done);
      next->range.begin = part.range.end;
      done += part.range.size();
      if (next->range.size() == 0) ++next;
      piece.from.push_back(std::move(part));
    }
  }
}

void AddRun(const PieceLimits& limits, std::vector<ObjectRange> run, uint64_t first, ObjectPlan* plan) {
  const uint64_t pieces = PieceNumbers::PiecesOf(limits, SizeOf(run));
  AddPieces(std::move(run), pieces, first, plan);
}

}  // namespace

absl::StatusOr<ObjectPlan> PlanObject(const PieceLimits& limits, const ObjectRange& before,
                                      const std::vector<StoredOutput::Part>& parts) {
  ObjectPlan plan;
  const uint64_t begin = before.range.size();
  PieceNumbers numbers(limits, begin);
  ObjectRange copied = before, rest = before;
  copied.range.end = rest.range.begin = before.range.begin + PieceNumbers::CopiedBytesOf(limits, begin);
  AddPieces({std::move(copied)}, PieceNumbers::CopiedPiecesOf(limits, begin), 0, &plan);
  std::vector<ObjectRange> run;
  if (rest.range.size() > 0) run.push_back(std::move(rest));
  for (const StoredOutput::Part& part : parts) {
    const uint64_t first = numbers.next();
    const std::optional<uint32_t> number = numbers.Add(part.length);
    if (number.has_value() == part.upload.empty() || (number && *number != part.piece.number)) {
      return InternalError(StrCat("continuing an upload at byte ", part.offset,
                                  ": its pieces are numbered in another way; cancel the job and begin a new one"));
    }
    if (!number) {
      run.push_back(part.staged);
      continue;
    }
    AddRun(limits, std::exchange(run, {}), first, &plan);
    plan.pieces.push_back({*number, part.piece, {}});
    plan.upload = part.upload;
  }
  AddRun(limits, std::move(run), numbers.next(), &plan);
  return plan;
}

}  // namespace datahaul
