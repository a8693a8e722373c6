#include "format/ndjson/typed_decoder.h"

#include <cstring>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

// Calls on_line(begin, end) for each line of `text`, without its line end.
template <typename OnLine>
void ForEachLine(std::string_view text, OnLine on_line) {
  for (size_t begin = 0; begin < text.size();) {
    const void* const found = std::memchr(text.data() + begin, '\n', text.size() - begin);
    const size_t end =
        found == nullptr ? text.size() : static_cast<size_t>(static_cast<const char*>(found) - text.data());
    on_line(begin, end);
    begin = end + 1;
  }
}

}  // namespace

TypedDecoder::TypedDecoder(const ByteReader* reader, uint64_t begin, uint64_t end, const DecodeOptions& options)
    : reader_(reader), lines_(reader, begin, end, options.batch_bytes) {}

absl::Status TypedDecoder::Read(RecordBatch* batch) {
  batch->Clear();
  DH_RETURN_IF_ERROR(lines_.Next(&batch->bytes));
  batch->input_bytes = batch->bytes.size();
  batch->cursor = StrCat(lines_.offset() + batch->bytes.size());
  if (batch->bytes.empty()) return absl::OkStatus();
  if (index_.Index(batch->bytes.view())) {
    DecodeTogether(batch);
  } else {
    DecodeOneByOne(batch);
  }
  return absl::OkStatus();
}

void TypedDecoder::DecodeTogether(RecordBatch* batch) {
  const std::string_view text = batch->bytes.view();
  parser_.Start(text, index_.tokens(), &batch->arena);
  ForEachLine(text, [&](size_t begin, size_t end) {
    DecodeLine(text.substr(begin, end - begin), end, lines_.offset() + begin, batch);
  });
}

void TypedDecoder::DecodeOneByOne(RecordBatch* batch) {
  const std::string_view text = batch->bytes.view();
  ForEachLine(text, [&](size_t begin, size_t end) {
    const std::string_view line = text.substr(begin, end - begin);
    const uint64_t offset = lines_.offset() + begin;
    if (index_.Index(line)) {
      parser_.Start(line, index_.tokens(), &batch->arena);
      DecodeLine(line, line.size(), offset, batch);
    } else {
      AddReject(line, offset, nullptr, StrCat("): expected a record in JSON, found ", index_.problem()), batch);
    }
  });
}

void TypedDecoder::DecodeLine(std::string_view line, size_t indexed_end, uint64_t offset, RecordBatch* batch) {
  Record record;
  record.offset = offset;
  if (parser_.Parse(indexed_end, &record)) {
    batch->records.push_back(record);
  } else {
    AddReject(line, offset, record.key, ProblemOfRecord(), batch);
  }
}

std::string TypedDecoder::ProblemOfRecord() const {
  const TypedRecordParser::Problem& problem = parser_.problem();
  const std::string field = problem.field.empty() ? "" : StrCat(", field \"", problem.field, "\"");
  return StrCat(field, "): expected ", problem.expected, ", found ", problem.found);
}

void TypedDecoder::AddReject(std::string_view line, uint64_t offset, const Key* key, std::string_view reason,
                             RecordBatch* batch) {
  Reject reject;
  reject.object = reader_->uri();
  reject.offset = offset;
  if (key != nullptr) {
    reject.kind = key->kind();
    reject.ns = key->ns;
  }
  reject.reason = StrCat("reading ", reject.object, " at byte ", offset, " (line beginning there", reason);
  reject.Keep(line);
  batch->rejects.push_back(std::move(reject));
}

}  // namespace datahaul
