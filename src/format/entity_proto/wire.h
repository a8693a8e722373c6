// Protocol buffer wire format, read by hand: this is the record path, where generated code is too slow.
// https://protobuf.dev/programming-guides/encoding
#ifndef DATAHAUL_FORMAT_ENTITY_PROTO_WIRE_H_
#define DATAHAUL_FORMAT_ENTITY_PROTO_WIRE_H_

#include <cstdint>
#include <string_view>

namespace datahaul::wire {

enum Type : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kEndGroup = 4, kFixed32 = 5 };

constexpr uint32_t Tag(uint32_t field, Type type) { return field << 3 | type; }

// A position in a message. All readers return false at malformed or cut input, after which the position means nothing.
struct Input {
  const char* next;
  const char* end;

  explicit Input(std::string_view bytes) : next(bytes.data()), end(bytes.data() + bytes.size()) {}
  bool done() const { return next == end; }

  bool ReadVarint(uint64_t* value) {
    if (next < end && static_cast<signed char>(*next) >= 0) {
      *value = static_cast<unsigned char>(*next++);
      return true;
    }
    return ReadLongVarint(value);
  }

  // Tags above 32 bits are malformed.
  bool ReadTag(uint32_t* tag) {
    uint64_t value;
    if (!ReadVarint(&value) || value > UINT32_MAX || value >> 3 == 0) return false;
    *tag = static_cast<uint32_t>(value);
    return true;
  }

  bool ReadBytes(std::string_view* bytes) {
    uint64_t size;
    if (!ReadVarint(&size) || size > static_cast<uint64_t>(end - next)) return false;
    *bytes = {next, static_cast<size_t>(size)};
    next += size;
    return true;
  }

  bool ReadFixed64(uint64_t* value) {
    if (end - next < 8) return false;
    __builtin_memcpy(value, next, 8);
    next += 8;
    return true;
  }

  bool ReadDouble(double* value) {
    uint64_t bits;
    if (!ReadFixed64(&bits)) return false;
    __builtin_memcpy(value, &bits, 8);
    return true;
  }

  // Passes over the value that follows `tag`; a group with all that is in it. Groups nest at most `depth` deep.
  bool Skip(uint32_t tag, int depth = 100);

 private:
  bool ReadLongVarint(uint64_t* value);
};

}  // namespace datahaul::wire

#endif  // DATAHAUL_FORMAT_ENTITY_PROTO_WIRE_H_
