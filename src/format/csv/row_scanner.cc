#include "format/csv/row_scanner.h"

#include <cstring>

#include "format/csv/cell_text.h"

namespace datahaul {

std::string_view Cell::Undouble(Arena* arena) const {
  char* const begin = static_cast<char*>(arena->Allocate(raw.size()));
  char* out = begin;
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p < end) {
    const char* const quote = FindQuote(p, end);
    const char* const stop = quote == end ? end : quote + 1;
    std::memcpy(out, p, static_cast<size_t>(stop - p));
    out += stop - p;
    p = stop + 1;  // past the second one
  }
  return {begin, static_cast<size_t>(out - begin)};
}

RowScanner::Found RowScanner::Next(std::string_view text, bool at_end) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* p = begin;
  cells_.clear();
  while (true) {
    Cell cell;
    const char* cell_end = nullptr;
    if (p < end && *p == '"') {
      cell.quoted = true;
      cell_end = FindQuote(p + 1, end);
      while (cell_end + 1 < end && cell_end[1] == '"') {
        cell.doubled = true;
        cell_end = FindQuote(cell_end + 2, end);
      }
      if (cell_end + 1 >= end && !at_end) return Found::kMore;
      if (cell_end >= end) {
        size_ = text.size();
        problem_ = "a quote without an end";
        return Found::kMalformed;
      }
      cell.raw = {p + 1, static_cast<size_t>(cell_end - p - 1)};
      ++cell_end;
    } else {
      cell_end = FindSpecial(p, end, delimiter_);
      cell.raw = {p, static_cast<size_t>(cell_end - p)};
    }
    if (cell_end == end && !at_end) return Found::kMore;
    cells_.push_back(cell);
    if (cell_end == end) {
      size_ = text.size();
      return Found::kRow;
    }
    if (*cell_end == delimiter_) {
      p = cell_end + 1;
      continue;
    }
    if (*cell_end != '\r' && *cell_end != '\n') {
      return Malformed(cell.quoted ? "text behind a cell's closing quote" : "a quote inside a cell without quotes",
                       text, cell_end, at_end);
    }
    const bool may_be_two = *cell_end == '\r';
    ++cell_end;
    if (may_be_two && cell_end == end && !at_end) return Found::kMore;
    if (may_be_two && cell_end < end && *cell_end == '\n') ++cell_end;
    size_ = static_cast<size_t>(cell_end - begin);
    return cells_.size() == 1 && !cell.quoted && cell.raw.empty() ? Found::kBlank : Found::kRow;
  }
}

RowScanner::Found RowScanner::Malformed(std::string_view problem, std::string_view text, const char* at, bool at_end) {
  const size_t line_end = text.find('\n', static_cast<size_t>(at - text.data()));
  if (line_end == std::string_view::npos && !at_end) return Found::kMore;
  size_ = line_end == std::string_view::npos ? text.size() : line_end + 1;
  problem_ = problem;
  return Found::kMalformed;
}

}  // namespace datahaul
