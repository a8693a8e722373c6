// Rows and cells in bytes of CSV.
#ifndef DATAHAUL_FORMAT_CSV_ROW_SCANNER_H_
#define DATAHAUL_FORMAT_CSV_ROW_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/arena.h"

namespace datahaul {

struct Cell {
  std::string_view raw;  // without its quotes
  bool quoted = false;
  bool doubled = false;  // has doubled quotes

  // The text that the cell stands for; in `arena` if quotes were doubled.
  std::string_view Text(Arena* arena) const { return doubled ? Undouble(arena) : raw; }

 private:
  std::string_view Undouble(Arena* arena) const;
};

// Finds one row after the other. Rows end with CRLF, LF or CR, or with the object. Not safe for concurrent use.
class RowScanner {
 public:
  explicit RowScanner(char delimiter) : delimiter_(delimiter) {}

  enum class Found : uint8_t {
    kRow,        // cells() has it
    kBlank,      // an empty line
    kMalformed,  // problem() says why; the row ends at the next line end
    kMore,       // its end is not in `text`: ask again with more
  };
  // The row that `text` (not empty) begins with. `at_end`: nothing follows `text`. It must be readable kSlack bytes
  // past its end.
  Found Next(std::string_view text, bool at_end);

  const std::vector<Cell>& cells() const { return cells_; }
  size_t size() const { return size_; }  // of the row found, its line end included: bytes
  std::string_view problem() const { return problem_; }

 private:
  Found Malformed(std::string_view problem, std::string_view text, const char* at, bool at_end);

  const char delimiter_;
  std::vector<Cell> cells_;
  size_t size_ = 0;
  std::string_view problem_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_ROW_SCANNER_H_
