#include "format/csv/format.h"

#include <memory>

#include "base/status.h"
#include "base/text.h"
#include "base/utf8.h"
#include "format/csv/csv_decoder.h"
#include "format/csv/csv_encoder.h"

namespace datahaul {
namespace {

class CsvFormat final : public Format {
 public:
  const FormatTraits& traits() const override {
    static constexpr FormatTraits kTraits = {
        .name = "csv", .suffix = ".csv", .concatenable = true, .readable = true, .needs_schema = true};
    return kTraits;
  }
  absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader* reader, ByteRange, uint64_t resume,
                                                      const DecodeOptions& options) const override {
    return std::make_unique<CsvDecoder>(reader, resume, options);
  }
  std::unique_ptr<Encoder> NewEncoder(const EncodeOptions& options) const override {
    return std::make_unique<CsvEncoder>(options);
  }
  void Prologue(std::string_view ns, std::string_view kind, const EncodeOptions& options,
                ByteBuffer* out) const override {
    const KindSchema* const schema = options.schema->Find(ns, kind);
    if (schema != nullptr) AppendCsvHeader(*schema, options.csv, out);
  }
};

// Numbers, times, base64 and words are written without looking for the delimiter in them.
bool MayDelimit(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const char lower = static_cast<char>(c | 0x20);
  const bool alphanumeric = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
  return byte < 0x80 && !alphanumeric && std::string_view("\"'+-./:=_\r\n\0", 12).find(c) == std::string_view::npos;
}

}  // namespace

const Format& Csv() {
  static const CsvFormat format;
  return format;
}

absl::StatusOr<CsvOptions> ParseCsvOptions(std::string_view delimiter, std::string_view null, bool guard_formulas) {
  CsvOptions options;
  if (delimiter == "tab" || delimiter == "\\t") delimiter = "\t";
  if (delimiter.size() != 1 || !MayDelimit(delimiter[0])) {
    return UsageError(
        StrCat("reading --delimiter: expected one character such as , ; | or the word tab, found \"", delimiter, "\""));
  }
  options.delimiter = delimiter[0];
  const bool special = null.find_first_of(StrCat("\"\r\n", delimiter)) != std::string_view::npos;
  if (special || !IsUtf8(null)) {
    return UsageError(
        StrCat("reading --null: expected a text without the delimiter, quotes and line ends, found \"", null, "\""));
  }
  options.null = null;
  options.guard_formulas = guard_formulas;
  return options;
}

}  // namespace datahaul
