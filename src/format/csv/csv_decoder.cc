#include "format/csv/csv_decoder.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "base/utf8.h"
#include "format/ndjson/key_path.h"
#include "format/ndjson/printable.h"

namespace datahaul {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

}  // namespace

CsvDecoder::CsvDecoder(const ByteReader* reader, uint64_t resume, const DecodeOptions& options)
    : reader_(reader), options_(options), offset_(resume) {}

absl::Status CsvDecoder::Read(RecordBatch* batch) {
  batch->Clear();
  const uint64_t before = offset_;
  if (!header_) DH_RETURN_IF_ERROR(Begin());
  batch->bytes.Append(rest_.view());
  rest_.clear();
  size_t whole = 0;
  const uint64_t row = row_;
  while (true) {
    batch->bytes.Reserve(0);  // for the slack alone, if there is nothing else
    std::memset(batch->bytes.end(), 0, kSlack);
    whole = DecodeRows(false, batch);
    if (whole != 0 || at_end_) break;
    DH_RETURN_IF_ERROR(ReadMore(&batch->bytes));
  }
  if (!IsUtf8(batch->bytes.view().substr(0, whole))) {
    batch->records.clear();
    batch->rejects.clear();
    batch->arena.Reset();
    row_ = row;
    DecodeRows(true, batch);
  }
  rest_.Append(batch->bytes.view().substr(whole));
  batch->bytes.resize(whole);
  offset_ += whole;
  batch->cursor = StrCat(offset_);
  batch->input_bytes = offset_ - before;
  return absl::OkStatus();
}

absl::Status CsvDecoder::Begin() {
  ByteBuffer head;
  std::optional<RowScanner> rows;
  while (true) {
    DH_RETURN_IF_ERROR(ReadMore(&head));
    const size_t bom = head.view().starts_with(kBom) ? kBom.size() : 0;
    const std::string_view text = head.view().substr(bom);
    const CsvOptions csv = options_.csv.value_or(CsvOptions{.delimiter = GuessDelimiter(text)});
    rows_.emplace(csv.delimiter);
    cells_.emplace(csv);
    const RowScanner::Found found = text.empty() ? RowScanner::Found::kMore : rows_->Next(text, at_end_);
    if (found == RowScanner::Found::kMore && !at_end_) continue;
    if (found != RowScanner::Found::kRow) {
      return DataError(StrCat("reading ", reader_->uri(), ": expected a header row of column names, found ",
                              found == RowScanner::Found::kMalformed ? rows_->problem() : "none"));
    }
    const size_t header_end = bom + rows_->size();
    DH_RETURN_IF_ERROR(ReadHeader(text.substr(0, rows_->size())));
    if (offset_ <= header_end) {
      rest_.Append(head.view().substr(header_end));
      offset_ = header_end;
      row_ = 2;
    } else {
      position_ = offset_;
      at_end_ = false;
    }
    return absl::OkStatus();
  }
}

absl::Status CsvDecoder::ReadHeader(std::string_view row) {
  Arena arena;
  std::vector<std::string> names;
  for (const Cell& cell : rows_->cells()) names.emplace_back(cell.Text(&arena));
  if (!IsUtf8(row)) {
    return DataError(StrCat("reading ", reader_->uri(), ": expected a header in UTF-8, found other bytes"));
  }
  DH_ASSIGN_OR_RETURN(CsvHeader header, CsvHeader::Make(std::move(names), options_.schema, reader_->uri()));
  header_ = std::move(header);
  return absl::OkStatus();
}

absl::Status CsvDecoder::ReadMore(ByteBuffer* bytes) {
  if (bytes->size() > kLongestRow) {
    return DataError(StrCat("reading ", reader_->uri(), " at byte ", offset_, ": expected rows of at most ",
                            kLongestRow, " bytes, found a longer one; look for a quote without an end there"));
  }
  // A row that outgrows a step is read in ever larger ones.
  const size_t wanted = std::max<size_t>(std::max<size_t>(options_.batch_bytes, 1), bytes->size());
  const size_t step = std::min(wanted, kLongestRow + 1 - bytes->size());
  bytes->Reserve(step);
  DH_ASSIGN_OR_RETURN(const size_t got, reader_->ReadAt(position_, bytes->end(), step));
  bytes->Advance(got);
  std::memset(bytes->end(), 0, kSlack);
  position_ += got;
  at_end_ = got < step;
  return absl::OkStatus();
}

