#include "report/digest_scan.h"

#include <memory>
#include <vector>

#include "base/status.h"
#include "format/ndjson/record_hasher.h"
#include "format/ndjson/typed_encoder.h"
#include "report/kind_table.h"

namespace datahaul {
namespace {

class DigestVisitor final : public Visitor {
 public:
  DigestVisitor(BucketSums* buckets, Side side) : buckets_(buckets), side_(side) {}

  absl::Status Visit(const Record& record) override {
    const Hash128 hash = hasher_.HashRecord(record);
    kinds_.At(record.key->ns, record.key->kind()).Add(hash);
    if (buckets_ == nullptr) return absl::OkStatus();
    key_text_.clear();
    encoder_.AppendKey(*record.key, &key_text_);
    side_ == Side::kA ? buckets_->Add(key_text_.view(), hash) : buckets_->Subtract(key_text_.view(), hash);
    return absl::OkStatus();
  }

  const Digests& digests() const { return kinds_.kinds(); }

 private:
  BucketSums* const buckets_;
  const Side side_;
  RecordHasher hasher_;
  TypedEncoder encoder_{EncodeOptions()};
  KindTable<KindDigest> kinds_;
  ByteBuffer key_text_;
};

}  // namespace

absl::StatusOr<DigestScan> ScanDigests(Source& source, const Selection& selection, const ScanOptions& options,
                                       BucketSums* buckets, Side side) {
  std::vector<std::unique_ptr<DigestVisitor>> visitors;
  DigestScan result;
  DH_ASSIGN_OR_RETURN(result.scan, Scan(source, selection, options, [&](int) {
                        return visitors.emplace_back(std::make_unique<DigestVisitor>(buckets, side)).get();
                      }));
  for (const auto& visitor : visitors) AddTo(result.digests, visitor->digests());
  return result;
}

}  // namespace datahaul
