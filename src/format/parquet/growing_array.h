#ifndef DATAHAUL_FORMAT_PARQUET_GROWING_ARRAY_H_
#define DATAHAUL_FORMAT_PARQUET_GROWING_ARRAY_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace datahaul {

// Bytes that grow at their end, small while there are few of them: a slice may have a hundred thousand of these.
// Followed by kSlack bytes of memory. Not safe for concurrent use.
class GrowingArray {
 public:
  GrowingArray() = default;
  GrowingArray(GrowingArray&& other) noexcept { Swap(other); }
  GrowingArray& operator=(GrowingArray&& other) noexcept {
    Swap(other);
    return *this;
  }
  GrowingArray(const GrowingArray&) = delete;
  GrowingArray& operator=(const GrowingArray&) = delete;
  ~GrowingArray() { std::free(data_); }

  const uint8_t* data() const { return data_; }
  uint8_t* data() { return data_; }
  size_t size() const { return size_; }  // bytes

  template <typename T>
  void Push(T value) {
    StoreLE(Extend(sizeof value), value);
  }
  void Append(std::string_view bytes) {
    uint8_t* const to = Extend(bytes.size());
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  }
  // Room for `more` bytes at the end, to be written by the caller.
  uint8_t* Extend(size_t more) {
    if (size_ + more > capacity_) [[unlikely]]
      Grow(size_ + more);
    uint8_t* const begin = data_ + size_;
    size_ += more;
    return begin;
  }
  template <typename T>
  T At(size_t i) const {
    return LoadLE<T>(data_ + i * sizeof(T));
  }
  void Free() { *this = GrowingArray(); }

 private:
  void Swap(GrowingArray& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  void Grow(size_t need) {
    // From kMany on it is likely to become large: memory that is not touched costs nothing, copying does.
    constexpr size_t kLeast = 64, kMany = 64 << 10, kLarge = 1 << 20;
    size_t capacity = capacity_ < kMany || capacity_ >= kLarge ? 2 * capacity_ : 4 * capacity_;
    if (capacity < need) capacity = need;
    if (capacity < kLeast) capacity = kLeast;
    auto* const data = static_cast<uint8_t*>(std::realloc(data_, capacity + kSlack));
    if (data == nullptr) std::abort();  // as operator new would end us: nobody handles it better
    data_ = data;
    capacity_ = capacity;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_GROWING_ARRAY_H_
