#include "layout/managed_export/find_managed_export.h"

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/memory_store.h"
#include "testing/sampling.h"

namespace datahaul {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

constexpr char kOverall[] = "x/2025-01-02T03:04:05_6789.overall_export_metadata";
constexpr char kPartition[] = "x/all_namespaces/all_kinds/all_namespaces_all_kinds.export_metadata";

std::string Sample(std::string_view name) {
  return std::string(DATAHAUL_SOURCE_DIR "/testdata/exports/") + std::string(name);
}

std::vector<std::string> FileNames(const ExportPartition& partition) {
  std::vector<std::string> names;
  names.reserve(partition.files.size());
  for (const ExportFile& file : partition.files) names.push_back(fs::path(file.name).filename());
  return names;
}

// All that decides what is read.
std::string Essence(const Inventory& inventory) {
  std::string text;
  for (const ExportPartition& p : inventory.partitions) {
    text +=
        "[" + p.kind.value_or("*") + "|" + p.ns.value_or("*") + "|" + (p.records ? std::to_string(*p.records) : "?");
    for (const ExportFile& file : p.files) text += " " + file.name + "=" + std::to_string(file.size);
    text += "]";
  }
  return text;
}

class FindTest : public testing::Test {
 protected:
  // A sample, to tamper with, at `uri`.
  void Load(std::string_view name, const std::string& uri = "x") { store_.Load(Sample(name), uri); }
  absl::StatusOr<Inventory> Find(const std::string& uri = "x") { return FindManagedExport(store_, uri); }
  std::string Error(const std::string& uri = "x") {
    const auto found = Find(uri);
    return found.ok() ? "found " + Essence(*found) : found.status().ToString();
  }
  void Move(const std::string& from, const std::string& to) {
    store_.objects[to] = store_.objects.at(from);
    store_.objects.erase(from);
  }

  MemoryStore store_;
};

TEST_F(FindTest, EverySampleIsFoundByItsFolder) {
  for (const auto& entry : fs::directory_iterator(Sample(""))) {
    store_.objects.clear();
    Load(entry.path().filename().string());
    const auto found = Find();
    ASSERT_TRUE(found.ok()) << found.status();
    size_t listed = 0, outputs = 0;
    for (const ExportPartition& partition : found->partitions) listed += partition.files.size();
    for (const auto& [uri, bytes] : store_.objects) outputs += uri.find("/output-") != std::string::npos;
    EXPECT_EQ(listed, outputs) << entry.path();
  }
}

TEST_F(FindTest, TheSameByEveryAddress) {
  Load("special");
  const auto by_folder = Find(), by_overall = Find(kOverall);
  ASSERT_TRUE(by_folder.ok() && by_overall.ok()) << by_overall.status();
  EXPECT_THAT(by_folder->notes, IsEmpty());
  EXPECT_THAT(by_folder->partitions[0].records, testing::Optional(testing::Gt(0u)));
  EXPECT_EQ(by_folder->partitions[0].backup_name, "2025-01-02T03:04:05_6789");
  EXPECT_EQ(by_folder->partitions[0].started, 1735787045006789);
  EXPECT_THAT(by_folder->partitions[0].kinds, ElementsAre("__all__"));
  EXPECT_EQ(Essence(*by_folder), Essence(*by_overall));
  for (const char* uri : {kPartition, "x/all_namespaces", "x/all_namespaces/all_kinds/"}) {
    const auto found = Find(uri);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(FileNames(found->partitions[0]), FileNames(by_folder->partitions[0]));
    EXPECT_FALSE(found->partitions[0].records);
    EXPECT_THAT(found->notes, ElementsAre(HasSubstr("complete as far as the files tell")));
  }
  const auto one = Find("x/all_namespaces/all_kinds/output-0");
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(FileNames(one->partitions[0]), ElementsAre("output-0"));
  EXPECT_THAT(one->notes, ElementsAre(HasSubstr("alone was given")));
}

TEST_F(FindTest, NestedExportsAreFoundWhereThereIsOnlyOne) {
  Load("special", "x/one");
  ASSERT_TRUE(Find().ok());
  Load("no-metadata", "x/two");
  EXPECT_THAT(Error(), HasSubstr("expected one, found 2 (one, two); name one of them"));
  EXPECT_TRUE(Find("x/two").ok());
}

TEST_F(FindTest, AnExportInsideAnotherIsToldOf) {
  Load("special");
  Load("padded", "x/older");
  const auto found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->notes, ElementsAre(HasSubstr("also holds an export in older")));
  EXPECT_THAT(found->partitions, SizeIs(1));
}

TEST_F(FindTest, OutputsComeInNumberOrder) {
  Load("no-metadata");
  const auto found = Find();
  ASSERT_TRUE(found.ok());
  EXPECT_THAT(FileNames(found->partitions[0]),
              ElementsAre("output-0", "output-1", "output-2", "output-3", "output-4", "output-5", "output-6",
                          "output-7", "output-8", "output-9", "output-10"));
  EXPECT_THAT(found->notes, ElementsAre(HasSubstr("bare output files carry no count")));
}

TEST_F(FindTest, AGapInBareOutputsIsNoted) {
  Load("no-metadata");
  store_.objects.erase("x/all_namespaces/all_kinds/output-4");
  store_.objects.erase("x/all_namespaces/all_kinds/output-5");
  EXPECT_THAT(Find()->notes, testing::Contains(HasSubstr("output-4 to output-5 not found")));
}

