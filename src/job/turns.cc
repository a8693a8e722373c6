#include "job/turns.h"

#include <algorithm>

namespace datahaul {

void Turns::PlacedAll(const TaskKey& task) {
  const auto found = tasks_.find(task);
  if (found != tasks_.end()) found->second = true;
}

void Turns::Fail(const TaskKey& task) { void_from_ = void_from_ ? std::min(*void_from_, task) : task; }

void Turns::Leave(const TaskKey& task) {
  tasks_.erase(task);
  if (tasks_.empty()) void_from_.reset();
}

Turn Turns::ToPlace(const TaskKey& task) const {
  if (IsVoid(task)) return Turn::kNever;
  for (const auto& [earlier, placed_all] : tasks_) {
    if (earlier >= task) break;
    if (!placed_all) return Turn::kLater;
  }
  return Turn::kNow;
}

Turn Turns::ToAdvance(const TaskKey& task) const {
  if (IsVoid(task)) return Turn::kNever;
  return tasks_.empty() || tasks_.begin()->first >= task ? Turn::kNow : Turn::kLater;
}

}  // namespace datahaul
