#include "report/scan.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr size_t kProblemsNamed = 10;
constexpr uint64_t kMostPieces = 1 << 14;  // so that the list of pieces stays small for the largest source

// Hands pieces of a source to threads and sums up what they found.
class Scanner {
 public:
  Scanner(Source& source, const Selection& selection, const ScanOptions& options)
      : source_(source), selection_(selection), options_(options) {}

  absl::Status Plan() {
    DH_ASSIGN_OR_RETURN(result_.snapshot, source_.Begin(selection_));
    const uint64_t target = std::max(options_.piece_bytes, result_.snapshot.bytes / kMostPieces);
    DH_ASSIGN_OR_RETURN(std::vector<Partition> parts, source_.Split(result_.snapshot, selection_, nullptr, "", target));
    for (const Partition& part : parts) {
      DH_ASSIGN_OR_RETURN(std::vector<Partition> pieces,
                          source_.Split(result_.snapshot, selection_, &part, "", target));
      pieces_.insert(pieces_.end(), std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
    }
    return absl::OkStatus();
  }

  size_t pieces() const { return pieces_.size(); }

  // What one thread does until nothing is left, or something failed anywhere.
  void Work(Visitor* visitor) {
    RecordBatch batch;
    for (size_t piece; !failed_ && (piece = next_++) < pieces_.size();) {
      if (absl::Status status = Read(pieces_[piece], visitor, &batch); !status.ok()) Fail(std::move(status));
    }
  }

  absl::StatusOr<ScanResult> Finish() && {
    DH_RETURN_IF_ERROR(first_error_);
    DH_RETURN_IF_ERROR(CheckCount());
    return std::move(result_);
  }

 private:
  absl::Status Read(const Partition& piece, Visitor* visitor, RecordBatch* batch) {
    DH_ASSIGN_OR_RETURN(std::unique_ptr<Reader> reader, source_.Open(result_.snapshot, piece, ""));
    while (!failed_) {
      DH_RETURN_IF_ERROR(reader->Read(batch));
      if (batch->empty() && batch->input_bytes == 0) break;
      uint64_t selected = 0;
      for (const Record& record : batch->records) {
        if (!selection_.Matches(record.key->ns, record.key->kind())) continue;
        ++selected;
        DH_RETURN_IF_ERROR(visitor->Visit(record));
      }
      DH_RETURN_IF_ERROR(visitor->EndBatch(*batch));
      Count(*batch, selected);
    }
    return absl::OkStatus();
  }

  void Count(const RecordBatch& batch, uint64_t selected) {
    if (options_.on_read) options_.on_read(batch.input_bytes);
    std::lock_guard lock(mutex_);
    result_.records += selected;
    result_.passed_over += batch.records.size() - selected;
    result_.bytes += batch.input_bytes;
    result_.payload_bytes += batch.payload_bytes;
    result_.rejects += batch.rejects.size();
    result_.lost_ranges += batch.lost.size();
    for (const Reject& reject : batch.rejects) Name(reject.reason);
    for (const LostRange& lost : batch.lost) {
      result_.lost_bytes += lost.end - lost.begin;
      Name(StrCat(lost.object, " bytes ", lost.begin, " to ", lost.end, ": ", lost.reason));
    }
  }

  void Name(std::string problem) {
    if (result_.problems.size() < kProblemsNamed) result_.problems.push_back(std::move(problem));
  }

  absl::Status CheckCount() {
    result_.notes = result_.snapshot.notes;
    const std::optional<uint64_t> promised = result_.snapshot.records;
    const uint64_t found = result_.records + result_.passed_over + result_.rejects;
    if (!source_.traits().exact_counts || !promised || *promised == found) {
      NotePayloadBytes();
      return absl::OkStatus();
    }
    std::string message = StrCat("counting records: expected ", *promised, " as the metadata says, found ", found);
    if (!source_.traits().accepts_loss) {
      return DataError(StrCat(message, "; a file may be missing or cut: fetch the source again"));
    }
    result_.notes.push_back(std::move(message));
    return absl::OkStatus();
  }

  void NotePayloadBytes() {
    if (result_.lost_ranges != 0) return;
    std::string note = PayloadBytesNote(result_.snapshot, result_.payload_bytes);
    if (!note.empty()) result_.notes.push_back(std::move(note));
  }

  void Fail(absl::Status status) {
    std::lock_guard lock(mutex_);
    failed_ = true;
    if (first_error_.ok()) first_error_ = std::move(status);
  }

  Source& source_;
  const Selection& selection_;
  const ScanOptions& options_;
  std::vector<Partition> pieces_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // guards what follows while threads work
  absl::Status first_error_;
  ScanResult result_;
};

}  // namespace

int WorkerCount(int asked) {
  if (asked > 0) return asked;
  const unsigned cpus = std::thread::hardware_concurrency();
  return cpus == 0 ? 1 : static_cast<int>(cpus);
}

absl::StatusOr<ScanResult> Scan(Source& source, const Selection& selection, const ScanOptions& options,
                                const std::function<Visitor*(int worker)>& visitor) {
  Scanner scanner(source, selection, options);
  DH_RETURN_IF_ERROR(scanner.Plan());
  const int workers =
      static_cast<int>(std::min<size_t>(WorkerCount(options.workers), std::max<size_t>(1, scanner.pieces())));
  std::vector<Visitor*> visitors(workers);
  for (int i = 0; i < workers; ++i) visitors[i] = visitor(i);
  std::vector<std::thread> threads;
  for (int i = 1; i < workers; ++i) threads.emplace_back([&scanner, &visitors, i] { scanner.Work(visitors[i]); });
  scanner.Work(visitors[0]);
  for (std::thread& thread : threads) thread.join();
  return std::move(scanner).Finish();
}

}  // namespace datahaul
