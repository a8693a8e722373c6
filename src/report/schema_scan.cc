#include "report/schema_scan.h"

#include <memory>
#include <vector>

#include "base/status.h"
#include "report/kind_table.h"

namespace datahaul {
namespace {

class SketchVisitor final : public Visitor {
 public:
  absl::Status Visit(const Record& record) override {
    Add(record, &kinds_.At(record.key->ns, record.key->kind()));
    return absl::OkStatus();
  }

  const SchemaSketch& sketch() const { return kinds_.kinds(); }

 private:
  KindTable<KindSketch> kinds_;
};

}  // namespace

absl::StatusOr<SchemaScan> ScanSchema(Source& source, const Selection& selection, const ScanOptions& options) {
  std::vector<std::unique_ptr<SketchVisitor>> visitors;
  SchemaScan result;
  DH_ASSIGN_OR_RETURN(result.scan, Scan(source, selection, options, [&](int) {
                        return visitors.emplace_back(std::make_unique<SketchVisitor>()).get();
                      }));
  for (std::unique_ptr<SketchVisitor>& visitor : visitors) {
    Merge(visitor->sketch(), &result.sketch);
    visitor.reset();
  }
  for (const KindName& name : result.scan.snapshot.kinds) {
    if (selection.Matches(name.ns, name.kind)) result.sketch.try_emplace(name);
  }
  return result;
}

}  // namespace datahaul
