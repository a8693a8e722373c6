#include "format/csv/csv_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/text.h"
#include "base/utf8.h"
#include "format/csv/cell_text.h"
#include "format/ndjson/json_text.h"
#include "format/ndjson/key_path.h"

namespace datahaul {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kRoom = 64;     // holds any number, time or word
constexpr size_t kPiece = 4096;  // of a long text: its worst case must not be reserved at once

inline char* Put(char* p, std::string_view text) {
  std::memcpy(p, text.data(), text.size());
  return p + text.size();
}

}  // namespace

// Writes one row. The position travels as an argument and a result, never as a member: see TypedEncoder.
class CsvEncoder::Row {
 public:
  Row(CsvEncoder* encoder, const Record& record, ByteBuffer* out)
      : encoder_(*encoder), record_(record), out_(out), delimiter_(encoder->csv_.delimiter) {
    out->Reserve(kRoom);
    limit_ = out->data() + out->capacity();
  }

  absl::Status Write(const KindSchema& kind) {
    const size_t begin = out_->size();
    const Column* const all = PropertiesColumn(kind.columns);
    FieldCursor fields(record_.properties);
    char* p = out_->end();
    for (const Column& column : kind.columns) {
      const Value* value = nullptr;
      if (column.key) {
        p = WriteKeyCell(p, column);
      } else if (&column == all) [[unlikely]] {
        p = WriteProperties(p);
      } else if ((value = fields.Next(column)) == nullptr) {
        p = WriteNull(p);
      } else {
        if (!encoder_.losses_.CountField(column, *value)) [[unlikely]] {
          out_->resize(begin);
          return encoder_.losses_.Misfit(record_, column.field);
        }
        p = WriteCell(p, column, *value);
      }
      p = Room(p, kRoom);
      *p++ = delimiter_;
    }
    p = Put(p - !kind.columns.empty(), kLineEnd);
    Finish(p);
    const Field* const stranger = all != nullptr ? nullptr : fields.Stranger();
    if (stranger == nullptr) return absl::OkStatus();
    out_->resize(begin);
    return TableLosses::UnknownField(record_, stranger->name);
  }

 private:
  void Finish(const char* p) { out_->resize(static_cast<size_t>(p - out_->data())); }

  char* Room(char* p, size_t size) {
    if (limit_ - p >= static_cast<ptrdiff_t>(size)) [[likely]]
      return p;
    return Grow(p, size);
  }

  __attribute__((noinline)) char* Grow(char* p, size_t size) {
    Finish(p);
    out_->Reserve(size);
    limit_ = out_->data() + out_->capacity();
    return out_->end();
  }

  char* WriteNull(char* p) {
    const std::string_view null = encoder_.null_;
    if (null.empty()) [[likely]]
      return p;
    return Put(Room(p, null.size()), null);
  }

  char* WriteKeyCell(char* p, const Column& column) {
    const Key& key = *record_.key;
    const PathElement& last = key.path[key.size - 1];
    if (column.name == kKeyColumn) return WriteReference(p, key);
    if (column.name == kNamespaceColumn) return WriteGuarded(p, key.ns);
    if (column.name == kIdColumn)
      return last.id == PathElement::Id::kNumber ? WriteInteger(p, last.number) : WriteNull(p);
    if (column.name == kNameColumn)
      return last.id == PathElement::Id::kName ? WriteGuarded(p, last.name) : WriteNull(p);
    return WriteBool(p, record_.op == Op::kDelete);
  }

  char* WriteCell(char* p, const Column& column, const Value& value) {
    if (value.type == Type::kNull) return WriteNull(p);
    switch (column.type) {
      case ColumnType::kBool:
        return WriteBool(p, value.boolean);
      case ColumnType::kInt:
        return WriteInteger(p, value.integer);
      case ColumnType::kDouble:
        return WriteDouble(p, value.type == Type::kInt ? static_cast<double>(value.integer) : value.number);
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
        return WriteReference(p, *value.reference);
      default:
        encoder_.scratch_.clear();
        encoder_.nested_.Append(column, value, &encoder_.scratch_);
        return WriteText(p, encoder_.scratch_.view());
    }
  }

