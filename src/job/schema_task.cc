#include "job/schema_task.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
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

std::string PlaceOf(const KindName& kind, std::string_view path) {
  return StrCat(kind.ns.empty() ? "" : StrCat(kind.ns, "/"), kind.kind, path.empty() ? "" : ": ", path);
}

// The first few; the rest as a number.
void AddNotes(const std::vector<std::string>& sentences, std::vector<std::string>* notes) {
  for (size_t i = 0; i < sentences.size() && i < kNotesKept; ++i) notes->push_back(sentences[i]);
  if (sentences.size() > kNotesKept) {
    notes->push_back(StrCat("and ", sentences.size() - kNotesKept, " more about columns"));
  }
}

}  // namespace

absl::StatusOr<Step> MakeSchema(const Job& job, SchemaSketch sketch, const std::optional<Schema>& earlier) {
  (void)earlier;
  DH_ASSIGN_OR_RETURN(const ConflictPolicy policy, PolicyOf(job.spec));
  for (const KindName& name : job.snapshot.kinds) {
    if (job.spec.selection.Matches(name.ns, name.kind)) sketch.try_emplace(name);
  }
  SchemaPlan plan = PlanSchema(sketch, policy);
  std::vector<std::string> sentences;
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
