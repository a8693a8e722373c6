#include "report/verify.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "report/bucket_sums.h"
#include "report/difference_join.h"
#include "report/digest_scan.h"
#include "report/external_sorter.h"
#include "report/key_scan.h"

namespace datahaul {
namespace {

Digests Select(const Digests& all, const Selection& selection) {
  Digests selected;
  for (const auto& [name, digest] : all) {
    if (digest.records != 0 && selection.Matches(name.ns, name.kind)) selected.emplace(name, digest);
  }
  return selected;
}

std::vector<KindName> DifferingKinds(const Digests& a, const Digests& b) {
  std::vector<KindName> differing;
  for (const auto& [name, digest] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second != digest) differing.push_back(name);
  }
  for (const auto& [name, digest] : b) {
    if (!a.contains(name)) differing.push_back(name);
  }
  std::sort(differing.begin(), differing.end());
  return differing;
}

// The sorted keys of one side: from its index, or by reading its records again.
class SortedKeys {
 public:
  SortedKeys(Dataset& dataset, const VerifyOptions& options, const std::vector<KindName>& kinds,
             const BucketSums* buckets)
      : dataset_(dataset),
        options_(options),
        kinds_(kinds),
        buckets_(buckets),
        sorter_(options.sort_memory, options.temp_folder) {}

  absl::StatusOr<std::unique_ptr<EntryStream>> Read() {
    if (dataset_.source == nullptr) return dataset_.keys->Read(kinds_, *dataset_.known);
    KeyScan scan;
    scan.number_of = [this](const KindName& name) { return NumberOfKind(kinds_, name); };
    if (buckets_ != nullptr) scan.wanted = [this](std::string_view key) { return buckets_->Differs(key); };
    DH_RETURN_IF_ERROR(ScanKeys(*dataset_.source, options_.selection, options_.scan, scan, &sorter_));
    return sorter_.Sort();
  }

 private:
  Dataset& dataset_;
  const VerifyOptions& options_;
  const std::vector<KindName>& kinds_;
  const BucketSums* const buckets_;
  ExternalSorter sorter_;
};

class Verifier {
 public:
  Verifier(Dataset& a, Dataset& b, const VerifyOptions& options) : a_(a), b_(b), options_(options) {
    // An index is read whole, so that the other side must be too.
    if (a.source != nullptr && b.source != nullptr) buckets_ = std::make_unique<BucketSums>();
  }

  absl::StatusOr<Verification> Run() {
    DH_RETURN_IF_ERROR(Digest(a_, Side::kA, &result_.a));
    DH_RETURN_IF_ERROR(Digest(b_, Side::kB, &result_.b));
    result_.differing = DifferingKinds(result_.a.digests, result_.b.digests);
    AddSelectionNotes();
    if (!result_.differing.empty() && MayNameKeys()) DH_RETURN_IF_ERROR(NameKeys());
    return std::move(result_);
  }

 private:
  absl::Status Digest(Dataset& dataset, Side side, VerifiedSide* verified) {
    verified->address = dataset.address;
    verified->basis = dataset.basis;
    if (dataset.source == nullptr) {
      verified->digests = Select(*dataset.known, options_.selection);
      if (dataset.basis == Dataset::Basis::kFiles) {
        DH_ASSIGN_OR_RETURN(verified->damaged_files, dataset.check_files(options_.scan.on_read));
        verified->files_checked = dataset.manifest->objects.size();
      }
      return absl::OkStatus();
    }
    absl::StatusOr<DigestScan> scan =
        ScanDigests(*dataset.source, options_.selection, options_.scan, buckets_.get(), side);
    if (!scan.ok()) return Annotate(scan.status(), StrCat("reading ", dataset.address));
    verified->digests = std::move(scan->digests);
    verified->scan = std::move(scan->scan);
    return absl::OkStatus();
  }

  // A copy of a part is compared with the whole: true, but hardly what was meant.
  void AddSelectionNotes() {
    if (result_.differing.empty()) return;
    for (const Dataset* dataset : {&a_, &b_}) {
      if (dataset->selection_hint.empty()) continue;
      result_.notes.push_back(
          StrCat(dataset->address, " holds a selection (", dataset->selection_hint, "): compare with the same flags"));
    }
  }

  bool MayNameKeys() {
    if (!options_.name_keys) {
      result_.keys_not_named = "not asked for";
      return false;
    }
    for (const Dataset* dataset : {&a_, &b_}) {
      if (dataset->source != nullptr || dataset->keys != nullptr) continue;
      result_.keys_not_named =
          StrCat("the records of ", dataset->address, " cannot be read here, and it has no keys index; ",
                 "copy with --keys-index, or compare with a lossless copy (--format typed-ndjson)");
      return false;
    }
    return true;
  }

  absl::Status NameKeys() {
    SortedKeys keys_a(a_, options_, result_.differing, buckets_.get());
    SortedKeys keys_b(b_, options_, result_.differing, buckets_.get());
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<EntryStream> entries_a, keys_a.Read());
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<EntryStream> entries_b, keys_b.Read());
    DH_RETURN_IF_ERROR(
        JoinDifferences(*entries_a, *entries_b, [this](const Difference& difference) { return Take(difference); }));
    result_.keys_named = true;
    if (result_.missing + result_.extra + result_.changed != 0) return absl::OkStatus();
    return WithRetry(absl::AbortedError(StrCat("comparing ", a_.address, " and ", b_.address,
                                               ": their digests differ, but no record does when read again; ",
                                               "if something writes there, verify again when it is done")),
                     Retry::kTask);
  }

  absl::Status Take(const Difference& difference) {
    result_.missing += difference.missing;
    result_.extra += difference.extra;
    result_.changed += difference.changed;
    if (!options_.on_difference) return absl::OkStatus();
    return options_.on_difference(result_.differing[difference.kind], difference);
  }

  Dataset& a_;
  Dataset& b_;
  const VerifyOptions& options_;
  std::unique_ptr<BucketSums> buckets_;
  Verification result_;
};

}  // namespace

absl::StatusOr<Verification> Verify(Dataset& a, Dataset& b, const VerifyOptions& options) {
  return Verifier(a, b, options).Run();
}

}  // namespace datahaul
