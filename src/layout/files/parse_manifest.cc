#include <simdjson.h>

#include "base/status.h"
#include "base/text.h"
#include "layout/files/manifest.h"
#include "model/schema_json.h"

namespace datahaul {
namespace {

using Json = simdjson::dom::element;

// Typed access to one object's members; the first thing wrong is kept, and everything after it is skipped.
class Members {
 public:
  Members(Json json, std::string path, absl::Status* status) : path_(std::move(path)), status_(status) {
    // After a failure `json` may be nothing at all.
    if (status->ok() && json.get(object_) != simdjson::SUCCESS) Fail("an object", "");
  }

  std::string Text(std::string_view name) {
    std::string_view text;
    Get(name, "a string", &text);
    return std::string(text);
  }
  uint64_t Number(std::string_view name) {
    uint64_t number = 0;
    Get(name, "a whole number", &number);
    return number;
  }
  bool Bool(std::string_view name) {
    bool value = false;
    Get(name, "true or false", &value);
    return value;
  }
  std::string Digits(std::string_view name, size_t bytes) {
    const std::optional<std::string> binary = UnHex(Text(name));
    if (binary && binary->size() == bytes) return *binary;
    Fail(StrCat(2 * bytes, " hexadecimal digits"), name);
    return std::string(bytes, '\0');
  }
  bool Has(std::string_view name) const { return status_->ok() && object_[name].error() == simdjson::SUCCESS; }
  Members Child(std::string_view name) {
    Json child;
    Get(name, "an object", &child);
    return Members(child, PathOf(name), status_);
  }
  template <typename Visit>  // void(Json, path)
  void Each(std::string_view name, Visit visit) {
    simdjson::dom::array array;
    if (!Get(name, "an array", &array)) return;
    size_t index = 0;
    for (Json element : array) visit(element, StrCat(PathOf(name), "[", index++, "]"));
  }
  // A member's JSON text.
  std::string JsonOf(std::string_view name) {
    Json child;
    return Get(name, "an object", &child) ? simdjson::minify(child) : "";
  }
  template <typename Visit>  // void(name, path)
  void EachName(Visit visit) {
    if (!status_->ok()) return;
    for (const auto& [name, value] : object_) visit(name);
  }
  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    Each(name, [&](Json element, const std::string&) {
      std::string_view text;
      if (element.get(text) == simdjson::SUCCESS) {
        texts.emplace_back(text);
      } else {
        Fail("strings", name);
      }
    });
    return texts;
  }
  void Fail(std::string_view expected, std::string_view name) {
    if (status_->ok()) *status_ = DataError(StrCat("expected ", expected, " in ", PathOf(name)));
  }

 private:
  std::string PathOf(std::string_view name) const { return name.empty() ? path_ : StrCat(path_, ".", name); }

  template <typename T>
  bool Get(std::string_view name, std::string_view expected, T* value) {
    if (status_->ok() && object_[name].get(*value) == simdjson::SUCCESS) return true;
    Fail(expected, name);
    return false;
  }

  simdjson::dom::object object_;
  const std::string path_;
  absl::Status* const status_;
};

Selection ReadSelection(Members members) {
  Selection selection;
  selection.kinds = members.Texts("kinds");
  selection.namespaces = members.Texts("namespaces");
  if (members.Has("limit")) selection.limit = members.Number("limit");
  return selection;
}

ManifestObject ReadObject(Members members) {
  ManifestObject object;
  object.name = members.Text("name");
  object.bytes = members.Number("bytes");
  for (char byte : members.Digits("crc32c", 4)) object.crc32c = object.crc32c << 8 | static_cast<unsigned char>(byte);
  object.records = members.Number("records");
  if (members.Has("kind")) object.only = KindName{members.Text("namespace"), members.Text("kind")};
  if (object.name.starts_with('/') || StrCat("/", object.name, "/").find("/../") != std::string::npos) {
    members.Fail("the name of a file below this folder", "name");
  }
  return object;
}

ManifestKind ReadKind(Members members) {
  ManifestKind kind;
  kind.name = {members.Text("namespace"), members.Text("kind")};
  kind.tally = {members.Number("read"), members.Number("written"), members.Number("filtered"),
                members.Number("rejected")};
  const std::optional<Hash128> digest = Hash128::FromHex(members.Text("digest"));
  if (digest) kind.digest = *digest;
  if (!digest) members.Fail("32 hexadecimal digits", "digest");
  return kind;
}

CsvOptions ReadCsvOptions(Members members) {
  CsvOptions csv;
  const std::string delimiter = members.Text("delimiter");
  if (delimiter.size() == 1) csv.delimiter = delimiter[0];
  if (delimiter.size() != 1) members.Fail("one byte", "delimiter");
  csv.null = members.Text("null");
  csv.guard_formulas = members.Bool("guard_formulas");
  return csv;
}

Manifest ReadManifest(Json json, absl::Status* status) {
  Manifest manifest;
  Members members(json, "manifest", status);
  const uint64_t version = members.Number("version");
  if (version != kManifestVersion) {
    members.Fail(StrCat("version ", kManifestVersion, " (a newer datahaul may be needed; found ", version, ")"),
                 "version");
  }
  manifest.tool = members.Text("tool");
  manifest.job = members.Text("job");
  manifest.source = members.Text("source");
  manifest.format = members.Text("format");
  manifest.compression = members.Text("compression");
  manifest.layout = members.Text("layout");
  manifest.selection = ReadSelection(members.Child("selection"));
  manifest.complete = members.Bool("complete");
  if (members.Has("csv")) manifest.csv = ReadCsvOptions(members.Child("csv"));
  if (members.Has("schema")) {
    absl::StatusOr<Schema> schema = ParseSchemaJson(members.JsonOf("schema"), "its schema");
    if (schema.ok()) {
      manifest.schema = *std::move(schema);
    } else if (status->ok()) {
      *status = schema.status();
    }
  }
  members.Each("objects", [&](Json object, const std::string& path) {
    manifest.objects.push_back(ReadObject(Members(object, path, status)));
  });
  if (members.Has("rejects")) manifest.rejects = ReadObject(members.Child("rejects"));
  members.Each("kinds", [&](Json kind, const std::string& path) {
    manifest.kinds.push_back(ReadKind(Members(kind, path, status)));
  });
  Members counters = members.Child("counters");
  counters.EachName([&](std::string_view name) { manifest.counters[std::string(name)] = counters.Number(name); });
  manifest.notes = members.Texts("notes");
  const uint64_t records = members.Number("records");
  if (records != manifest.Total().written) members.Fail("the sum of all records written", "records");
  return manifest;
}

}  // namespace

absl::StatusOr<Manifest> ParseManifest(std::string_view json, std::string_view uri) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(json);
  Json root;
  const simdjson::error_code error = parser.parse(padded).get(root);
  absl::Status status;
  if (error != simdjson::SUCCESS) status = DataError(simdjson::error_message(error));
  Manifest manifest;
  if (status.ok()) manifest = ReadManifest(root, &status);
  if (status.ok()) return manifest;
  return DataError(StrCat("reading ", uri, ": expected a manifest of datahaul: ", Message(status),
                          "; move it away to read the files by their names"));
}

}  // namespace datahaul
