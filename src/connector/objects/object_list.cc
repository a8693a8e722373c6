#include "connector/objects/object_list.h"

#include <charconv>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/tab_fields.h"
#include "model/schema_json.h"

namespace datahaul {
namespace {

// Jobs of older programs have older versions: the first knows neither schema nor kinds, the second no versions of
// objects.
constexpr std::string_view kHead = "objects ";
constexpr int kVersion = 3;
constexpr std::string_view kCsv = "csv ", kSchema = "schema ";

std::optional<DataObject> ParseObject(std::string_view line, int version) {
  DataObject object;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), object.size);
  if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return std::nullopt;
  line.remove_prefix(static_cast<size_t>(end - line.data()) + 1);
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::optional<Compression> compression = ParseCompression(line.substr(0, space));
  if (!compression) return std::nullopt;
  object.compression = *compression;
  line.remove_prefix(space + 1);
  if (version == 1) {
    object.uri = UnEscapeField(line);
    return object;
  }
  object.uri = TakeField(&line);
  if (version > 2) object.version = TakeField(&line);
  if (line.find('\t') != std::string_view::npos) {
    KindName& only = object.only.emplace();
    only.ns = TakeField(&line);
    only.kind = TakeField(&line);
  }
  return object;
}

CsvOptions ParseCsv(std::string_view line) {
  CsvOptions csv;
  const std::string delimiter = TakeField(&line);
  if (!delimiter.empty()) csv.delimiter = delimiter[0];
  csv.null = TakeField(&line);
  csv.guard_formulas = line == "guarded";
  return csv;
}

bool TakePrefix(std::string_view prefix, std::string_view* line) {
  if (!line->starts_with(prefix)) return false;
  line->remove_prefix(prefix.size());
  return true;
}

absl::Status ParseLine(std::string_view line, int version, ObjectList* list) {
  if (TakePrefix(kCsv, &line)) {
    list->csv = ParseCsv(line);
    return absl::OkStatus();
  }
  if (TakePrefix(kSchema, &line)) {
    DH_ASSIGN_OR_RETURN(Schema schema, ParseSchemaJson(line, "a job's snapshot"));
    list->schema = std::make_shared<const Schema>(std::move(schema));
    return absl::OkStatus();
  }
  std::optional<DataObject> object = ParseObject(line, version);
  if (!object) return InternalError("reading a job's snapshot: expected an object");
  list->objects.push_back(*std::move(object));
  return absl::OkStatus();
}

}  // namespace

std::string ToText(const ObjectList& list) {
  std::string text = StrCat(kHead, kVersion, "\n");
  if (list.csv) {
    StrAppend(&text, kCsv, EscapeField(std::string_view(&list.csv->delimiter, 1)), "\t", EscapeField(list.csv->null),
              "\t", list.csv->guard_formulas ? "guarded\n" : "\n");
  }
  if (list.schema != nullptr) StrAppend(&text, kSchema, ToJson(*list.schema), "\n");
  for (const DataObject& object : list.objects) {
    StrAppend(&text, object.size, " ", CompressionName(object.compression), " ", EscapeField(object.uri), "\t",
              EscapeField(object.version));
    if (object.only) StrAppend(&text, "\t", EscapeField(object.only->ns), "\t", EscapeField(object.only->kind));
    text += '\n';
  }
  return text;
}

absl::StatusOr<ObjectList> ParseObjectList(std::string_view text) {
  int version = kVersion;
  while (version > 0 && !TakePrefix(StrCat(kHead, version, "\n"), &text)) --version;
  if (version == 0) return InternalError("reading a job's snapshot: expected a list of objects of this version");
  ObjectList list;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return InternalError("reading a job's snapshot: expected an end to its last line");
    DH_RETURN_IF_ERROR(ParseLine(text.substr(0, end), version, &list));
    text.remove_prefix(end + 1);
  }
  return list;
}

}  // namespace datahaul
