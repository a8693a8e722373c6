// Whose turn it is among the workers of one process on an ordered job.
#ifndef DATAHAUL_JOB_TURNS_H_
#define DATAHAUL_JOB_TURNS_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>

#include "job/job_store.h"

namespace datahaul {

// A task as one lease of it sees it.
struct TaskKey {
  uint64_t seq = 0;
  Fence fence = 0;
  auto operator<=>(const TaskKey&) const = default;

  static TaskKey Of(const TaskLease& lease) { return {lease.task.seq, lease.fence}; }
};

enum class Turn : uint8_t { kNow, kLater, kNever };

// Slices are placed in the order of (task, slice), and advanced in that order. As a task works one slice at a time and
// tasks enter by seq, it is enough to know which tasks are at work and which of them have placed their last slice. Once
// a task has failed, those after it are void: their slices stand where they can't stay. Not safe for concurrent use.
class Turns {
 public:
  void Enter(const TaskKey& task) { tasks_.emplace(task, false); }
  void PlacedAll(const TaskKey& task);  // its last slice is placed, or has nothing to place
  void Fail(const TaskKey& task);       // it and all after it get kNever until every task has left
  void FailAll() { Fail({}); }
  void Leave(const TaskKey& task);  // done, or given up

  Turn ToPlace(const TaskKey& task) const;
  Turn ToAdvance(const TaskKey& task) const;
  bool IsVoid(const TaskKey& task) const { return void_from_ && task >= *void_from_; }

 private:
  std::map<TaskKey, bool> tasks_;  // has it placed all?
  std::optional<TaskKey> void_from_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_TURNS_H_
