#include "registry/registry.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"

namespace datahaul {
namespace {

class NoSecrets final : public Secrets {
 public:
  absl::StatusOr<SecretValues> Get(const std::string& name) override { return HumanError("there is no " + name); }
  std::string Version(const std::string&) override { return "1"; }
};

JobSpec With(std::vector<std::pair<std::string, std::string>> options) { return {.options = std::move(options)}; }

TEST(Registry, BothEndsShareTheirStoresUnlessTheSourceHasItsOwn) {
  Registry registry(std::make_unique<NoSecrets>());
  const JobSpec shared =
      With({{kS3EndpointOption, "http://a"}, {kS3SecretOption, "s"}, {kGcsEndpointOption, "http://g"}});
  EXPECT_EQ(&registry.SourceStoreFor(shared), &registry.StoreFor(shared));
  JobSpec two = shared;
  two.options.emplace_back("from-s3-region", "eu-west-1");
  EXPECT_EQ(&registry.StoreFor(two), &registry.StoreFor(shared));
  // Neither the endpoint nor the secret of the other end's: those are of another store.
  const JobSpec source = With({{kS3RegionOption, "eu-west-1"}, {kGcsEndpointOption, "http://g"}});
  EXPECT_EQ(&registry.SourceStoreFor(two), &registry.StoreFor(source));
}

TEST(Registry, TheSourcesSecretIsTheSources) {
  Registry registry(std::make_unique<NoSecrets>());
  const JobSpec spec = With({{"from-gcs-secret", "mine"}, {"from-abs-account", "acc"}, {"from-secret-keys", "a=b"}});
  EXPECT_EQ(Message(registry.SourceStoreFor(spec).Stat("gs://b/k").status()), "there is no mine");
  EXPECT_EQ(&registry.StoreFor(spec), &registry.StoreFor(With({})));
  EXPECT_EQ(
      &registry.SourceStoreFor(spec),
      &registry.StoreFor(With({{kGcsSecretOption, "mine"}, {kAbsAccountOption, "acc"}, {kSecretKeysOption, "a=b"}})));
}

TEST(Registry, TheDestinationsNamesOfKeysAreNotThoseOfTheSourcesSecret) {
  Registry registry(std::make_unique<NoSecrets>());
  const JobSpec own = With({{kS3SecretOption, "to"}, {kSecretKeysOption, "a=b"}, {"from-s3-secret", "mine"}});
  EXPECT_EQ(&registry.SourceStoreFor(own), &registry.StoreFor(With({{kS3SecretOption, "mine"}})));
  const JobSpec shared = With({{kS3SecretOption, "both"}, {kSecretKeysOption, "a=b"}});
  EXPECT_EQ(&registry.SourceStoreFor(shared), &registry.StoreFor(shared));
}

}  // namespace
}  // namespace datahaul
