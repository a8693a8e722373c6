// Aligned columns for terminals and logs.
#ifndef DATAHAUL_REPORT_TEXT_TABLE_H_
#define DATAHAUL_REPORT_TEXT_TABLE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace datahaul {

// Columns whose heading begins with '>' are aligned to the right. Control characters in cells are shown as '?', so that
// no name from data can drive a terminal.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> headings);
  void AddRow(std::vector<std::string> cells);  // as many as headings
  std::string ToString() const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;  // the first is the heading
};

// `text` with control characters shown as '?'.
std::string Printable(std::string_view text);

// How a namespace is shown: "(default)" for "".
std::string ShownNamespace(std::string_view ns);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_TEXT_TABLE_H_
