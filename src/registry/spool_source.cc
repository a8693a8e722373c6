#include "registry/spool_source.h"

#include "base/status.h"
#include "registry/spool_records.h"

namespace datahaul {
namespace {

class SpoolReader final : public Reader {
 public:
  SpoolReader(std::unique_ptr<Reader> inner, std::string origin)
      : inner_(std::move(inner)), origin_(std::move(origin)) {}

  absl::Status Read(RecordBatch* batch) override {
    DH_RETURN_IF_ERROR(inner_->Read(batch));
    DH_RETURN_IF_ERROR(TakeLosses(batch));
    if (!batch->empty()) batch->object = origin_;
    for (Record& record : batch->records) record.offset = 0;
    return absl::OkStatus();
  }

 private:
  const std::unique_ptr<Reader> inner_;
  const std::string origin_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> SpoolSource::Open(const Snapshot& snapshot, const Partition& partition,
                                                          const Cursor& resume_after) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Reader> reader, inner_->Open(snapshot, partition, resume_after));
  return std::make_unique<SpoolReader>(std::move(reader), origin_);
}

}  // namespace datahaul
