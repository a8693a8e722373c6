#include "model/arena.h"

#include <algorithm>

namespace datahaul {

void Arena::NewBlock(size_t size) {
  // Reuse the next kept block if it is large enough; otherwise put a new one in its place in the order of use.
  const size_t need = std::max(size, kBlock);
  if (used_ == blocks_.size() || blocks_[used_].size < size) {
    Block block{std::unique_ptr<char[]>(new char[need + kSlack]), need};
    blocks_.insert(blocks_.begin() + static_cast<ptrdiff_t>(used_), std::move(block));
  }
  next_ = blocks_[used_].bytes.get();
  limit_ = next_ + blocks_[used_].size;
  ++used_;
}

void Arena::Reset() {
  size_t held = 0;
  std::erase_if(blocks_, [&](const Block& block) {
    if (block.size > kBlock || held + block.size > kKeep) return true;
    held += block.size;
    return false;
  });
  used_ = 0;
  next_ = limit_ = nullptr;
}

size_t Arena::bytes_held() const {
  size_t held = 0;
  for (const Block& block : blocks_) held += block.size;
  return held;
}

}  // namespace datahaul
