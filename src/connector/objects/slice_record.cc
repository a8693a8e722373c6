#include "connector/objects/slice_record.h"

#include <charconv>
#include <optional>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/tab_fields.h"

namespace datahaul {
namespace {

constexpr std::string_view kMagic = "datahaul slice 2 ";

template <typename T>
bool TakeNumber(std::string_view* rest, T* number) {
  const std::string field = TakeField(rest);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), *number);
  return error == std::errc() && !field.empty() && end == field.data() + field.size();
}

std::optional<StoredExtent> ParseExtent(std::string_view line) {
  StoredExtent extent;
  extent.object = TakeField(&line);
  if (!TakeNumber(&line, &extent.offset) || !TakeNumber(&line, &extent.length) ||
      !TakeNumber(&line, &extent.staged_at)) {
    return std::nullopt;
  }
  extent.upload = TakeField(&line);
  if (extent.upload.empty()) return extent;
  UploadPiece& piece = extent.piece;
  if (!TakeNumber(&line, &piece.number) || !TakeNumber(&line, &piece.size) || !TakeNumber(&line, &piece.crc32c)) {
    return std::nullopt;
  }
  piece.tag = TakeField(&line);
  return extent;
}

absl::Status NoRecord(std::string_view uri) {
  return DataError(StrCat("reading ", uri,
                          ": expected what a slice of a job has written, found something else; cancel the job and ",
                          "begin a new one"));
}

}  // namespace

std::string ToText(const SliceRecord& record) {
  std::string lines;
  for (const StoredExtent& extent : record.extents) {
    StrAppend(&lines, EscapeField(extent.object), "\t", extent.offset, "\t", extent.length, "\t", extent.staged_at,
              "\t", EscapeField(extent.upload));
    if (!extent.upload.empty()) {
      StrAppend(&lines, "\t", extent.piece.number, "\t", extent.piece.size, "\t", extent.piece.crc32c, "\t",
                EscapeField(extent.piece.tag));
    }
    lines += '\n';
  }
  std::string head = StrCat(kMagic, kSliceHeadBytes + lines.size());
  head.resize(kSliceHeadBytes - 1, ' ');
  return StrCat(head, "\n", lines);
}

absl::StatusOr<uint64_t> SizeOfSliceRecord(std::string_view head, std::string_view uri) {
  uint64_t size = 0;
  if (head.size() < kSliceHeadBytes || !head.starts_with(kMagic)) return NoRecord(uri);
  head = head.substr(kMagic.size());
  const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), size);
  if (error != std::errc() || *end != ' ' || size < kSliceHeadBytes) return NoRecord(uri);
  return size;
}

absl::StatusOr<SliceRecord> ParseSliceRecord(std::string_view text, std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const uint64_t size, SizeOfSliceRecord(text, uri));
  if (size != text.size()) return NoRecord(uri);
  SliceRecord record;
  text.remove_prefix(kSliceHeadBytes);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return NoRecord(uri);
    std::optional<StoredExtent> extent = ParseExtent(text.substr(0, end));
    if (!extent) return NoRecord(uri);
    record.extents.push_back(*std::move(extent));
    text.remove_prefix(end + 1);
  }
  return record;
}

}  // namespace datahaul
