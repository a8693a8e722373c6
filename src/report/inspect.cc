#include "report/inspect.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/status.h"
#include "report/kind_table.h"

namespace datahaul {
namespace {

class InspectVisitor final : public Visitor {
 public:
  explicit InspectVisitor(const InspectOptions& options) : options_(options), fields_left_(options.fields_in_all) {}

  absl::Status Visit(const Record& record) override {
    KindInspection& kind = kinds_.At(record.key->ns, record.key->kind());
    if (kind.sketch.records == 0) kind.sketch.table = FieldTable(options_.fields_per_kind, &fields_left_);
    Add(record, &kind.sketch);
    return absl::OkStatus();
  }

  // A record's bytes end where the next one's begin; the last one's, where the batch ends.
  absl::Status EndBatch(const RecordBatch& batch) override {
    uint64_t left = batch.input_bytes;
    for (size_t i = 0; i < batch.records.size(); ++i) {
      const Record& record = batch.records[i];
      const bool last = i + 1 == batch.records.size();
      const uint64_t next = last ? record.offset + left : batch.records[i + 1].offset;
      const uint64_t bytes = next > record.offset ? std::min(left, next - record.offset) : 0;
      left -= bytes;
      if (!options_.selection.Matches(record.key->ns, record.key->kind())) continue;
      kinds_.At(record.key->ns, record.key->kind()).bytes += bytes;
    }
    return absl::OkStatus();
  }

  const std::map<KindName, KindInspection>& kinds() const { return kinds_.kinds(); }

 private:
  const InspectOptions& options_;
  size_t fields_left_;
  KindTable<KindInspection> kinds_;
};

}  // namespace

absl::StatusOr<Inspection> Inspect(Source& source, const InspectOptions& options) {
  Inspection inspection;
  inspection.fields_per_kind = options.fields_per_kind;
  inspection.fields_left = std::make_unique<size_t>(options.fields_in_all);
  std::vector<std::unique_ptr<InspectVisitor>> visitors;
  DH_ASSIGN_OR_RETURN(inspection.scan, Scan(source, options.selection, options.scan, [&](int) {
                        return visitors.emplace_back(std::make_unique<InspectVisitor>(options)).get();
                      }));
  for (std::unique_ptr<InspectVisitor>& visitor : visitors) {
    for (const auto& [name, findings] : visitor->kinds()) {
      const auto [it, added] = inspection.kinds.try_emplace(name);
      if (added) it->second.sketch.table = FieldTable(options.fields_per_kind, inspection.fields_left.get());
      it->second.bytes += findings.bytes;
      Merge(findings.sketch, &it->second.sketch);
    }
    visitor.reset();
  }
  return inspection;
}

}  // namespace datahaul
