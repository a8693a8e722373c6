#include "format/csv/csv_encoder.h"

#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/buffer_room.h"
#include "base/text.h"
#include "base/utf8.h"
#include "format/csv/cell_text.h"
#include "format/csv/nested_json.h"
#include "format/ndjson/json_text.h"
#include "format/ndjson/key_path.h"

namespace datahaul {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kRoom = 64;     // holds any number, time or word
constexpr size_t kPiece = 4096;  // of a long text: its worst case must not be reserved at once

}  // namespace

// Writes one row. Writers of cells need kRoom bytes of room, and leave one for the delimiter.
class CsvEncoder::Row : private BufferRoom {
 public:
  Row(CsvEncoder* encoder, const Record& record, ByteBuffer* out)
      : BufferRoom(out),
        encoder_(*encoder),
        record_(record),
        delimiter_(encoder->csv_.delimiter),
        nested_(this, &encoder->names_, &encoder->plain_losses_, &encoder->hasher_, &encoder->memory_) {}

  absl::Status Write(const KindSchema& kind) {
    const size_t start = OffsetOf(begin());
    const auto size = static_cast<uint32_t>(kind.columns.size());
    char* p = Room(begin(), kRoom);
    uint32_t next = 0;
    for (; next < size && kind.columns[next].key; ++next) p = EndCell(WriteKeyCell(p, kind.columns[next]));
    if (PropertiesColumn(kind.columns) != nullptr) {
      p = EndCell(WriteProperties(p));
    } else {
      const absl::Status written = WriteFields(kind, next, &p);
      if (!written.ok()) {
        Finish(At(start));
        return written;
      }
    }
    Finish(Put(p - !kind.columns.empty(), kLineEnd));
    return absl::OkStatus();
  }

 private:
  // The cells of the columns from `next` on.
  absl::Status WriteFields(const KindSchema& kind, uint32_t next, char** position) {
    const Map& map = record_.properties;
    const PairedFields pairs(map, kind.columns, &encoder_.memory_);
    char* p = *position;
    for (uint32_t i = 0; i < map.size; ++i) {
      const Field& field = map.fields[map.sorted[i]];
      const FieldColumn& pair = pairs[i];
      if (!encoder_.losses_.CountField(pair, field)) [[unlikely]]
        return encoder_.losses_.Misfit(record_, pair, field);
      p = WriteNulls(p, pair.index - next);
      next = pair.index + 1;
      p = EndCell(WriteCell(p, *pair.column, field.value));
    }
    *position = WriteNulls(p, static_cast<uint32_t>(kind.columns.size()) - next);
    return absl::OkStatus();
  }

  char* EndCell(char* p) {
    *p++ = delimiter_;
    return Room(p, kRoom);
  }

  // So many null cells, with their delimiters.
  char* WriteNulls(char* p, uint32_t count) {
    if (count == 0) return p;
    if (!encoder_.null_.empty()) [[unlikely]] {
      for (; count > 0; --count) p = EndCell(WriteNull(p));
      return p;
    }
    p = Room(p, count + kRoom);
    std::memset(p, delimiter_, count);
    return p + count;
  }

  char* WriteNull(char* p) {
    const std::string_view null = encoder_.null_;
    if (null.empty()) [[likely]]
      return p;
    return Put(Room(p, null.size() + kRoom), null);
  }

  char* WriteKeyCell(char* p, const Column& column) {
    const Key& key = *record_.key;
    const PathElement& last = key.path[key.size - 1];
    switch (KeyPartOf(column)) {
      case KeyPart::kReference:
        return WriteReferenceCell(p, key);
      case KeyPart::kNamespace:
        return WriteGuarded(p, key.ns);
      case KeyPart::kId:
        return last.id == PathElement::Id::kNumber ? WriteInteger(p, last.number) : WriteNull(p);
      case KeyPart::kName:
        return last.id == PathElement::Id::kName ? WriteGuarded(p, last.name) : WriteNull(p);
      case KeyPart::kDeleted:
        return WriteBool(p, record_.op == Op::kDelete);
    }
    return p;
  }

