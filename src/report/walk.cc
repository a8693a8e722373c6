#include "report/walk.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "base/status.h"

namespace datahaul {
namespace {

constexpr uint64_t kPieceBytes = 8 << 20;

class Walker {
 public:
  Walker(const Selection& selection, const std::function<absl::StatusOr<bool>(const Record&)>& visit)
      : selection_(selection), visit_(visit), left_(selection.limit.value_or(std::numeric_limits<uint64_t>::max())) {}

  bool done() const { return left_ == 0; }

  absl::Status Read(Reader& reader) {
    while (!done()) {
      DH_RETURN_IF_ERROR(reader.Read(&batch_));
      if (batch_.empty() && batch_.input_bytes == 0) break;
      for (const Record& record : batch_.records) {
        if (done()) break;
        DH_RETURN_IF_ERROR(Visit(record));
      }
      if (!done() && !batch_.rejects.empty()) return DataError(batch_.rejects.front().reason);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Visit(const Record& record) {
    if (!selection_.Matches(record.key->ns, record.key->kind())) return absl::OkStatus();
    DH_ASSIGN_OR_RETURN(const bool more, visit_(record));
    left_ = more ? left_ - 1 : 0;
    return absl::OkStatus();
  }

  const Selection& selection_;
  const std::function<absl::StatusOr<bool>(const Record&)>& visit_;
  uint64_t left_;
  RecordBatch batch_;
};

}  // namespace

absl::Status Walk(Source& source, const Selection& selection,
                  const std::function<absl::StatusOr<bool>(const Record&)>& visit) {
  Walker walker(selection, visit);
  DH_ASSIGN_OR_RETURN(const Snapshot snapshot, source.Begin(selection));
  DH_ASSIGN_OR_RETURN(const std::vector<Partition> parts, source.Split(snapshot, selection, nullptr, "", kPieceBytes));
  for (const Partition& part : parts) {
    DH_ASSIGN_OR_RETURN(const std::vector<Partition> pieces, source.Split(snapshot, selection, &part, "", kPieceBytes));
    for (const Partition& piece : pieces) {
      if (walker.done()) return absl::OkStatus();
      DH_ASSIGN_OR_RETURN(const std::unique_ptr<Reader> reader, source.Open(snapshot, piece, ""));
      DH_RETURN_IF_ERROR(walker.Read(*reader));
    }
  }
  return absl::OkStatus();
}

}  // namespace datahaul
