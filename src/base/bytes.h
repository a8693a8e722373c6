// Fixed-size little-endian loads and stores, and a growable byte buffer for encoders.
#ifndef DATAHAUL_BASE_BYTES_H_
#define DATAHAUL_BASE_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace datahaul {

static_assert(std::endian::native == std::endian::little, "datahaul runs on little-endian machines only");

// Bytes that may be read past the end of any input handed to a decoder, and written past the end of an encoder's text:
// vector loops then need no scalar tail.
inline constexpr size_t kSlack = 64;

template <typename T>
inline T LoadLE(const void* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

template <typename T>
inline void StoreLE(void* p, T value) {
  std::memcpy(p, &value, sizeof value);
}

// Uninitialised, growable bytes. After Reserve(n) up to n bytes (and kSlack more of scratch) may be written at end(),
// then claimed with Advance(). Not safe for concurrent use.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept { *this = std::move(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ~ByteBuffer() { std::free(data_); }

  char* data() { return data_; }
  const char* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  char* end() { return data_ + size_; }
  std::string_view view() const { return {data_, size_}; }

  void clear() { size_ = 0; }
  void Reset() { *this = ByteBuffer(); }  // gives the memory back
  void resize(size_t size) {
    if (size > size_) Reserve(size - size_);
    size_ = size;
  }
  void Reserve(size_t more) {
    if (size_ + more > capacity_ || data_ == nullptr) Grow(size_ + more);
  }
  void Advance(size_t n) { size_ += n; }
  void Append(std::string_view bytes) {
    Reserve(bytes.size());
    if (!bytes.empty()) std::memcpy(end(), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

 private:
  void Grow(size_t need) {
    size_t capacity = capacity_ + capacity_ / 2;
    if (capacity < need) capacity = need;
    if (capacity < 4096) capacity = 4096;
    char* data = static_cast<char*>(std::realloc(data_, capacity + kSlack));
    if (data == nullptr) std::abort();  // as operator new would end us: nobody handles it better
    data_ = data;
    capacity_ = capacity;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_BYTES_H_
