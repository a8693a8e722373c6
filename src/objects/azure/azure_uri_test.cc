#include "objects/azure/azure_uri.h"

#include "gtest/gtest.h"

#include "base/status.h"

namespace datahaul {
namespace {

TEST(AzureUri, OfTheAccountOfTheOptions) {
  const AzureUri uri = *ParseAzureUri("az://container/a b/c%20");
  EXPECT_EQ(uri.container, "container");
  EXPECT_EQ(uri.key, "a b/c%20");
  EXPECT_EQ(uri.host, "");
  EXPECT_EQ(ToText(uri), "az://container/a b/c%20");
  EXPECT_EQ(ToText(*ParseAzureUri("az://$web")), "az://$web");
  EXPECT_EQ(ToText(*ParseAzureUri("az://$web/")), "az://$web");
}

TEST(AzureUri, OfAnAccount) {
  for (const char* text : {"abfss://c@acc.dfs.core.windows.net/k", "abfs://c@acc.blob.core.windows.net/k"}) {
    const AzureUri uri = *ParseAzureUri(text);
    EXPECT_EQ(uri.container, "c");
    EXPECT_EQ(uri.key, "k");
    EXPECT_EQ(uri.host, "acc.blob.core.windows.net");
    EXPECT_EQ(AccountOfHost(uri.host), "acc");
    EXPECT_EQ(ToText(uri), text);
  }
  EXPECT_EQ(ParseAzureUri("abfss://c@acc.dfs.core.chinacloudapi.cn")->host, "acc.blob.core.chinacloudapi.cn");
}

// Whoever a token is sent to can use it.
TEST(AzureUri, OtherHostsAndAddressesAreRefused) {
  for (const char* text :
       {"az://", "az:///k", "az://Upper/k", "az://a b/k", "az://c@acc.dfs.core.windows.net/k", "abfss://c/k",
        "abfss://c@evil.example/k", "abfss://c@acc.dfs.core.windows.net.evil.example/k",
        "abfss://c@.dfs.core.windows.net/k", "abfss://c@evil.example?.dfs.core.windows.net/k",
        "abfss://@acc.dfs.core.windows.net/k", "s3://c/k", "/az://c/k"}) {
    EXPECT_EQ(RetryOf(ParseAzureUri(text).status()), Retry::kUsage) << text;
  }
  EXPECT_FALSE(IsAzureUri("/az://c"));
  EXPECT_FALSE(IsAzureUri("azure://c"));
  EXPECT_TRUE(IsAzureUri("abfss://"));
}

}  // namespace
}  // namespace datahaul
