// Turns addresses and options into sources and sinks: the one place that knows every connector.
#ifndef DATAHAUL_REGISTRY_REGISTRY_H_
#define DATAHAUL_REGISTRY_REGISTRY_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "job/engine.h"
#include "registry/any_store.h"

namespace datahaul {

// What the names of options begin with that are the source's alone.
inline constexpr std::string_view kFromPrefix = "from-";

// Safe for concurrent use. Sources and sinks must not outlive it.
class Registry final : public Connectors {
 public:
  // `secrets` is asked for those that jobs name.
  explicit Registry(std::unique_ptr<Secrets> secrets) : secrets_(std::move(secrets)) {}

  absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec& spec) override;
  absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec& spec) override;
  absl::StatusOr<JobSpec> SpoolOf(const JobSpec& spec, const std::string& id) override;
  absl::StatusOr<Schema> EarlierSchema(const JobSpec& spec) override;
  absl::StatusOr<std::string> BytesOf(const Record& record) override;  // typed NDJSON with full keys

  // All stores, with the options of `spec` (kS3EndpointOption …): as its sink sees them, or its source, which has a
  // cloud's options with kFromPrefix, if there are any, instead of those without. Live as long as the registry.
  ObjectStore& StoreFor(const JobSpec& spec) { return StoresFor(spec, ""); }
  ObjectStore& SourceStoreFor(const JobSpec& spec) { return StoresFor(spec, kFromPrefix); }

 private:
  AnyStore& StoresFor(const JobSpec& spec, std::string_view prefix);

  const std::unique_ptr<Secrets> secrets_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<AnyStore>> stores_;  // by their options as text; guarded by mutex_
};

// Options of jobs, as --s3-endpoint and its like give them; where they are not given, the environment says.
inline constexpr char kS3EndpointOption[] = "s3-endpoint";
inline constexpr char kS3RegionOption[] = "s3-region";
inline constexpr char kS3PathStyleOption[] = "s3-path-style";
inline constexpr char kGcsEndpointOption[] = "gcs-endpoint";
inline constexpr char kAbsAccountOption[] = "abs-account";
inline constexpr char kAbsEndpointOption[] = "abs-endpoint";
inline constexpr char kS3SecretOption[] = "s3-secret";
inline constexpr char kGcsSecretOption[] = "gcs-secret";
inline constexpr char kAbsSecretOption[] = "abs-secret";
inline constexpr char kSecretKeysOption[] = "secret-keys";  // as WithSecret wants them

// Where the spools of jobs are, each in a folder of its own: an address.
inline constexpr char kSpoolToOption[] = "spool-to";

// An option of copies that must not write anything: they go through all else. Its value is not looked at.
inline constexpr char kDryRunOption[] = "dry-run";

// Where the job's manifest is once it has succeeded; "" if there is none (standard output).
std::string ManifestAddress(const JobSpec& spec);

// A sink's promise, for people.
std::string_view DeliveryText(SinkTraits::Delivery delivery);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_REGISTRY_H_
