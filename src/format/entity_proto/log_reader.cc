#include "format/entity_proto/log_reader.h"

#include <algorithm>
#include <cstring>

#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"

namespace datahaul {
namespace {

enum RecordType : uint8_t { kZero = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

uint32_t Mask(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8u; }

bool AllZero(const char* p, uint64_t size) {
  return std::all_of(p, p + size, [](char c) { return c == 0; });
}

std::string Hex32(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return Hex(bytes);
}

}  // namespace

LogReader::LogReader(const ByteReader* reader, ByteRange range, uint64_t position, bool skip_damage)
    : reader_(reader),
      range_{range.begin, std::min(range.end, reader->size())},
      skip_damage_(skip_damage),
      position_(position) {
  if (position == range.begin && position > 0) skipping_ = Skipping::kBefore;
  done_ = position >= range_.end;  // such a position is given only when all is said, of the boundary too
}

uint64_t LogReader::NextBlock(uint64_t offset) const {
  return std::min(reader_->size(), (offset / kLogBlock + 1) * kLogBlock);
}

absl::Status LogReader::Error(uint64_t at, std::string_view what) const {
  return DataError(StrCat("reading ", reader_->uri(), " at byte ", at, ": ", what,
                          "; --on-corrupt=skip sets damaged blocks aside and goes on"));
}

absl::Status LogReader::Read(uint64_t want, ByteBuffer* bytes, Arena* arena, std::vector<LogRecord>* records,
                             std::vector<LostRange>* lost) {
  records->clear();
  const size_t lost_before = lost->size();
  while (!done_ && records->empty() && lost->size() == lost_before) {
    DH_RETURN_IF_ERROR(Load(want, bytes));
    DH_RETURN_IF_ERROR(Scan(arena, records, lost));
    if (in_record_) {
      // Not whole: it is read again with the next chunk, a larger one if it is all there was in this.
      if (records->empty() && lost->size() == lost_before) want *= 2;
      position_ = record_begin_;
    } else if (skipping_ == Skipping::kLost && (!records->empty() || lost->size() != lost_before)) {
      position_ = lost_begin_;
      skipping_ = Skipping::kNothing;
    } else {
      position_ = next_;
    }
  }
  return absl::OkStatus();
}

absl::Status LogReader::Load(uint64_t want, ByteBuffer* bytes) {
  // Ends at a block's end, so that no physical record is cut; beyond the range only for a record that crosses its end.
  uint64_t end = (position_ + std::max(want, kLogBlock)) / kLogBlock * kLogBlock;
  if (in_record_) {
    end = std::max(end, NextBlock(chunk_end_));
  } else if (position_ < range_.end) {
    end = std::min(end, (range_.end + kLogBlock - 1) / kLogBlock * kLogBlock);
  }
  end = std::min(end, reader_->size());
  chunk_begin_ = position_;
  next_ = position_;
  in_record_ = false;
  parts_.clear();
  bytes->clear();
  bytes->resize(end - chunk_begin_);
  DH_ASSIGN_OR_RETURN(const size_t read, reader_->ReadAt(chunk_begin_, bytes->data(), end - chunk_begin_));
  chunk_ = bytes->data();
  chunk_end_ = chunk_begin_ + read;
  if (chunk_end_ < end)
    return Error(chunk_end_, StrCat("expected ", reader_->size(), " bytes in the file, found its end"));
  return absl::OkStatus();
}

absl::Status LogReader::Scan(Arena* arena, std::vector<LogRecord>* records, std::vector<LostRange>* lost) {
  while (!done_) {
    if (!in_record_ && next_ >= range_.end && skipping_ != Skipping::kLost && !behind_) {
      if (skipping_ == Skipping::kNothing) DH_RETURN_IF_ERROR(CheckBoundary(lost));
      done_ = true;
      break;
    }
    if (next_ >= chunk_end_ && chunk_end_ < reader_->size()) break;
    DH_RETURN_IF_ERROR(ScanOne(arena, records, lost));
  }
  return absl::OkStatus();
}

absl::Status LogReader::ScanOne(Arena* arena, std::vector<LogRecord>* records, std::vector<LostRange>* lost) {
  const uint64_t file_end = reader_->size();
  if (next_ == file_end) return EndOfFile(lost);
  const uint64_t left = kLogBlock - next_ % kLogBlock;
  if (left < kLogHeader) return PassTrailer(std::min(left, file_end - next_));
  const uint64_t in_file = file_end - next_;
  if (in_file < kLogHeader) {
    if (AllZero(At(next_), in_file)) {
      next_ = file_end;
      return absl::OkStatus();
    }
    return Damage(StrCat("expected a record header of 7 bytes, found the file's end after ", in_file), file_end);
  }
  const char* const header = At(next_);
  const auto crc = LoadLE<uint32_t>(header);
  const auto length = LoadLE<uint16_t>(header + 4);
  const auto type = static_cast<uint8_t>(header[6]);
  if (crc == 0 && length == 0 && type == kZero) return PassZeros();
  if (length > left - kLogHeader) {
    return Damage(StrCat("expected a record of at most ", left - kLogHeader, " bytes, found length ", length),
                  NextBlock(next_));
  }
  if (length > in_file - kLogHeader) {
    return Damage(StrCat("expected a record of ", length, " bytes, found the file's end after ", in_file - kLogHeader),
                  file_end);
  }
  const uint32_t found = Mask(Crc32c({header + 6, size_t{length} + 1}));
  if (found != crc) {
    return Damage(StrCat("expected checksum ", Hex32(crc), ", found ", Hex32(found)), NextBlock(next_));
  }
  return Accept({next_, {header + kLogHeader, length}, type}, arena, records, lost);
}

absl::Status LogReader::Accept(const Fragment& fragment, Arena* arena, std::vector<LogRecord>* records,
                               std::vector<LostRange>* lost) {
  switch (fragment.type) {
    case kFull:
    case kFirst:
      return Begin(fragment, records, lost);
    case kMiddle:
    case kLast:
      if (in_record_) return Continue(fragment, arena, records);
      if (skipping_ == Skipping::kNothing) {
        return Damage("expected the beginning of a record, found the continuation of one", fragment.end());
      }
      next_ = fragment.end();
      return absl::OkStatus();
    default:
      return Damage(StrCat("expected record type 1 to 4, found ", static_cast<int>(fragment.type)), NextBlock(next_));
  }
}

absl::Status LogReader::Begin(const Fragment& fragment, std::vector<LogRecord>* records, std::vector<LostRange>* lost) {
  if (in_record_) {
    DH_RETURN_IF_ERROR(Damage(
        StrCat("expected the rest of the record that began at byte ", record_begin_, ", found another"), fragment.at));
  }
  if (skipping_ == Skipping::kLost) CloseLost(fragment.at, lost);
  skipping_ = Skipping::kNothing;
  if (fragment.at >= range_.end) {
    done_ = true;  // found only after lost bytes: the record belongs to the next range
    return absl::OkStatus();
  }
  next_ = fragment.end();
  if (fragment.type == kFull) {
    records->push_back({fragment.payload, fragment.at});
    return absl::OkStatus();
  }
  in_record_ = true;
  record_begin_ = fragment.at;
  record_size_ = fragment.payload.size();
  parts_.assign(1, fragment.payload);
  return absl::OkStatus();
}

absl::Status LogReader::Continue(const Fragment& fragment, Arena* arena, std::vector<LogRecord>* records) {
  record_size_ += fragment.payload.size();
  if (record_size_ > kMaxLogRecord) {
    return Damage(StrCat("expected a record of at most ", kMaxLogRecord, " bytes, found a longer one"), fragment.end());
  }
  parts_.push_back(fragment.payload);
  next_ = fragment.end();
  if (fragment.type == kMiddle) return absl::OkStatus();
  char* whole = static_cast<char*>(arena->Allocate(record_size_ + 1));  // never null, though it may be empty
  char* end = whole;
  for (const std::string_view part : parts_) end = std::copy(part.begin(), part.end(), end);
  records->push_back({{whole, record_size_}, record_begin_});
  in_record_ = false;
  return absl::OkStatus();
}

absl::Status LogReader::PassTrailer(uint64_t left) {
  if (!AllZero(At(next_), left)) return Damage("expected zeros at the end of a block, found other bytes", next_ + left);
  next_ += left;
  return absl::OkStatus();
}

absl::Status LogReader::PassZeros() {
  DH_ASSIGN_OR_RETURN(const bool zero, ZeroToTheEnd(next_));
  if (!zero) return Damage("expected a record, found zeros with data after them", NextBlock(next_));
  if (in_record_) return Damage("expected the rest of a record, found zeros to the file's end", reader_->size());
  next_ = chunk_end_ = reader_->size();
  return absl::OkStatus();
}

absl::StatusOr<bool> LogReader::ZeroToTheEnd(uint64_t from) {
  if (!AllZero(At(from), chunk_end_ - from)) return false;
  char piece[4096];
  for (uint64_t at = chunk_end_; at < reader_->size();) {
    DH_ASSIGN_OR_RETURN(const size_t read, reader_->ReadAt(at, piece, sizeof piece));
    if (read == 0 || !AllZero(piece, read)) return false;
    at += read;
  }
  return true;
}

absl::Status LogReader::EndOfFile(std::vector<LostRange>* lost) {
  if (in_record_) {
    DH_RETURN_IF_ERROR(Damage(
        StrCat("expected the rest of the record that began at byte ", record_begin_, ", found the file's end"), next_));
  }
  if (skipping_ == Skipping::kLost) CloseLost(next_, lost);
  done_ = true;
  return absl::OkStatus();
}

// The next range's reader can't tell whether what it finds before its first record continues one of ours: it leaves
// that to us, damage included. All must be said now, as nobody comes back to a position behind the range.
absl::Status LogReader::CheckBoundary(std::vector<LostRange>* lost) {
  LogReader behind(reader_, {0, next_}, 0, skip_damage_);
  behind.position_ = next_;
  behind.done_ = false;
  behind.behind_ = true;
  ByteBuffer bytes;
  Arena arena;
  std::vector<LogRecord> none;
  return behind.Read(kLogBlock, &bytes, &arena, &none, lost);
}

absl::Status LogReader::Damage(std::string_view what, uint64_t resume) {
  if (skipping_ == Skipping::kBefore) {
    next_ = resume;
    return absl::OkStatus();
  }
  if (!skip_damage_) return Error(next_, what);
  if (skipping_ != Skipping::kLost) {
    lost_begin_ = in_record_ ? record_begin_ : next_;
    lost_reason_ = StrCat("at byte ", next_, ": ", what);
  }
  skipping_ = Skipping::kLost;
  in_record_ = false;
  next_ = resume;
  return absl::OkStatus();
}

void LogReader::CloseLost(uint64_t end, std::vector<LostRange>* lost) {
  lost->push_back({reader_->uri(), lost_begin_, end, lost_reason_});
  skipping_ = Skipping::kNothing;
}

absl::StatusOr<std::vector<std::string>> ReadLog(const ByteReader& reader) {
  constexpr uint64_t kMost = 64 << 20;
  if (reader.size() > kMost) {
    return DataError(
        StrCat("reading ", reader.uri(), ": expected metadata of at most ", kMost, " bytes, found ", reader.size()));
  }
  LogReader log(&reader, {0, reader.size()}, 0, false);
  ByteBuffer bytes;
  Arena arena;
  std::vector<LogRecord> records;
  std::vector<LostRange> lost;
  std::vector<std::string> all;
  while (true) {
    DH_RETURN_IF_ERROR(log.Read(kMost, &bytes, &arena, &records, &lost));
    if (records.empty()) return all;
    for (const LogRecord& record : records) all.emplace_back(record.bytes);
  }
}

}  // namespace datahaul
