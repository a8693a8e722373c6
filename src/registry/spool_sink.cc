#include "registry/spool_sink.h"

#include <cerrno>
#include <cstdint>
#include <numeric>
#include <vector>

#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"
#include "registry/spool_records.h"

namespace datahaul {
namespace {

// What a person can do about a spool that can't be written.
absl::Status WithRemedy(const absl::Status& status) {
  if (RetryOf(status) != Retry::kHuman && !absl::IsNotFound(status)) return status;
  return WithRetry(
      absl::Status(status.code(), StrCat(Message(status), " (the spool: a new job with --spool-to has it elsewhere)")),
      RetryOf(status));
}

// What is spooled may be for nobody else to read, whatever the output is.
absl::Status MakePrivateFolder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno != ENOENT) return absl::OkStatus();  // the sink says what is wrong
  DH_RETURN_IF_ERROR(MakeFolders(ParentFolder(folder)).status());
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return ErrnoError(errno, StrCat("making the folder ", folder));
}

class SpoolWriter final : public Writer {
 public:
  explicit SpoolWriter(std::unique_ptr<Writer> inner) : inner_(std::move(inner)) {}

  absl::Status Write(const RecordBatch& batch, std::span<const uint32_t> rows, std::span<Hash128> hashes) override {
    for (const uint32_t row : rows) {
      if (IsLoss(batch.records[row])) return NoSuchKind(batch.records[row]);
    }
    DH_RETURN_IF_ERROR(inner_->Write(batch, rows, hashes));
    if (batch.rejects.empty() && batch.lost.empty()) return absl::OkStatus();
    losses_.Clear();
    AppendLosses(batch, &losses_);
    rows_.resize(losses_.records.size());
    std::iota(rows_.begin(), rows_.end(), 0);
    hashes_.resize(rows_.size());
    return inner_->Write(losses_, rows_, hashes_);
  }
  bool full() const override { return inner_->full(); }
  absl::Status Finish() override { return inner_->Finish(); }
  absl::Status Place() override { return inner_->Place(); }
  void AddCounters(Counters* counters) const override { inner_->AddCounters(counters); }
  absl::StatusOr<Receipt> Commit() override {
    absl::StatusOr<Receipt> receipt = inner_->Commit();
    return receipt.ok() ? std::move(receipt) : WithRemedy(receipt.status());
  }

 private:
  static absl::Status NoSuchKind(const Record& record) {
    return DataError(StrCat("spooling a record of kind ", record.key->kind(),
                            ": expected another name, as this one stands for what was set aside; --spool never reads "
                            "the source twice instead"));
  }

  const std::unique_ptr<Writer> inner_;
  RecordBatch losses_;
  std::vector<uint32_t> rows_;
  std::vector<Hash128> hashes_;
};

}  // namespace

absl::Status SpoolSink::Prepare(const JobContext& context) {
  if (store_ == nullptr) DH_RETURN_IF_ERROR(WithRemedy(MakePrivateFolder(folder_)));
  const absl::Status prepared = inner_->Prepare(context);
  if (!prepared.ok() && store_ == nullptr) RemoveFolderIfEmpty(folder_).IgnoreError();
  return WithRemedy(prepared);
}

absl::StatusOr<std::unique_ptr<Writer>> SpoolSink::Open(const SliceId& slice, Fence fence) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Writer> writer, inner_->Open(slice, fence));
  return std::make_unique<SpoolWriter>(std::move(writer));
}

absl::StatusOr<Receipt> SpoolSink::Close(const JobContext& context, Outcome outcome) {
  absl::StatusOr<Receipt> receipt = inner_->Close(context, outcome);
  if (!receipt.ok()) return WithRemedy(receipt.status());
  if (outcome == Outcome::kDiscarded) DH_RETURN_IF_ERROR(RemoveAll());
  return receipt;
}

absl::Status SpoolSink::RemoveAll() const {
  if (store_ == nullptr) return RemoveTree(folder_);
  const absl::StatusOr<std::vector<ObjectInfo>> objects = store_->List(folder_);
  if (absl::IsNotFound(objects.status())) return absl::OkStatus();
  DH_RETURN_IF_ERROR(objects.status());
  for (const ObjectInfo& object : *objects) DH_RETURN_IF_ERROR(store_->Delete(object.uri));
  return absl::OkStatus();
}

}  // namespace datahaul
