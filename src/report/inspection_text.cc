#include "report/inspection_text.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "model/type_name.h"
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

struct TypeCount {
  std::string_view type;
  uint64_t count;
};

// The commonest first; names decide between equals.
std::vector<TypeCount> SortedTypes(const FieldSketch& sketch) {
  std::vector<TypeCount> types;
  for (int i = 0; i <= static_cast<int>(Type::kUuid); ++i) {
    const auto type = static_cast<Type>(i);
    if (const uint64_t count = sketch.count(type); count != 0) types.push_back({TypeName(type), count});
  }
  std::sort(types.begin(), types.end(), [](const TypeCount& a, const TypeCount& b) {
    return a.count != b.count ? a.count > b.count : a.type < b.type;
  });
  return types;
}

std::string TypesText(const FieldSketch& sketch) {
  const std::vector<TypeCount> types = SortedTypes(sketch);
  return absl::StrJoin(types, ", ", [&](std::string* out, const TypeCount& type) {
    StrAppend(out, type.type);
    if (types.size() > 1) StrAppend(out, " ", HumanPercent(type.count, sketch.present()));
  });
}

std::string IndexedText(const FieldSketch& sketch) {
  if (sketch.indexed() == 0) return "";
  return sketch.indexed() == sketch.present() ? "yes" : HumanPercent(sketch.indexed(), sketch.present());
}

void AddFieldRows(const FieldSketch& sketch, uint64_t of, const std::string& prefix, TextTable* table);

void AddRow(const FieldSketch& sketch, uint64_t of, const std::string& name, bool element, TextTable* table) {
  const std::string present =
      element ? StrCat(HumanCount(sketch.present()), " in all") : HumanPercent(sketch.present(), of);
  table->AddRow({name, present, IndexedText(sketch), TypesText(sketch)});
  AddFieldRows(sketch, sketch.count(Type::kMap), name + ".", table);
  if (const auto elements = sketch.elements()) AddRow(*elements, 0, name + "[]", true, table);
}

void AddFieldRows(const FieldSketch& sketch, uint64_t of, const std::string& prefix, TextTable* table) {
  for (const FieldSketch& field : sketch.fields()) AddRow(field, of, StrCat(prefix, field.name()), false, table);
}

std::string KindHeading(const KindName& name, const KindInspection& kind) {
  std::string heading = StrCat("\n", Printable(name.kind));
  if (!name.ns.empty()) StrAppend(&heading, " in namespace ", Printable(name.ns));
  return StrCat(heading, ": ", Counted(kind.sketch.records, "record"), "\n");
}

std::string KindsTable(const Inspection& inspection) {
  TextTable table({"namespace", "kind", ">records", ">size"});
  for (const auto& [name, kind] : inspection.kinds) {
    table.AddRow({ShownNamespace(name.ns), name.kind, HumanCount(kind.sketch.records),
                  HumanBytes(static_cast<double>(kind.bytes))});
  }
  return table.ToString();
}

std::string Summary(const Inspection& inspection, std::string_view address) {
  const ScanResult& scan = inspection.scan;
  std::string text = StrCat(Printable(address), ": ", Counted(scan.records, "record"), " of ",
                            Counted(inspection.kinds.size(), "kind"), ", ", HumanBytes(static_cast<double>(scan.bytes)),
                            " in ", Counted(scan.snapshot.objects, "object"), "\n");
  for (const std::string& note : scan.notes) StrAppend(&text, "note: ", Printable(note), "\n");
  if (scan.rejects + scan.lost_ranges != 0) {
    StrAppend(&text, "damaged: ", Counted(scan.rejects, "unreadable record"), ", ",
              Counted(scan.lost_ranges, "lost range"), " (", HumanBytes(static_cast<double>(scan.lost_bytes)), ")\n");
    for (const std::string& problem : scan.problems) StrAppend(&text, "  ", Printable(problem), "\n");
  }
  return text;
}

void WriteSketch(const FieldSketch& sketch, JsonWriter* json);

void WriteFields(const FieldSketch& sketch, JsonWriter* json) {
  if (!sketch.has_fields()) return;
  json->Key("fields").BeginArray();
  for (const FieldSketch& field : sketch.fields()) {
    json->BeginObject().Field("name", field.name());
    WriteSketch(field, json);
    json->EndObject();
  }
  json->EndArray();
}

void WriteSketch(const FieldSketch& sketch, JsonWriter* json) {
  json->Field("present", sketch.present()).Field("indexed", sketch.indexed()).Key("types").BeginObject();
  for (const auto& [type, count] : SortedTypes(sketch)) json->Field(type, count);
  json->EndObject();
  WriteFields(sketch, json);
  const std::optional<FieldSketch> elements = sketch.elements();
  if (!elements) return;
  json->Key("elements").BeginObject();
  WriteSketch(*elements, json);
  json->EndObject();
}

std::string SourceLine(const Inspection& inspection, std::string_view address) {
  const ScanResult& scan = inspection.scan;
  JsonWriter json;
  json.BeginObject().Field("type", "source").Field("address", address);
  json.Field("records", scan.records).Field("kinds", inspection.kinds.size());
  json.Field("objects", scan.snapshot.objects).Field("bytes", scan.bytes).Key("promised_records");
  scan.snapshot.records ? json.Value(*scan.snapshot.records) : json.Null();
  json.Field("rejects", scan.rejects).Field("lost_ranges", scan.lost_ranges).Field("lost_bytes", scan.lost_bytes);
  for (const auto& [name, texts] : {std::pair("problems", &scan.problems), std::pair("notes", &scan.notes)}) {
    json.Key(name).BeginArray();
    for (const std::string& text : *texts) json.Value(text);
    json.EndArray();
  }
  return json.EndObject().text() + "\n";
}

std::string KindLine(const KindName& name, const KindInspection& kind) {
  JsonWriter json;
  json.BeginObject().Field("type", "kind").Field("namespace", name.ns).Field("kind", name.kind);
  json.Field("records", kind.sketch.records).Field("bytes", kind.bytes).Key("keys").BeginObject();
  for (const auto& [member, id] :
       {std::pair("named", PathElement::Id::kName), std::pair("numbered", PathElement::Id::kNumber),
        std::pair("incomplete", PathElement::Id::kIncomplete)}) {
    json.Field(member, kind.sketch.keys[static_cast<size_t>(id)]);
  }
  json.EndObject().Field("fields_complete", kind.sketch.table.complete());
  WriteFields(kind.sketch.root(), &json);
  return json.EndObject().text() + "\n";
}

}  // namespace

std::string InspectionTables(const Inspection& inspection, std::string_view address) {
  std::string text = StrCat(Summary(inspection, address), "\n", KindsTable(inspection));
  for (const auto& [name, kind] : inspection.kinds) {
    TextTable table({"  field", ">present", "indexed", "types"});
    AddFieldRows(kind.sketch.root(), kind.sketch.records, "  ", &table);
    StrAppend(&text, KindHeading(name, kind), table.ToString());
    if (!kind.sketch.table.complete()) {
      StrAppend(&text, "  … only the first ", HumanCount(inspection.fields_per_kind),
                " different fields of a kind are looked at (fewer if there are many kinds)\n");
    }
  }
  return text;
}

std::string InspectionJson(const Inspection& inspection, std::string_view address) {
  std::string text = SourceLine(inspection, address);
  for (const auto& [name, kind] : inspection.kinds) text.append(KindLine(name, kind));
  return text;
}

}  // namespace datahaul
