// Where a MemorySink writes: what outlives the process that writes.
#ifndef DATAHAUL_TESTING_MEMORY_DESTINATION_H_
#define DATAHAUL_TESTING_MEMORY_DESTINATION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace datahaul {

// An object as a disk with a cache holds it. Like a file, it stays reachable for who has it open. Guarded by its
// destination's mutex.
class MemoryObject {
 public:
  void Write(uint64_t offset, std::string_view bytes);
  void Sync();
  void Truncate(uint64_t size);   // durably
  void PowerCut(Random& random);  // any of the writes since the last Sync may be lost
  const std::string& durable() const { return durable_; }

 private:
  struct Pending {
    uint64_t offset;
    std::string bytes;
  };
  std::string durable_;
  std::vector<Pending> pending_;
};

// Safe for concurrent use: hold `mutex` while using the rest.
struct MemoryDestination {
  std::mutex mutex;
  std::string claimed_by;  // a job's id; "" = free
  std::string schema;      // as JSON, once a sink was given one
  std::map<std::string, std::shared_ptr<MemoryObject>> partial;
  std::map<std::string, std::string> published;
  std::vector<std::string> breaches;  // of the Sink contract, by whoever uses the sink

  void PowerCut(Random& random);
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_MEMORY_DESTINATION_H_
