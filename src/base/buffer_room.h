// For encoders: text written through a pointer into a ByteBuffer.
#ifndef DATAHAUL_BASE_BUFFER_ROOM_H_
#define DATAHAUL_BASE_BUFFER_ROOM_H_

#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace datahaul {

// Text of a fixed size, which the compiler turns into a few stores.
template <size_t N>
inline char* Put(char* p, const char (&text)[N]) {
  std::memcpy(p, text, N - 1);
  return p + N - 1;
}

inline char* Put(char* p, std::string_view text) {
  std::memcpy(p, text.data(), text.size());
  return p + text.size();
}

// Sees to it that there is room where somebody writes. The position travels as an argument and a result, never as a
// member: what is written is char, which may alias anything, and a member would be stored and loaded again at every
// byte. Nothing else may append to the buffer between begin() and Finish(). Not safe for concurrent use.
class BufferRoom {
 public:
  explicit BufferRoom(ByteBuffer* out) : out_(out) {
    out->Reserve(kSlack);
    limit_ = out->data() + out->capacity();
  }

  char* begin() { return out_->end(); }
  // Where to go on: `size` bytes may be written there, and kSlack behind them may be scratch.
  char* Room(char* p, size_t size) {
    if (limit_ - p >= static_cast<ptrdiff_t>(size)) [[likely]]
      return p;
    return Grow(p, size);
  }
  void Finish(const char* p) { out_->resize(OffsetOf(p)); }

  // Positions that survive Room().
  size_t OffsetOf(const char* p) const { return static_cast<size_t>(p - out_->data()); }
  char* At(size_t offset) { return out_->data() + offset; }

 private:
  __attribute__((noinline)) char* Grow(char* p, size_t size) {
    Finish(p);
    out_->Reserve(size);
    limit_ = out_->data() + out_->capacity();
    return out_->end();
  }

  ByteBuffer* const out_;
  const char* limit_;
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_BUFFER_ROOM_H_