  char* WriteProperties(char* p) {
    if (record_.op == Op::kDelete) return WriteNull(p);
    encoder_.losses_.CountProperties(record_.properties);
    encoder_.scratch_.clear();
    encoder_.nested_.AppendObject(record_.properties, &encoder_.scratch_);
    return WriteText(p, encoder_.scratch_.view());
  }

  char* WriteBool(char* p, bool value) {
    return Short(p, [value](char* q) { return Put(q, value ? "true" : "false"); });
  }

  char* WriteInteger(char* p, int64_t value) {
    return Short(p, [value](char* q) { return WriteInt(q, value); });
  }

  char* WriteDouble(char* p, double value) {
    return Short(p, [value](char* q) {
      if (std::isfinite(value)) return WriteFiniteDouble(q, value);
      return Put(q, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    });
  }

  char* WriteTime(char* p, Micros time) {
    if (IsRfc3339(time)) [[likely]]
      return Short(p, [time](char* q) { return WriteTimestamp(q, time); });
    ++encoder_.timestamps_out_of_range_;
    return WriteInteger(p, time);
  }

  // A cell of at most kRoom bytes, without special ones.
  template <typename Writer>
  char* Short(char* p, Writer write) {
    p = Room(p, kRoom);
    return QuoteIfNull(p, write(p));
  }

  // [begin, end) has been written without quotes: it must not be taken for null.
  char* QuoteIfNull(char* begin, char* end) {
    const std::string_view null = encoder_.null_;
    if (null.empty() || std::string_view(begin, static_cast<size_t>(end - begin)) != null) [[likely]]
      return end;
    const ptrdiff_t size = end - begin;
    begin = Room(end, 2) - size;
    std::memmove(begin + 1, begin, static_cast<size_t>(size));
    begin[0] = begin[size + 1] = '"';
    return begin + size + 2;
  }

  char* WriteReference(char* p, const Key& key) {
    encoder_.scratch_.clear();
    AppendReferenceText(key, &encoder_.scratch_);
    return WriteGuarded(p, encoder_.scratch_.view());
  }

  char* WriteBase64(char* p, std::string_view bytes) {
    if (bytes.empty()) return Put(Room(p, kRoom), encoder_.empty_);
    encoder_.scratch_.clear();
    encoder_.scratch_.Reserve(Base64Size(bytes.size()));
    Base64To(encoder_.scratch_.end(), bytes.data(), bytes.size());
    encoder_.scratch_.Advance(Base64Size(bytes.size()));
    return WriteGuarded(p, encoder_.scratch_.view());
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
    p = Room(p, kRoom);
    if (text.empty()) return Put(p, encoder_.empty_);
    if (text.size() <= kShortCell) [[likely]] {
      if (char* const end = WriteShortCell(p, text, delimiter_)) return QuoteIfNull(p, end);
    }
    return WriteLong(p, text);
  }

  __attribute__((noinline)) char* WriteLong(char* p, std::string_view text) {
    if (HasHighBytes(text) && !IsUtf8(text)) [[unlikely]] {
      ++encoder_.invalid_utf8_;
      return WriteBase64(p, text);
    }
    const char* const end = text.data() + text.size();
    if (FindSpecial(text.data(), end, delimiter_) != end) return WriteQuoted(p, text);
    p = Room(p, text.size());
    return QuoteIfNull(p, Put(p, text));
  }

  char* WriteQuoted(char* p, std::string_view text) {
    p = Room(p, kRoom);
    *p++ = '"';
    for (; text.size() > kPiece; text.remove_prefix(kPiece)) {
      p = WriteDoubled(Room(p, 2 * kPiece), text.substr(0, kPiece));
    }
    p = WriteDoubled(Room(p, 2 * text.size() + 1), text);
    *p++ = '"';
    return p;
  }

  CsvEncoder& encoder_;
  const Record& record_;
  ByteBuffer* const out_;
  const char delimiter_;
  const char* limit_;
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
  nested_.AddCounters(counters);
  const auto add = [&](const char* name, uint64_t count) {
    if (count != 0) counters->named[name] += count;
  };
  add("invalid_utf8", invalid_utf8_);
  add("timestamps_out_of_range", timestamps_out_of_range_);
  add("guarded_formulas", guarded_formulas_);
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
