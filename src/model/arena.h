// Bump allocation for one batch: everything in it dies together.
#ifndef DATAHAUL_MODEL_ARENA_H_
#define DATAHAUL_MODEL_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"

namespace datahaul {

// Memory stays valid until Reset(). Blocks are kept for the next batch, apart from those made for giant records and
// from what exceeds kKeep: one giant batch must not raise the floor for ever. Not safe for concurrent use.
class Arena {
 public:
  static constexpr size_t kBlock = 128 << 10;
  static constexpr size_t kKeep = 2 << 20;
  static constexpr size_t kInline = 1024;  // bytes

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Uninitialised, 8-byte aligned. Of no bytes: any address, maybe null.
  void* Allocate(size_t size) {
    size = (size + 7) & ~size_t{7};
    if (size > static_cast<size_t>(limit_ - next_)) NewBlock(size);
    char* result = next_;
    next_ += size;
    return result;
  }

  template <typename T>
  T* AllocateArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8);
    return static_cast<T*>(Allocate(count * sizeof(T)));
  }

  template <typename T>
  T* CopyArray(const T* items, size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    T* copy = AllocateArray<T>(count);
    if (count * sizeof(T) > kInline) {
      std::memcpy(copy, items, count * sizeof(T));
      return copy;
    }
    // Arrays of a record are short and many: a call of memcpy for each costs more than the copying. Slack on both sides
    // of the copy is the arena's; `items` is read whole only.
    for (size_t i = 0; i < count; ++i) {
      copy[i] = items[i];
      asm volatile("" ::: "memory");  // keeps the loop from being turned into that call
    }
    return copy;
  }

  template <typename T>
  T* New() {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8);
    return new (Allocate(sizeof(T))) T();
  }

  // The copy may be read kSlack bytes past its end, as every string of a batch may: blocks end in that much slack.
  std::string_view CopyString(std::string_view text) {
    char* copy = static_cast<char*>(Allocate(text.size()));
    if (!text.empty()) std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }

  void Reset();
  size_t bytes_held() const;

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  void NewBlock(size_t size);

  std::vector<Block> blocks_;
  size_t used_ = 0;  // blocks in use
  char* next_ = nullptr;
  char* limit_ = nullptr;
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_ARENA_H_
