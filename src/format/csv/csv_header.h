// What a file's first row says.
#ifndef DATAHAUL_FORMAT_CSV_CSV_HEADER_H_
#define DATAHAUL_FORMAT_CSV_CSV_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/schema.h"

namespace datahaul {

// Pairs a file's columns, which are found by name and come in any order, with those of its kind.
class CsvHeader {
 public:
  static constexpr size_t kAbsent = SIZE_MAX;

  struct Field {
    const Column* column;
    size_t cell;  // its number in a row
  };

  // `schema`: of the file's kind; null if there is none: all columns but the keys' are then texts. It must outlive the
  // header. DATA_LOSS if the names don't do; `where` is the file, for messages.
  static absl::StatusOr<CsvHeader> Make(std::vector<std::string> names, const KindSchema* schema,
                                        std::string_view where);

  CsvHeader(CsvHeader&&) = default;
  CsvHeader& operator=(CsvHeader&&) = default;
  CsvHeader(const CsvHeader&) = delete;
  CsvHeader& operator=(const CsvHeader&) = delete;

  size_t size() const { return names_.size(); }  // cells in a row
  // The properties, in the order of their names; those that the file does not have are left out.
  const std::vector<Field>& fields() const { return fields_; }
  // The only field is a PropertiesColumn.
  bool all_properties() const { return all_properties_; }
  size_t key() const { return key_; }          // cell of __key__
  size_t deleted() const { return deleted_; }  // cell of __deleted__, or kAbsent

 private:
  CsvHeader() = default;
  absl::Status Pair(const KindSchema& schema, std::string_view where);

  std::vector<std::string> names_;
  KindSchema own_;  // without a schema; a move leaves its columns where they are
  std::vector<Field> fields_;
  bool all_properties_ = false;
  size_t key_ = kAbsent, deleted_ = kAbsent;
};

// The delimiter that a header was written with: the first of , ; TAB | outside quotes in it.
char GuessDelimiter(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_CSV_HEADER_H_