  char* WriteCell(char* p, const Column& column, const Value& value) {
    if (value.type == Type::kNull) return WriteNull(p);
    switch (column.type) {
      case ColumnType::kBool:
        return WriteBool(p, value.boolean);
      case ColumnType::kInt:
        return WriteInteger(p, value.integer);
      case ColumnType::kDouble:
        return WriteNumber(p, value.type == Type::kInt ? static_cast<double>(value.integer) : value.number);
      case ColumnType::kTimestamp:
        return WriteTime(p, value.integer);
      case ColumnType::kString:
        return WriteGuarded(p, value.text());
      case ColumnType::kDecimal:
      case ColumnType::kDate:
      case ColumnType::kTime:
      case ColumnType::kUuid:
        return WriteText(p, value.text());
      case ColumnType::kBytes:
        return WriteBase64(p, value.text());
      case ColumnType::kReference:
        return WriteReferenceCell(p, *value.reference);
      default:
        return WriteJson(p, [&](char* q) { return nested_.Write(q, column, value); });
    }
  }

  char* WriteProperties(char* p) {
    if (record_.op == Op::kDelete) return WriteNull(p);
    encoder_.losses_.CountProperties(record_.properties);
    return WriteJson(p, [&](char* q) { return nested_.WriteObject(q, record_.properties); });
  }

  // Nearly all JSON has quotes or delimiters in it, and stands in quotes: it is written as if.
  template <typename Writer>
  char* WriteJson(char* p, Writer write) {
    const size_t start = OffsetOf(p);
    *p++ = '"';
    char* const end = write(Room(p, NestedJson::Text::kNeed));
    char* const begin = At(start);
    if (FindSpecial(begin + 1, end, delimiter_) != end) [[likely]] {
      *end = '"';
      return end + 1;
    }
    std::memmove(begin, begin + 1, static_cast<size_t>(end - begin - 1));
    return QuoteIfNull(begin, end - 1);
  }

  char* WriteBool(char* p, bool value) { return QuoteIfNull(p, value ? Put(p, "true") : Put(p, "false")); }
  char* WriteInteger(char* p, int64_t value) { return QuoteIfNull(p, WriteInt(p, value)); }

  char* WriteNumber(char* p, double value) {
    if (std::isfinite(value)) [[likely]]
      return QuoteIfNull(p, encoder_.hasher_.doubles()->Write(p, value));
    return QuoteIfNull(p, std::isnan(value) ? Put(p, "NaN") : value > 0 ? Put(p, "Infinity") : Put(p, "-Infinity"));
  }

  char* WriteTime(char* p, Micros time) {
    if (IsRfc3339(time)) [[likely]]
      return QuoteIfNull(p, WriteTimestamp(p, time));
    ++encoder_.plain_losses_.timestamps_out_of_range;
    return WriteInteger(p, time);
  }

  // [start, end) has been written without quotes, and has no special byte: it must not be taken for null.
  char* QuoteIfNull(char* start, char* end) {
    const std::string_view null = encoder_.null_;
    if (null.empty() || std::string_view(start, static_cast<size_t>(end - start)) != null) [[likely]]
      return end;
    const ptrdiff_t size = end - start;
    start = Room(end, kRoom) - size;
    std::memmove(start + 1, start, static_cast<size_t>(size));
    start[0] = start[size + 1] = '"';
    return start + size + 2;
  }

  char* WriteReferenceCell(char* p, const Key& key) {
    p = Room(p, KeyTextRoom(key) + kRoom);
    return FinishText(p, WriteReference(p, key, kQuote));
  }

  char* WriteBase64(char* p, std::string_view bytes) {
    p = Room(p, Base64Size(bytes.size()) + kRoom);
    return FinishText(p, Base64To(p, bytes.data(), bytes.size()));
  }

  // [start, end) has been written as if there were nothing special about it.
  char* FinishText(char* start, char* end) {
    if (start != end && !encoder_.csv_.guard_formulas && FindSpecial(start, end, delimiter_) == end) [[likely]]
      return QuoteIfNull(start, end);
    encoder_.scratch_.clear();
    encoder_.scratch_.Append({start, static_cast<size_t>(end - start)});
    return WriteGuarded(start, encoder_.scratch_.view());
  }