TEST_F(FindTest, PartitionsKnowTheirLimits) {
  Load("partitions");
  const auto found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  for (const ExportPartition& p : found->partitions) EXPECT_TRUE(p.kind && p.ns && p.records) << p.metadata_uri;
  EXPECT_THAT(Essence(*found), AllOf(HasSubstr("[Person|Tenant-2.eu|"), HasSubstr("[Invoice||")));
}

TEST_F(FindTest, WithoutAnOverallFileNamesTellOnlyWhereTheyAgreeWithTheContents) {
  Load("partitions");
  store_.objects.erase(kOverall);
  Move("x/namespace_ns1/kind_Task/output-0", "x/namespace_ns1/kind_Renamed/output-0");
  Move("x/namespace_ns1/kind_Task/output-1", "x/namespace_ns1/kind_Renamed/output-1");
  Move("x/namespace_ns1/kind_Task/output-2", "x/namespace_ns1/kind_Renamed/output-2");
  Move("x/namespace_ns1/kind_Task/namespace_ns1_kind_Task.export_metadata",
       "x/namespace_ns1/kind_Renamed/namespace_ns1_kind_Task.export_metadata");
  const auto found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(Essence(*found),
              AllOf(HasSubstr("[Person|Tenant-2.eu|?"), HasSubstr("[*|*|? namespace_ns1/kind_Renamed")));
}

TEST_F(FindTest, EmulatorsConventions) {
  Load("backslash");
  const auto backslash = Find();
  ASSERT_TRUE(backslash.ok()) << backslash.status();
  EXPECT_THAT(FileNames(backslash->partitions[0]), ElementsAre("output-0", "output-1"));
  EXPECT_FALSE(backslash->partitions[0].kind);
  Load("datastore-emulator-one-kind", "y");
  const auto one_kind = Find("y");
  ASSERT_TRUE(one_kind.ok()) << one_kind.status();
  EXPECT_EQ(one_kind->partitions[0].kind, "Task");
}

TEST_F(FindTest, MissingAndUnlistedFilesAreErrors) {
  Load("special");
  const std::string folder = "x/all_namespaces/";
  Move(folder + "all_kinds/output-0", folder + "all_kinds/output-7");
  EXPECT_THAT(Error(), HasSubstr("expected 2 output files, found 1; output-0 is missing"));
  store_.objects[folder + "all_kinds/output-0"] = "";
  EXPECT_THAT(Error(), HasSubstr("output-7, which no metadata lists"));
  EXPECT_THAT(Error(kPartition), HasSubstr("output-7, which no metadata lists"));
  store_.objects.erase(folder + "all_kinds/output-7");
  EXPECT_TRUE(Find().ok());
  store_.objects[folder + "kind_A/all_namespaces_kind_A.export_metadata"] = "";
  EXPECT_THAT(Error(), HasSubstr("does not name"));
  store_.objects.erase(folder + "kind_A/all_namespaces_kind_A.export_metadata");
  store_.objects[folder + "kind_A/output-0"] = "";
  EXPECT_THAT(Error(), HasSubstr("kind_A/output-0, which no metadata lists"));
  store_.objects.erase(folder + "kind_A/output-0");
  store_.objects.erase(kPartition);
  EXPECT_THAT(Error(), HasSubstr("expected the partition's metadata all_namespaces/all_kinds/"));
}

TEST_F(FindTest, WithoutAnOverallFileAKindWithoutMetadataIsNoticed) {
  Load("partitions-one-record");
  store_.objects.erase(kOverall);
  ASSERT_TRUE(Find().ok());
  store_.objects.erase("x/all_namespaces/kind_users/all_namespaces_kind_users.export_metadata");
  EXPECT_THAT(Error(), HasSubstr("kind_users/output-0, which no metadata lists"));
}

TEST_F(FindTest, NothingThereSaysWhatWasExpected) {
  store_.objects["x/readme.txt"] = "";
  EXPECT_EQ(Find().status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Error(), HasSubstr("found none among 1 files"));
  EXPECT_EQ(Find("none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FindTest, MalformedMetadataNamesFileAndByte) {
  Load("special");
  store_.objects[kPartition] = "\x0a\x7f";
  EXPECT_THAT(Error(), HasSubstr(std::string(kPartition) + " at byte 0 (field 1): expected text or a message, found"));
  store_.objects[kPartition] = "\x12\x0b\x12\x09../x/outp";
  EXPECT_THAT(
      Error(),
      HasSubstr("at byte 2 (field 2): expected the name of an output file below this folder, found \"../x/outp\""));
}

// Whatever happens to one byte of the metadata, or wherever it is cut: an error, or the very same files.
class DamageTest : public FindTest, public testing::WithParamInterface<const char*> {
 protected:
  void Check(const std::string& uri, const std::string& damaged, const std::string& expected) {
    store_.objects[uri] = damaged;
    const auto found = Find();
    if (found.ok()) {
      EXPECT_EQ(Essence(*found), expected) << uri;
    } else {
      EXPECT_NE(found.status().code(), absl::StatusCode::kInternal) << found.status();
    }
  }
};

TEST_P(DamageTest, NeverFewerFiles) {
  Load(GetParam());
  const auto intact = store_.objects;
  const std::string expected = Essence(*Find());
  for (const auto& [uri, good] : intact) {
    if (!uri.ends_with("export_metadata")) continue;
    for (size_t i = 0; i < good.size(); i += kOneIn) {
      Check(uri, good.substr(0, i), expected);
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = good;
        damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
        Check(uri, damaged, expected);
      }
    }
    store_.objects = intact;
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, DamageTest,
                         testing::Values("special", "partitions", "partitions-one-record", "firestore-emulator",
                                         "backslash", "no-overall"));

}  // namespace
}  // namespace datahaul
