#include "cli/read_progress.h"

#include "base/text.h"
#include "cli/output.h"
#include "report/units.h"

namespace datahaul {
namespace {

constexpr Micros kEvery = 200'000;
constexpr Micros kNotBefore = 1'000'000;  // what is done in a moment needs no progress

}  // namespace

ReadProgress::ReadProgress(const OutputOptions& options)
    : shown_(!options.quiet && !options.json && ErrIsTerminal()), next_(Clock::Real().Now() + kNotBefore) {}

void ReadProgress::Add(uint64_t bytes) {
  if (!shown_) return;
  std::lock_guard lock(mutex_);
  bytes_ += bytes;
  const Micros now = Clock::Real().Now();
  if (now < next_) return;
  next_ = now + kEvery;
  meter_.Add(now, bytes_);
  PrintErr(
      StrCat("\rread ", HumanBytes(static_cast<double>(bytes_)), ", ", HumanBytes(meter_.PerSecond()), "/s\x1b[K"));
  drawn_ = true;
}

void ReadProgress::Clear() {
  std::lock_guard lock(mutex_);
  if (drawn_) PrintErr("\r\x1b[K");
  drawn_ = false;
}

}  // namespace datahaul
