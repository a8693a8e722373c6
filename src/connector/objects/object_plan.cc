#include "connector/objects/object_plan.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

// Cuts a run into pieces of about the same size.
void AddRun(const PieceLimits& limits, std::vector<ObjectRange> run, uint64_t first, ObjectPlan* plan) {
  uint64_t size = 0;
  for (const ObjectRange& range : run) size += range.range.size();
  const uint64_t pieces = PieceNumbers::PiecesOf(limits, size);
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

}  // namespace

absl::StatusOr<ObjectPlan> PlanObject(const PieceLimits& limits, const ObjectRange& before,
                                      const std::vector<StoredOutput::Part>& parts) {
  ObjectPlan plan;
  PieceNumbers numbers(limits, before.range.size());
  std::vector<ObjectRange> run;
  if (before.range.size() > 0) run.push_back(before);
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
