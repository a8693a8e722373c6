// What could not be read, or does not fit, named while a job meets it: the report says more than a number, also where
// no reject file is kept.
#ifndef DATAHAUL_CLI_LOSS_LOG_H_
#define DATAHAUL_CLI_LOSS_LOG_H_

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "model/record.h"

namespace datahaul {

// Keeps the first few, each once however often it is read. Safe for concurrent use.
class LossLog {
 public:
  static constexpr size_t kKept = 20;

  void Add(const RecordBatch& batch);
  std::vector<std::string> sentences() const;  // in order

 private:
  void Keep(std::string sentence);

  mutable std::mutex mutex_;
  std::set<std::string> sentences_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CLI_LOSS_LOG_H_
