#include "job/closing.h"

#include <cstdint>
#include <string>
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
  const uint64_t rejected = job.counters.Total().rejected;
  return rejected > job.spec.max_rejects ? TooManyRejects(job.spec, rejected, "") : absl::OkStatus();
}

// Other than as many records as promised were read: an error, or what to note.
absl::StatusOr<std::string> NoteOfRecords(const Job& job, const SourceTraits& source, Counters* counters) {
  const uint64_t promised = *job.snapshot.records, read = job.counters.Total().read;
  if (!source.exact_counts) return StrCat("the source estimated ", promised, " records, ", read, " were read");
  if (read < promised && source.accepts_loss) {
    counters->named["lost_records"] = promised - read;
    return StrCat(promised - read, " of ", promised, " records were lost");
  }
  return DataError(StrCat("reading ", job.spec.source, ": metadata promises ", promised, " records, ", read,
                          " were read; the source is not whole: make it anew"));
}

uint64_t NamedCounter(const Job& job, const std::string& name) {
  const auto found = job.counters.named.find(name);
  return found == job.counters.named.end() ? 0 : found->second;
}

}  // namespace

absl::Status TooManyRejects(const JobSpec& spec, uint64_t rejected, std::string_view detail) {
  return DataError(StrCat("reading ", spec.source, ": ", rejected, " records rejected, ", spec.max_rejects, " allowed",
                          detail, "; allow more with --max-rejects"));
}

absl::Status CheckPromises(const Job& job, const SourceTraits& source, Step* step) {
  if (job.spec.selection.limit) return absl::OkStatus();
  std::string note;
  if (job.snapshot.records && job.counters.Total().read != *job.snapshot.records) {
    DH_ASSIGN_OR_RETURN(note, NoteOfRecords(job, source, &step->counters));
  } else if (!job.counters.named.contains("lost_ranges")) {
    note = PayloadBytesNote(job.snapshot, NamedCounter(job, "payload_bytes"));
  }
  if (note.empty()) return absl::OkStatus();
  if (!step->snapshot) step->snapshot = job.snapshot;
  step->snapshot->notes.push_back(std::move(note));
  return absl::OkStatus();
}

absl::StatusOr<Step> CheckSums(const Job& job, const SourceTraits& source) {
  DH_RETURN_IF_ERROR(CheckTallies(job));
  Step step;
  step.done = true;
  DH_RETURN_IF_ERROR(CheckPromises(job, source, &step));
  return step;
}

absl::StatusOr<Step> CheckSumsOfSpooled(const Job& job) {
  DH_RETURN_IF_ERROR(CheckTallies(job));
  for (const auto& [name, spooled] : job.snapshot.spooled) {
    const auto found = job.digests.find(name);
    const KindDigest written = found == job.digests.end() ? KindDigest() : found->second;
    // Those that were set aside are missing, and counted.
    const auto tally = job.counters.kinds.find(name);
    const uint64_t wanted = tally == job.counters.kinds.end() ? spooled.records : tally->second.written;
    const bool same = wanted == spooled.records ? written == spooled : written.records == wanted;
    if (same) continue;
    return DataError(StrCat("closing job ", job.id, ": kind ", name.kind, " of namespace \"", name.ns,
                            "\": ", spooled.records, " records were read into the spool, and others came out of it (",
                            written.records, "); the spool was damaged: begin a new job"));
  }
  Step step;
  step.done = true;
  return step;
}

}  // namespace datahaul