size_t CsvDecoder::DecodeRows(bool check_utf8, RecordBatch* batch) {
  const std::string_view text = batch->bytes.view();
  identity_ = nullptr;
  names_.assign(header_->fields().size(), {});
  size_t at = 0;
  while (at < text.size()) {
    const RowScanner::Found found = rows_->Next(text.substr(at), at_end_);
    if (found == RowScanner::Found::kMore) break;
    const std::string_view row = text.substr(at, rows_->size());
    if (found == RowScanner::Found::kMalformed) {
      column_ = "";
      AddReject(row, offset_ + at, nullptr, StrCat("expected a row of RFC 4180, found ", rows_->problem()), batch);
    } else if (found == RowScanner::Found::kRow && check_utf8 && !IsUtf8(row)) {
      column_ = "";
      AddReject(row, offset_ + at, nullptr, "expected UTF-8, found other bytes", batch);
    } else if (found == RowScanner::Found::kRow) {
      DecodeRow(row, offset_ + at, batch);
    }
    if (row_ != 0) ++row_;
    at += row.size();
  }
  return at;
}

void CsvDecoder::DecodeRow(std::string_view row, uint64_t offset, RecordBatch* batch) {
  Record record;
  record.offset = offset;
  column_ = "";
  const size_t count = rows_->cells().size();
  if (count != header_->size()) {
    AddReject(row, offset, nullptr, StrCat("expected ", header_->size(), " cells as in the header, found ", count),
              batch);
  } else if (ReadKey(&batch->arena, &record) && ReadFields(&batch->arena, &record)) {
    batch->records.push_back(record);
  } else {
    AddReject(row, offset, record.key, problem_, batch);
  }
}

bool CsvDecoder::ReadKey(Arena* arena, Record* record) {
  const Cell& cell = rows_->cells()[header_->key()];
  Key* const key = arena->New<Key>();
  column_ = kKeyColumn;
  const std::string_view text = cells_->Text(cell, arena);
  if (!ParseReferenceText(text, arena, key) || key->size == 0) {
    problem_ = StrCat("expected a key such as users/ann/orders/5, found \"", Printable(text), "\"");
    return false;
  }
  record->key = key;
  if (header_->deleted() != CsvHeader::kAbsent && rows_->cells()[header_->deleted()].raw == "true") {
    record->op = Op::kDelete;
  }
  return true;
}

bool CsvDecoder::ReadFields(Arena* arena, Record* record) {
  fields_.clear();
  if (record->op == Op::kDelete) return true;
  for (size_t i = 0; i < header_->fields().size(); ++i) {
    const Cell& cell = rows_->cells()[header_->fields()[i].cell];
    const Column& column = *header_->fields()[i].column;
    if (cells_->IsNull(column, cell)) continue;
    Field& read = fields_.emplace_back();
    read.name = NameOf(i, arena);
    if (!cells_->Read(column, cell, arena, &read.value)) {
      column_ = column.name;
      problem_ = cells_->problem();
      return false;
    }
    if (read.value.type == Type::kNull) fields_.pop_back();
  }
  if (header_->all_properties()) return TakeProperties(record);
  Map& map = record->properties;
  map.size = static_cast<uint32_t>(fields_.size());
  map.fields = arena->CopyArray(fields_.data(), fields_.size());
  map.sorted = Identity(arena);
  return true;
}

bool CsvDecoder::TakeProperties(Record* record) {
  if (fields_.empty()) return true;
  if (fields_[0].value.type == Type::kMap) {
    record->properties = *fields_[0].value.map;
    return true;
  }
  column_ = kPropertiesColumn;
  problem_ = "expected a JSON object, found another value";
  return false;
}

// Columns come in the order of their fields' names.
const uint32_t* CsvDecoder::Identity(Arena* arena) {
  if (identity_ == nullptr) {
    const size_t count = header_->fields().size();
    uint32_t* const numbers = arena->AllocateArray<uint32_t>(count);
    std::iota(numbers, numbers + count, 0u);
    identity_ = numbers;
  }
  return identity_;
}

std::string_view CsvDecoder::NameOf(size_t field, Arena* arena) {
  std::string_view& name = names_[field];
  if (name.data() == nullptr) name = arena->CopyString(header_->fields()[field].column->field);
  return name;
}

void CsvDecoder::AddReject(std::string_view row, uint64_t offset, const Key* key, std::string_view problem,
                           RecordBatch* batch) const {
  Reject reject;
  reject.object = reader_->uri();
  reject.offset = offset;
  if (key != nullptr) {
    reject.kind = key->kind();
    reject.ns = key->ns;
  }
  std::string place;
  if (row_ != 0) place = StrCat("row ", row_);
  if (!column_.empty()) StrAppend(&place, place.empty() ? "" : ", ", "column \"", Printable(column_), "\"");
  reject.reason = StrCat("reading ", reject.object, " at byte ", offset, place.empty() ? "" : StrCat(" (", place, ")"),
                         ": ", problem);
  reject.Keep(row);
  batch->rejects.push_back(std::move(reject));
}

}  // namespace datahaul
