#ifndef DATAHAUL_CLI_WATCHED_CONNECTORS_H_
#define DATAHAUL_CLI_WATCHED_CONNECTORS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "cli/loss_log.h"
#include "job/engine.h"

namespace datahaul {

// Opens what `inner` opens, and tells `log` what the readers could not read, and what else the sink is handed as a
// reject. Both must outlive it and what it opens.
class WatchedConnectors final : public Connectors {
 public:
  WatchedConnectors(Connectors* inner, LossLog* log) : inner_(inner), log_(log) {}

  absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec& spec) override;
  absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec& spec) override;
  absl::StatusOr<JobSpec> SpoolOf(const JobSpec& spec, const std::string& id) override {
    return inner_->SpoolOf(spec, id);
  }
  absl::StatusOr<Schema> EarlierSchema(const JobSpec& spec) override { return inner_->EarlierSchema(spec); }
  absl::StatusOr<std::string> BytesOf(const Record& record) override { return inner_->BytesOf(record); }

 private:
  Connectors* const inner_;
  LossLog* const log_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CLI_WATCHED_CONNECTORS_H_
