#include "job/spool.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "job/plan.h"

namespace datahaul {

absl::StatusOr<Counters> CountSpooled(const Job& job) {
  Counters spooled;
  for (const auto& [name, tally] : job.counters.kinds) {
    const auto found = job.digests.find(name);
    const uint64_t records = found == job.digests.end() ? 0 : found->second.records;
    if (tally.read != records + tally.filtered + tally.rejected) {
      return InternalError(StrCat("closing the spool of job ", job.id, ": kind ", name.kind, " of namespace \"",
                                  name.ns, "\": ", tally.read, " records read, but ", records, " spooled + ",
                                  tally.filtered, " filtered + ", tally.rejected, " rejected; please report this"));
    }
    if (records != 0) spooled.kinds[name] = {.read = records, .written = records};
  }
  return spooled;
}

absl::Status TurnToSpool(const Job& job, Source& spool, Step* step) {
  // What is selected is all that is in it.
  DH_ASSIGN_OR_RETURN(Snapshot whole, spool.Begin({}));
  // The least that can be asked for: what one task has put in is what it hands out in one piece.
  DH_RETURN_IF_ERROR(AddTasks(spool, {}, whole, Phase::kWrite, 1, &step->children));
  step->snapshot->state = std::move(whole.state);
  step->snapshot->spool = Snapshot::Spool::kWhole;
  step->snapshot->spooled = job.digests;
  step->drops_receipts = true;
  return absl::OkStatus();
}

}  // namespace datahaul
