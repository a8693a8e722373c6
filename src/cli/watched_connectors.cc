#include "cli/watched_connectors.h"

#include <span>
#include <utility>

#include "base/status.h"

namespace datahaul {
namespace {

class WatchedWriter final : public Writer {
 public:
  WatchedWriter(std::unique_ptr<Writer> inner, LossLog* log) : inner_(std::move(inner)), log_(log) {}

  absl::Status Write(const RecordBatch& batch, std::span<const uint32_t> rows, std::span<Hash128> hashes) override {
    if (!batch.rejects.empty() || !batch.lost.empty()) log_->Add(batch);
    return inner_->Write(batch, rows, hashes);
  }
  bool full() const override { return inner_->full(); }
  absl::Status Finish() override { return inner_->Finish(); }
  absl::Status Place() override { return inner_->Place(); }
  void AddCounters(Counters* counters) const override { inner_->AddCounters(counters); }
  absl::StatusOr<Receipt> Commit() override { return inner_->Commit(); }

 private:
  const std::unique_ptr<Writer> inner_;
  LossLog* const log_;
};

class WatchedSink final : public Sink {
 public:
  WatchedSink(std::unique_ptr<Sink> inner, LossLog* log) : inner_(std::move(inner)), log_(log) {}

  const SinkTraits& traits() const override { return inner_->traits(); }
  absl::Status Prepare(const JobContext& context) override { return inner_->Prepare(context); }
  absl::StatusOr<std::unique_ptr<Writer>> Open(const SliceId& slice, Fence fence) override {
    DH_ASSIGN_OR_RETURN(std::unique_ptr<Writer> writer, inner_->Open(slice, fence));
    return std::make_unique<WatchedWriter>(std::move(writer), log_);
  }
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override {
    return inner_->Close(context, outcome);
  }

 private:
  const std::unique_ptr<Sink> inner_;
  LossLog* const log_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> WatchedConnectors::OpenSink(const JobSpec& spec) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, inner_->OpenSink(spec));
  return std::make_unique<WatchedSink>(std::move(sink), log_);
}

}  // namespace datahaul