  char* WriteGuarded(char* p, std::string_view text) {
    if (encoder_.csv_.guard_formulas && NeedsFormulaGuard(text)) [[unlikely]] {
      ++encoder_.guarded_formulas_;
      guarded_.clear();
      guarded_.Append("'");
      guarded_.Append(text);
      return WriteText(p, guarded_.view());
    }
    return WriteText(p, text);
  }

  char* WriteText(char* p, std::string_view text) {
    if (text.empty()) return Put(p, encoder_.empty_);
    if (text.size() <= kShortCell) [[likely]] {
      if (char* const end = WriteShortCell(p, text, delimiter_)) return QuoteIfNull(p, end);
    }
    return text.size() <= kPiece ? WriteLong(p, text) : WriteVeryLong(p, text);
  }

  __attribute__((noinline)) char* WriteLong(char* p, std::string_view text) {
    p = Room(p, 2 * text.size() + kRoom);
    bool high = false;
    char* end = WriteUntilSpecial(p, text, delimiter_, &high);
    const auto bare = static_cast<size_t>(end - p);
    const bool quoted = bare != text.size();
    if (quoted) {
      std::memmove(p + 1, p, bare);
      *p = '"';
      end = WriteDoubled(end + 1, text.substr(bare), &high);
      *end++ = '"';
    }
    if (high && !encoder_.hasher_.texts_are_utf8() && !IsUtf8(text)) [[unlikely]]
      return WriteInvalid(p, text);
    return quoted ? end : QuoteIfNull(p, end);
  }

  __attribute__((noinline)) char* WriteVeryLong(char* p, std::string_view text) {
    if (!encoder_.hasher_.texts_are_utf8() && !IsUtf8(text)) return WriteInvalid(p, text);
    const char* const end = text.data() + text.size();
    if (FindSpecial(text.data(), end, delimiter_) == end) {
      p = Room(p, text.size() + kRoom);
      return QuoteIfNull(p, Put(p, text));
    }
    bool high = false;
    *p++ = '"';
    while (!text.empty()) {
      const std::string_view piece = text.substr(0, kPiece);
      p = WriteDoubled(Room(p, 2 * piece.size() + kRoom), piece, &high);
      text.remove_prefix(piece.size());
    }
    p = Room(p, kRoom);
    *p++ = '"';
    return p;
  }

  char* WriteInvalid(char* p, std::string_view text) {
    ++encoder_.plain_losses_.invalid_utf8;
    return WriteBase64(p, text);
  }

  CsvEncoder& encoder_;
  const Record& record_;
  const char delimiter_;
  NestedJson nested_;
  ByteBuffer guarded_;
};

absl::Status CsvEncoder::Append(const Record& record, ByteBuffer* out, Hash128* hash) {
  *hash = hasher_.HashRecord(record);
  const KindSchema* const kind = columns_.Of(record);
  if (kind == nullptr) return TableLosses::UnknownKind(record);
  losses_.CountRecord(record);
  return Row(this, record, out).Write(*kind);
}

void CsvEncoder::AddCounters(Counters* counters) const {
  losses_.AddCounters(counters);
  plain_losses_.AddCounters(counters);
  if (guarded_formulas_ != 0) counters->named["guarded_formulas"] += guarded_formulas_;
}

void AppendCsvHeader(const KindSchema& kind, const CsvOptions& options, ByteBuffer* out) {
  bool first = true;
  for (const Column& column : kind.columns) {
    out->Reserve(2 * column.name.size() + kRoom);
    char* p = out->end();
    if (!first) *p++ = options.delimiter;
    first = false;
    *p++ = '"';
    for (const char c : column.name) {
      if (c == '"') *p++ = c;
      *p++ = c;
    }
    *p++ = '"';
    out->Advance(static_cast<size_t>(p - out->end()));
  }
  out->Append(kLineEnd);
}

bool NeedsFormulaGuard(std::string_view text) {
  const size_t first = text.find_first_not_of('\'');
  return first != std::string_view::npos && std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

}  // namespace datahaul
