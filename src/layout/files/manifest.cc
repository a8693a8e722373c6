#include "layout/files/manifest.h"

#include "base/json_string.h"
#include "base/text.h"
#include "model/schema_json.h"

namespace datahaul {
namespace {

// Writes members and elements one after the other; commas are its business.
class Writer {
 public:
  void Open(char bracket) {
    out_ += bracket;
    first_ = true;
  }
  void Close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  // Begins a line of its own: what people look for in a manifest begins one.
  void NewLine() { line_ = true; }
  void Name(std::string_view name) {
    Element();
    AppendJsonString(&out_, name);
    out_ += ':';
    first_ = true;
  }
  void Text(std::string_view text) {
    Element();
    AppendJsonString(&out_, text);
  }
  void Number(uint64_t number) {
    Element();
    StrAppend(&out_, number);
  }
  void Bool(bool value) {
    Element();
    out_ += value ? "true" : "false";
  }
  void Element() {
    if (!first_) out_ += ',';
    if (line_) out_ += '\n';
    first_ = line_ = false;
  }
  void Member(std::string_view name, std::string_view text) {
    Name(name);
    Text(text);
  }
  void Member(std::string_view name, uint64_t number) {
    Name(name);
    Number(number);
  }
  void Json(std::string_view name, std::string_view json) {
    Name(name);
    Element();
    out_ += json;
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
  bool first_ = true;
  bool line_ = false;
};

std::string Hex32(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return Hex(bytes);
}

void WriteTexts(std::string_view name, const std::vector<std::string>& texts, Writer* out) {
  out->Name(name);
  out->Element();
  out->Open('[');
  for (const std::string& text : texts) out->Text(text);
  out->Close(']');
}

void WriteSelection(const Selection& selection, Writer* out) {
  out->Name("selection");
  out->Element();
  out->Open('{');
  WriteTexts("kinds", selection.kinds, out);
  WriteTexts("namespaces", selection.namespaces, out);
  if (selection.limit) out->Member("limit", *selection.limit);
  out->Close('}');
}

void WriteCsvOptions(const CsvOptions& csv, Writer* out) {
  out->Name("csv");
  out->Element();
  out->Open('{');
  out->Member("delimiter", std::string_view(&csv.delimiter, 1));
  out->Member("null", csv.null);
  out->Name("guard_formulas");
  out->Bool(csv.guard_formulas);
  out->Close('}');
}

void WriteObject(const ManifestObject& object, Writer* out) {
  out->Element();
  out->Open('{');
  out->Member("name", object.name);
  out->Member("bytes", object.bytes);
  out->Member("crc32c", Hex32(object.crc32c));
  out->Member("records", object.records);
  if (object.only) {
    out->Member("namespace", object.only->ns);
    out->Member("kind", object.only->kind);
  }
  out->Close('}');
}

void WriteTally(const Tally& tally, Writer* out) {
  out->Member("read", tally.read);
  out->Member("written", tally.written);
  out->Member("filtered", tally.filtered);
  out->Member("rejected", tally.rejected);
}

void WriteKind(const ManifestKind& kind, Writer* out) {
  out->NewLine();
  out->Element();
  out->Open('{');
  out->Member("namespace", kind.name.ns);
  out->Member("kind", kind.name.kind);
  WriteTally(kind.tally, out);
  out->Member("digest", kind.digest.ToHex());
  out->Close('}');
}

void WriteHead(const Manifest& manifest, Writer* out) {
  out->Member("version", uint64_t{kManifestVersion});
  for (const auto& [name, text] :
       {std::pair("tool", &manifest.tool), std::pair("job", &manifest.job), std::pair("source", &manifest.source),
        std::pair("format", &manifest.format), std::pair("compression", &manifest.compression),
        std::pair("layout", &manifest.layout)}) {
    out->NewLine();
    out->Member(name, *text);
  }
  if (manifest.csv) {
    out->NewLine();
    WriteCsvOptions(*manifest.csv, out);
  }
  out->NewLine();
  WriteSelection(manifest.selection, out);
  out->NewLine();
  out->Name("complete");
  out->Bool(manifest.complete);
}

void WriteTotals(const Manifest& manifest, Writer* out) {
  const Tally total = manifest.Total();
  out->NewLine();
  out->Member("records", total.written);
  out->NewLine();
  out->Name("totals");
  out->Element();
  out->Open('{');
  WriteTally(total, out);
  out->Close('}');
}

void WriteContents(const Manifest& manifest, Writer* out) {
  out->NewLine();
  out->Name("objects");
  out->Element();
  out->Open('[');
  for (const ManifestObject& object : manifest.objects) {
    out->NewLine();
    WriteObject(object, out);
  }
  out->Close(']');
  if (manifest.rejects) {
    out->NewLine();
    out->Name("rejects");
    WriteObject(*manifest.rejects, out);
  }
  out->NewLine();
  out->Name("kinds");
  out->Element();
  out->Open('[');
  for (const ManifestKind& kind : manifest.kinds) WriteKind(kind, out);
  out->Close(']');
}

}  // namespace

Tally Manifest::Total() const {
  Tally total;
  for (const ManifestKind& kind : kinds) total += kind.tally;
  return total;
}

std::string ToJson(const Manifest& manifest) {
  Writer out;
  out.Open('{');
  WriteHead(manifest, &out);
  WriteTotals(manifest, &out);
  WriteContents(manifest, &out);
  if (manifest.schema) {
    out.NewLine();
    out.Json("schema", ToJson(*manifest.schema));
  }
  out.NewLine();
  out.Name("counters");
  out.Element();
  out.Open('{');
  for (const auto& [name, count] : manifest.counters) out.Member(name, count);
  out.Close('}');
  out.NewLine();
  WriteTexts("notes", manifest.notes, &out);
  out.Close('}');
  return out.Take() + "\n";
}

}  // namespace datahaul
