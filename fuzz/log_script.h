// Turns a fuzzer's bytes into a LevelDB log: checksums keep mutated bytes from ever getting past the first record.
#ifndef DATAHAUL_FUZZ_LOG_SCRIPT_H_
#define DATAHAUL_FUZZ_LOG_SCRIPT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/checksum.h"

namespace datahaul {

// Writes the log that a script asks for: whole records of chosen lengths, and damage of chosen kinds.
class LogScript {
 public:
  explicit LogScript(std::string_view script) : script_(script) {
    while (!script_.empty() && log_.size() < kLargest) Step();
    for (const size_t at : flips_) {
      if (!log_.empty()) log_[at * log_.size() / 65536] ^= 0x10;
    }
  }

  const std::string& log() const { return log_; }
  // What was written before any damage was asked for, and whether none was.
  const std::vector<std::string>& records() const { return records_; }
  bool intact() const { return intact_; }

 private:
  static constexpr size_t kBlock = 32768, kHeader = 7, kLargest = 150'000;
  enum : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

  void Step() {
    const size_t argument = Byte();
    switch (argument % 8) {
      case 0:
      case 1:
        return WriteRecord(Byte());
      case 2:
        return WriteRecord(Byte() * 400);
      case 3:  // until a few bytes before the block's end
        return WriteRecord(LeftInBlock() - std::min(LeftInBlock(), kHeader + Byte() % 16));
      case 4:
        intact_ = false;
        flips_.push_back(Byte() << 8 | Byte());
        return;
      case 5:
        intact_ = false;
        log_.resize(log_.size() - std::min(log_.size(), Byte()));
        return;
      case 6:
        intact_ = false;
        log_.append(Byte() * 200, '\0');
        return;
      default:  // a fragment out of its order
        intact_ = false;
        PadBlock();
        WriteFragment(static_cast<uint8_t>(argument / 8), std::string(std::min(Byte(), LeftInBlock() - kHeader), 'f'));
    }
  }

  size_t Byte() {
    if (script_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(script_.front());
    script_.remove_prefix(1);
    return byte;
  }

  size_t LeftInBlock() const { return kBlock - log_.size() % kBlock; }

  // A header that does not fit begins in the next block.
  void PadBlock() {
    if (LeftInBlock() < kHeader) log_.append(LeftInBlock(), '\0');
  }

  void WriteRecord(size_t size) {
    const std::string record(size, static_cast<char>('a' + records_.size() % 26));
    if (intact_) records_.push_back(record);
    std::string_view rest = record;
    bool first = true, last = false;
    while (!last) {
      PadBlock();
      const size_t part = std::min(rest.size(), LeftInBlock() - kHeader);
      last = part == rest.size();
      WriteFragment(first ? (last ? kFull : kFirst) : (last ? kLast : kMiddle), rest.substr(0, part));
      rest.remove_prefix(part);
      first = false;
    }
  }

  void WriteFragment(uint8_t type, std::string_view payload) {
    const char type_byte = static_cast<char>(type);
    const uint32_t crc = Crc32c(payload, Crc32c({&type_byte, 1}));
    AppendLE((crc >> 15 | crc << 17) + 0xA282EAD8u, 4);
    AppendLE(static_cast<uint32_t>(payload.size()), 2);
    log_ += type_byte;
    log_ += payload;
  }

  void AppendLE(uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) log_ += static_cast<char>(value >> (8 * i));
  }

  std::string_view script_;
  std::string log_;
  std::vector<std::string> records_;
  std::vector<size_t> flips_;
  bool intact_ = true;
};

}  // namespace datahaul

#endif  // DATAHAUL_FUZZ_LOG_SCRIPT_H_
