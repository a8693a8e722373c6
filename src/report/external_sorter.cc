#include "report/external_sorter.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/status.h"

namespace datahaul {
namespace {

// Several sorted streams as one.
class MergedStream final : public EntryStream {
 public:
  explicit MergedStream(std::vector<std::unique_ptr<EntryStream>> inputs) : inputs_(std::move(inputs)) {}

  absl::StatusOr<std::optional<std::string_view>> Next() override {
    if (!started_) {
      DH_RETURN_IF_ERROR(Start());
    } else if (!heap_.empty()) {
      DH_RETURN_IF_ERROR(AdvanceTop());
    }
    if (heap_.empty()) return std::nullopt;
    return heap_.front().entry;
  }

 private:
  struct Head {
    std::string_view entry;
    EntryStream* stream;
    bool operator<(const Head& other) const { return entry > other.entry; }  // the least at the top of the heap
  };

  absl::Status Start() {
    started_ = true;
    for (auto& input : inputs_) {
      DH_ASSIGN_OR_RETURN(const std::optional<std::string_view> entry, input->Next());
      if (entry) heap_.push_back({*entry, input.get()});
    }
    std::make_heap(heap_.begin(), heap_.end());
    return absl::OkStatus();
  }

  // The entry handed out last has been used: only now may its stream move on.
  absl::Status AdvanceTop() {
    std::pop_heap(heap_.begin(), heap_.end());
    DH_ASSIGN_OR_RETURN(const std::optional<std::string_view> entry, heap_.back().stream->Next());
    if (entry) {
      heap_.back().entry = *entry;
      std::push_heap(heap_.begin(), heap_.end());
    } else {
      heap_.pop_back();
    }
    return absl::OkStatus();
  }

  std::vector<std::unique_ptr<EntryStream>> inputs_;
  std::vector<Head> heap_;
  bool started_ = false;
};

class HeldStream final : public EntryStream {
 public:
  HeldStream(size_t size, std::function<std::string_view(size_t)> at) : size_(size), at_(std::move(at)) {}
  absl::StatusOr<std::optional<std::string_view>> Next() override {
    if (next_ == size_) return std::nullopt;
    return at_(next_++);
  }

 private:
  const size_t size_;
  const std::function<std::string_view(size_t)> at_;
  size_t next_ = 0;
};

std::unique_ptr<EntryStream> Merge(const RunFile& runs, size_t first, size_t count) {
  std::vector<std::unique_ptr<EntryStream>> inputs;
  inputs.reserve(count);
  for (size_t i = 0; i < count; ++i) inputs.push_back(runs.Read(first + i));
  return std::make_unique<MergedStream>(std::move(inputs));
}

}  // namespace

ExternalSorter::ExternalSorter(size_t memory, std::string temp_folder)
    : memory_(memory), temp_folder_(std::move(temp_folder)) {}

absl::Status ExternalSorter::Add(std::string_view entry) {
  std::lock_guard lock(mutex_);
  if (!slots_.empty() && bytes_.size() + entry.size() + (slots_.size() + 1) * sizeof(Slot) > memory_) {
    DH_RETURN_IF_ERROR(Spill());
  }
  slots_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(entry.size())});
  bytes_.Append(entry);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EntryStream>> ExternalSorter::Sort() {
  std::lock_guard lock(mutex_);
  if (runs_ == nullptr) {
    SortHeld();
    return std::make_unique<HeldStream>(slots_.size(), [this](size_t i) { return EntryAt(slots_[i]); });
  }
  DH_RETURN_IF_ERROR(Spill());
  bytes_.Reset();
  slots_ = {};
  while (runs_->runs() > kFanIn) DH_RETURN_IF_ERROR(MergeOnce());
  return Merge(*runs_, 0, runs_->runs());
}

void ExternalSorter::SortHeld() {
  std::sort(slots_.begin(), slots_.end(), [this](Slot a, Slot b) { return EntryAt(a) < EntryAt(b); });
}

absl::Status ExternalSorter::Spill() {
  if (runs_ == nullptr) {
    DH_ASSIGN_OR_RETURN(runs_, RunFile::Create(temp_folder_));
  }
  SortHeld();
  for (const Slot slot : slots_) DH_RETURN_IF_ERROR(runs_->Append(EntryAt(slot)));
  DH_RETURN_IF_ERROR(runs_->EndRun());
  bytes_.clear();
  slots_.clear();
  return absl::OkStatus();
}

// Replaces every kFanIn runs by one.
absl::Status ExternalSorter::MergeOnce() {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<RunFile> merged, RunFile::Create(temp_folder_));
  for (size_t first = 0; first < runs_->runs(); first += kFanIn) {
    const std::unique_ptr<EntryStream> stream = Merge(*runs_, first, std::min(kFanIn, runs_->runs() - first));
    while (true) {
      DH_ASSIGN_OR_RETURN(const std::optional<std::string_view> entry, stream->Next());
      if (!entry) break;
      DH_RETURN_IF_ERROR(merged->Append(*entry));
    }
    DH_RETURN_IF_ERROR(merged->EndRun());
  }
  runs_ = std::move(merged);
  return absl::OkStatus();
}

}  // namespace datahaul
