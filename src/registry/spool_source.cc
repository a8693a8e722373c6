#include "registry/spool_source.h"

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "registry/spool_records.h"

namespace datahaul {
namespace {

class SpoolReader final : public Reader {
 public:
  SpoolReader(std::unique_ptr<Reader> inner, std::string origin)
      : inner_(std::move(inner)), origin_(std::move(origin)) {}

  absl::Status Read(RecordBatch* batch) override {
    DH_RETURN_IF_ERROR(inner_->Read(batch));
    DH_RETURN_IF_ERROR(CheckIsWhole(*batch));
    DH_RETURN_IF_ERROR(TakeLosses(batch));
    if (!batch->empty()) batch->object = origin_;
    for (Record& record : batch->records) record.offset = 0;
    return absl::OkStatus();
  }

 private:
  // What the source has lost lies in the spool as records: these are losses of the spool itself.
  static absl::Status CheckIsWhole(const RecordBatch& batch) {
    if (!batch.rejects.empty()) {
      const Reject& reject = batch.rejects.front();
      return Damaged(reject.object, reject.offset, reject.reason);
    }
    if (batch.lost.empty()) return absl::OkStatus();
    const LostRange& lost = batch.lost.front();
    return Damaged(lost.object, lost.begin, lost.reason);
  }
  static absl::Status Damaged(std::string_view object, uint64_t offset, std::string_view reason) {
    return DataError(StrCat("reading the spool ", object, " at byte ", offset, ": ", reason,
                            "; the spool was damaged: begin a new job"));
  }

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
