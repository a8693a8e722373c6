#include "cli/watched_connectors.h"

#include <span>
#include <utility>
#include <vector>

#include "base/status.h"

namespace datahaul {
namespace {

class WatchedReader final : public Reader {
 public:
  WatchedReader(std::unique_ptr<Reader> inner, LossLog* log) : inner_(std::move(inner)), log_(log) {}

  absl::Status Read(RecordBatch* batch) override {
    DH_RETURN_IF_ERROR(inner_->Read(batch));
    if (!batch->rejects.empty() || !batch->lost.empty()) log_->Add(*batch);
    return absl::OkStatus();
  }

 private:
  const std::unique_ptr<Reader> inner_;
  LossLog* const log_;
};

class WatchedSource final : public Source {
 public:
  WatchedSource(std::unique_ptr<Source> inner, LossLog* log) : inner_(std::move(inner)), log_(log) {}

  const SourceTraits& traits() const override { return inner_->traits(); }
  absl::StatusOr<Snapshot> Begin(const Selection& selection) override { return inner_->Begin(selection); }
  absl::StatusOr<std::vector<Partition>> Split(const Snapshot& snapshot, const Selection& selection,
                                               const Partition* rest, const Cursor& after,
                                               uint64_t target_bytes) override {
    return inner_->Split(snapshot, selection, rest, after, target_bytes);
  }
  absl::StatusOr<std::unique_ptr<Reader>> Open(const Snapshot& snapshot, const Partition& partition,
                                               const Cursor& resume_after) override {
    DH_ASSIGN_OR_RETURN(std::unique_ptr<Reader> reader, inner_->Open(snapshot, partition, resume_after));
    return std::make_unique<WatchedReader>(std::move(reader), log_);
  }

 private:
  const std::unique_ptr<Source> inner_;
  LossLog* const log_;
};

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

absl::StatusOr<std::unique_ptr<Source>> WatchedConnectors::OpenSource(const JobSpec& spec) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Source> source, inner_->OpenSource(spec));
  return std::make_unique<WatchedSource>(std::move(source), log_);
}

absl::StatusOr<std::unique_ptr<Sink>> WatchedConnectors::OpenSink(const JobSpec& spec) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, inner_->OpenSink(spec));
  return std::make_unique<WatchedSink>(std::move(sink), log_);
}

}  // namespace datahaul
