#include "report/inspection_text.h"

#include <algorithm>
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

// The commonest first; names decide between equals.
std::vector<FieldNode::TypeCount> SortedTypes(const FieldNode& node) {
  std::vector<FieldNode::TypeCount> types(node.types.begin(), node.types.end());
  std::sort(types.begin(), types.end(), [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : TypeName(a.type) < TypeName(b.type);
  });
  return types;
}

std::string TypesText(const FieldNode& node) {
  const std::vector<FieldNode::TypeCount> types = SortedTypes(node);
  return absl::StrJoin(types, ", ", [&](std::string* out, const FieldNode::TypeCount& type) {
    StrAppend(out, TypeName(type.type));
    if (types.size() > 1) StrAppend(out, " ", HumanPercent(type.count, node.present));
  });
}

std::string IndexedText(const FieldNode& node) {
  if (node.indexed == 0) return "";
  return node.indexed == node.present ? "yes" : HumanPercent(node.indexed, node.present);
}

void AddFieldRows(const FieldNode& node, uint64_t of, const std::string& prefix, TextTable* table);

void AddNodeRow(const FieldNode& node, uint64_t of, const std::string& name, bool element, TextTable* table) {
  const std::string present = element ? StrCat(HumanCount(node.present), " in all") : HumanPercent(node.present, of);
  table->AddRow({name, present, IndexedText(node), TypesText(node)});
  AddFieldRows(node, node.CountOf(Type::kMap), name + ".", table);
  if (node.elements != nullptr) AddNodeRow(*node.elements, 0, name + "[]", true, table);
}

void AddFieldRows(const FieldNode& node, uint64_t of, const std::string& prefix, TextTable* table) {
  for (const auto& [name, child] : node.fields) AddNodeRow(*child, of, StrCat(prefix, name), false, table);
}

std::string KindHeading(const KindName& name, const KindInspection& kind) {
  std::string heading = StrCat("\n", Printable(name.kind));
  if (!name.ns.empty()) StrAppend(&heading, " in namespace ", Printable(name.ns));
  return StrCat(heading, ": ", Counted(kind.records, "record"), "\n");
}

std::string KindsTable(const Inspection& inspection) {
  TextTable table({"namespace", "kind", ">records", ">size"});
  for (const auto& [name, kind] : inspection.kinds) {
    table.AddRow(
        {ShownNamespace(name.ns), name.kind, HumanCount(kind.records), HumanBytes(static_cast<double>(kind.bytes))});
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

void WriteNode(const FieldNode& node, JsonWriter* json);

void WriteFields(const FieldNode& node, JsonWriter* json) {
  if (node.fields.empty()) return;
  json->Key("fields").BeginArray();
  for (const auto& [name, child] : node.fields) {
    json->BeginObject().Field("name", name);
    WriteNode(*child, json);
    json->EndObject();
  }
  json->EndArray();
}

void WriteNode(const FieldNode& node, JsonWriter* json) {
  json->Field("present", node.present).Field("indexed", node.indexed).Key("types").BeginObject();
  for (const auto& [type, count] : SortedTypes(node)) json->Field(TypeName(type), count);
  json->EndObject();
  WriteFields(node, json);
  if (node.elements == nullptr) return;
  json->Key("elements").BeginObject();
  WriteNode(*node.elements, json);
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
  json.Field("records", kind.records).Field("bytes", kind.bytes).Key("keys").BeginObject();
  json.Field("named", kind.named_keys).Field("numbered", kind.numbered_keys).Field("incomplete", kind.incomplete_keys);
  json.EndObject().Field("fields_complete", kind.fields.complete());
  WriteFields(kind.fields.root(), &json);
  return json.EndObject().text() + "\n";
}

}  // namespace

std::string InspectionTables(const Inspection& inspection, std::string_view address) {
  std::string text = StrCat(Summary(inspection, address), "\n", KindsTable(inspection));
  for (const auto& [name, kind] : inspection.kinds) {
    TextTable table({"  field", ">present", "indexed", "types"});
    AddFieldRows(kind.fields.root(), kind.records, "  ", &table);
    StrAppend(&text, KindHeading(name, kind), table.ToString());
    if (!kind.fields.complete()) {
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
