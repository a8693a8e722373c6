#include "cli/loss_log.h"

#include <utility>

#include "base/text.h"

namespace datahaul {

void LossLog::Add(const RecordBatch& batch) {
  for (const Reject& reject : batch.rejects) Keep(StrCat("rejected: ", reject.reason));
  for (const LostRange& lost : batch.lost) {
    Keep(StrCat("lost: ", lost.object, " bytes ", lost.begin, " to ", lost.end, ": ", lost.reason));
  }
}

std::vector<std::string> LossLog::sentences() const {
  std::lock_guard lock(mutex_);
  return {sentences_.begin(), sentences_.end()};
}

void LossLog::Keep(std::string sentence) {
  std::lock_guard lock(mutex_);
  if (sentences_.size() < kKept) sentences_.insert(std::move(sentence));
}

}  // namespace datahaul
