// Turns addresses and options into sources and sinks: the one place that knows every connector.
#ifndef DATAHAUL_REGISTRY_REGISTRY_H_
#define DATAHAUL_REGISTRY_REGISTRY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/engine.h"
#include "objects/local/local_store.h"

namespace datahaul {

// Safe for concurrent use. Sources and sinks must not outlive it.
class Registry final : public Connectors {
 public:
  absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec& spec) override;
  absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec& spec) override;
  absl::StatusOr<Schema> EarlierSchema(const JobSpec& spec) override;
  absl::StatusOr<std::string> BytesOf(const Record& record) override;  // typed NDJSON with full keys

  ObjectStore& store() { return store_; }

 private:
  LocalStore store_;
};

// An option of copies that must not write anything: they go through all else. Its value is not looked at.
inline constexpr char kDryRunOption[] = "dry-run";

// Where the job's manifest is once it has succeeded; "" if there is none (standard output).
std::string ManifestAddress(const JobSpec& spec);

// A sink's promise, for people.
std::string_view DeliveryText(SinkTraits::Delivery delivery);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_REGISTRY_H_
