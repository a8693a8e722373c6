#include "job/closing.h"

#include <cstdint>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

absl::Status CheckTallies(const Job& job) {
  for (const auto& [name, tally] : job.counters.kinds) {
    if (tally.read == tally.written + tally.filtered + tally.rejected) continue;
    return InternalError(StrCat("closing job ", job.id, ": kind ", name.kind, " of namespace \"", name.ns,
                                "\": ", tally.read, " records read, but ", tally.written, " written + ", tally.filtered,
                                " filtered + ", tally.rejected, " rejected; please report this"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TooManyRejects(const JobSpec& spec, uint64_t rejected, std::string_view detail) {
  return DataError(StrCat("reading ", spec.source, ": ", rejected, " records rejected, ", spec.max_rejects, " allowed",
                          detail, "; allow more with --max-rejects"));
}

absl::StatusOr<Step> CheckSums(const Job& job, const SourceTraits& source) {
  DH_RETURN_IF_ERROR(CheckTallies(job));
  const Tally total = job.counters.Total();
  if (total.rejected > job.spec.max_rejects) return TooManyRejects(job.spec, total.rejected, "");
  Step step;
  step.done = true;
  const uint64_t read = total.read;
  if (!job.snapshot.records || job.spec.selection.limit || read == *job.snapshot.records) return step;

  const uint64_t promised = *job.snapshot.records;
  Snapshot snapshot = job.snapshot;
  if (!source.exact_counts) {
    snapshot.notes.push_back(StrCat("the source estimated ", promised, " records, ", read, " were read"));
  } else if (read < promised && source.accepts_loss) {
    step.counters.named["lost_records"] = promised - read;
    snapshot.notes.push_back(StrCat(promised - read, " of ", promised, " records were lost"));
  } else {
    return DataError(StrCat("reading ", job.spec.source, ": metadata promises ", promised, " records, ", read,
                            " were read; the source is not whole: make it anew"));
  }
  step.snapshot = std::move(snapshot);
  return step;
}

}  // namespace datahaul
