#include "job/schema_task.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/text.h"
#include "schema/drift.h"
#include "schema/plan.h"

namespace datahaul {
namespace {

constexpr size_t kNotesKept = 50;

absl::StatusOr<ConflictPolicy> PolicyOf(const JobSpec& spec) {
  const std::string_view name = OptionOf(spec, "policy");
  if (name.empty()) return ConflictPolicy::kJson;
  if (const std::optional<ConflictPolicy> policy = ParseConflictPolicy(name)) return *policy;
  return UsageError(StrCat("reading --policy: expected json, widen or variants, found ", name));
}

std::vector<std::string> SentencesOf(const std::vector<Difference>& differences) {
  std::vector<std::string> sentences;
  for (const Difference& difference : differences) {
    sentences.push_back(StrCat(PlaceOf(difference.kind, difference.path), ": ", difference.what, " (",
                               DriftName(difference.drift), ")"));
  }
  return sentences;
}

absl::Status CheckNoneIsBreaking(const JobSpec& spec, std::vector<Difference> differences) {
  std::erase_if(differences, [](const Difference& difference) { return difference.drift != Drift::kBreaking; });
  if (differences.empty()) return absl::OkStatus();
  std::vector<std::string> sentences = SentencesOf(differences);
  const size_t more = sentences.size() - std::min(sentences.size(), kNotesKept);
  sentences.resize(sentences.size() - more);
  return DataError(StrCat("planning the columns of ", spec.source, ": they can't be read together with those of ",
                          OptionOf(spec, "against"), ": ", absl::StrJoin(sentences, "; "),
                          more == 0 ? "" : StrCat("; and ", more, " more"),
                          "; --on-drift=adapt writes the new types, --on-drift=set-aside sets aside the records "
                          "that don't fit the earlier ones"));
}

// Makes *schema one whose tables can be read together with those of `earlier`, as far as the job wants that.
absl::Status FollowEarlier(const JobSpec& spec, const Schema& earlier, Schema* schema,
                           std::vector<std::string>* sentences) {
  const std::string_view option = OptionOf(spec, "on-drift");
  if (!option.empty() && !ParseOnDrift(option)) {
    return UsageError(StrCat("reading --on-drift: expected fail, adapt or set-aside, found ", option));
  }
  const OnDrift on_drift = DriftOptionOf(spec);
  const std::vector<Difference> differences = Compare(earlier, *schema);
  if (on_drift == OnDrift::kFail) DH_RETURN_IF_ERROR(CheckNoneIsBreaking(spec, differences));
  *sentences = SentencesOf(differences);
  *schema = Adapt(earlier, *schema, on_drift == OnDrift::kSetAside ? Conflict::kEarlier : Conflict::kNow);
  return absl::OkStatus();
}

// The first few; the rest as a number.
void AddNotes(const std::vector<std::string>& sentences, std::vector<std::string>* notes) {
  for (size_t i = 0; i < sentences.size() && i < kNotesKept; ++i) notes->push_back(sentences[i]);
  if (sentences.size() > kNotesKept) {
    notes->push_back(StrCat("and ", sentences.size() - kNotesKept, " more about columns"));
  }
}

}  // namespace

std::optional<OnDrift> ParseOnDrift(std::string_view name) {
  if (name == "fail") return OnDrift::kFail;
  if (name == "adapt") return OnDrift::kAdapt;
  if (name == "set-aside") return OnDrift::kSetAside;
  return std::nullopt;
}

OnDrift DriftOptionOf(const JobSpec& spec) {
  if (OptionOf(spec, "against").empty()) return OnDrift::kNone;
  return ParseOnDrift(OptionOf(spec, "on-drift")).value_or(OnDrift::kFail);
}

absl::StatusOr<Step> MakeSchema(const Job& job, SchemaSketch sketch, const std::optional<Schema>& earlier) {
  DH_ASSIGN_OR_RETURN(const ConflictPolicy policy, PolicyOf(job.spec));
  for (const KindName& name : job.snapshot.kinds) {
    if (job.spec.selection.Matches(name.ns, name.kind)) sketch.try_emplace(name);
  }
  SchemaPlan plan = PlanSchema(sketch, policy);
  std::vector<std::string> sentences;
  if (earlier) DH_RETURN_IF_ERROR(FollowEarlier(job.spec, *earlier, &plan.schema, &sentences));
  for (const Decision& decision : plan.decisions) {
    sentences.push_back(StrCat(PlaceOf(decision.kind, decision.path), ": ", decision.what));
  }
  Step step;
  step.snapshot = job.snapshot;
  AddNotes(sentences, &step.snapshot->notes);
  step.schema = std::move(plan.schema);
  step.done = true;
  return step;
}

}  // namespace datahaul
