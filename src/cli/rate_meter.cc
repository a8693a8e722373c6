#include "cli/rate_meter.h"

namespace datahaul {

void RateMeter::Add(Micros now, uint64_t total) {
  samples_.push_back({now, total});
  while (samples_.size() > 2 && samples_[1].time <= now - kWindow) samples_.pop_front();
}

double RateMeter::PerSecond() const {
  if (samples_.size() < 2) return 0;
  const Sample& first = samples_.front();
  const Sample& last = samples_.back();
  if (last.time <= first.time || last.total < first.total) return 0;
  return static_cast<double>(last.total - first.total) * 1e6 / static_cast<double>(last.time - first.time);
}

}  // namespace datahaul
