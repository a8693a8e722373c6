#include "report/verification_text.h"

#include <set>
#include <utility>

#include "absl/strings/str_join.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

std::string BasisText(const VerifiedSide& side) {
  switch (side.basis) {
    case Dataset::Basis::kRecords:
      return "its records were read";
    case Dataset::Basis::kFiles:
      return StrCat("its format cannot be read back: the checksums of its ", Counted(side.files_checked, "file"),
                    " were compared with its manifest, and the digests are those stored when it was written");
    case Dataset::Basis::kManifest:
      return "the digests in its manifest were taken, nothing was read";
  }
  return "";
}

KindDigest Total(const Digests& digests) {
  KindDigest total;
  for (const auto& [name, digest] : digests) total += digest;
  return total;
}

KindDigest DigestOf(const Digests& digests, const KindName& name) {
  const auto it = digests.find(name);
  return it == digests.end() ? KindDigest() : it->second;
}

std::string SideText(const char* letter, const VerifiedSide& side) {
  std::string text = StrCat(letter, ": ", Printable(side.address), ": ", Counted(Total(side.digests).records, "record"),
                            "; ", BasisText(side), "\n");
  for (const std::string& file : side.damaged_files) StrAppend(&text, "   damaged: ", Printable(file), "\n");
  if (!side.scan) return text;
  for (const std::string& note : side.scan->notes) StrAppend(&text, "   note: ", Printable(note), "\n");
  for (const std::string& problem : side.scan->problems) StrAppend(&text, "   unreadable: ", Printable(problem), "\n");
  return text;
}

std::string KindsTable(const Verification& verification, bool all_kinds) {
  TextTable table({"namespace", "kind", ">records in A", ">records in B", "digest"});
  std::set<KindName> kinds(verification.differing.begin(), verification.differing.end());
  if (all_kinds) {
    for (const auto& [name, digest] : verification.a.digests) kinds.insert(name);
  }
  for (const KindName& name : kinds) {
    const KindDigest a = DigestOf(verification.a.digests, name), b = DigestOf(verification.b.digests, name);
    table.AddRow({ShownNamespace(name.ns), name.kind, HumanCount(a.records), HumanCount(b.records),
                  a == b ? a.sum.ToHex() : "differs"});
  }
  return kinds.empty() ? "" : table.ToString();
}

std::string Verdict(const Verification& verification, uint64_t named) {
  const uint64_t records = Total(verification.a.digests).records;
  if (verification.differing.empty()) {
    if (!verification.equal()) return "different: files are damaged\n";
    const bool whole = !verification.a.unreadable() && !verification.b.unreadable();
    return StrCat("equal", whole ? "" : " as far as both could be read", ": ", Counted(records, "record"), " of ",
                  Counted(verification.a.digests.size(), "kind"), "\n");
  }
  std::string text = StrCat("different: ", Counted(verification.differing.size(), "kind"));
  if (!verification.keys_named) return StrCat(text, "; keys are not named: ", verification.keys_not_named, "\n");
  StrAppend(&text, ", ", HumanCount(verification.missing), " missing in B, ", HumanCount(verification.extra),
            " only in B, ", HumanCount(verification.changed), " changed\n");
  if (named != 0 && verification.missing + verification.extra + verification.changed > named) {
    StrAppend(&text, "(only the first ", HumanCount(named), " keys are named; --max-differences 0 names all)\n");
  }
  return text;
}

void WriteSide(std::string_view name, const VerifiedSide& side, JsonWriter* json) {
  json->Key(name).BeginObject().Field("address", side.address).Field("basis", ToString(side.basis));
  json->Field("records", Total(side.digests).records).Field("files_checked", side.files_checked);
  json->Key("damaged_files").BeginArray();
  for (const std::string& file : side.damaged_files) json->Value(file);
  json->EndArray();
  json->Field("rejects", side.scan ? side.scan->rejects : 0)
      .Field("lost_ranges", side.scan ? side.scan->lost_ranges : 0);
  json->Key("notes").BeginArray();
  if (side.scan) {
    for (const std::string& note : side.scan->notes) json->Value(note);
    for (const std::string& problem : side.scan->problems) json->Value(problem);
  }
  json->EndArray().EndObject();
}

void WriteDigest(std::string_view name, const KindDigest& digest, JsonWriter* json) {
  json->Key(name).BeginObject().Field("records", digest.records).Field("digest", digest.sum.ToHex()).EndObject();
}

std::string KindJson(const Verification& verification, const KindName& name) {
  JsonWriter json;
  json.BeginObject().Field("type", "kind").Field("namespace", name.ns).Field("kind", name.kind);
  WriteDigest("a", DigestOf(verification.a.digests, name), &json);
  WriteDigest("b", DigestOf(verification.b.digests, name), &json);
  return json.EndObject().text() + "\n";
}

}  // namespace

std::string DifferenceText(const KindName& kind, const Difference& difference) {
  std::string text;
  for (const auto& [what, count] : {std::pair("missing", difference.missing), std::pair("extra", difference.extra),
                                    std::pair("changed", difference.changed)}) {
    if (count == 0) continue;
    StrAppend(&text, what, "  ", Printable(kind.kind), "  ", Printable(difference.key));
    if (difference.copies_a > 1 || difference.copies_b > 1) {
      StrAppend(&text, "  (held ", difference.copies_a, "× in A, ", difference.copies_b, "× in B)");
    }
    text.push_back('\n');
  }
  return text;
}

std::string DifferenceJson(const KindName& kind, const Difference& difference) {
  JsonWriter json;
  json.BeginObject().Field("type", "difference").Field("namespace", kind.ns).Field("kind", kind.kind);
  json.Key("key").Raw(difference.key);
  json.Field("missing", difference.missing).Field("extra", difference.extra).Field("changed", difference.changed);
  json.Field("copies_a", difference.copies_a).Field("copies_b", difference.copies_b).EndObject();
  return json.text() + "\n";
}

std::string VerificationText(const Verification& verification, uint64_t named, bool all_kinds) {
  std::string text = StrCat(SideText("A", verification.a), SideText("B", verification.b));
  text.append(KindsTable(verification, all_kinds));
  for (const std::string& note : verification.notes) StrAppend(&text, "note: ", Printable(note), "\n");
  return text + Verdict(verification, named);
}

std::string VerificationJson(const Verification& verification, int exit_code) {
  std::string lines;
  for (const KindName& name : verification.differing) lines.append(KindJson(verification, name));
  JsonWriter json;
  json.BeginObject().Field("type", "result").Field("equal", verification.equal()).Field("exit_code", exit_code);
  WriteSide("a", verification.a, &json);
  WriteSide("b", verification.b, &json);
  json.Field("differing_kinds", verification.differing.size()).Field("keys_named", verification.keys_named);
  json.Key("keys_not_named");
  verification.keys_not_named.empty() ? json.Null() : json.Value(verification.keys_not_named);
  json.Field("missing", verification.missing).Field("extra", verification.extra).Field("changed", verification.changed);
  json.Key("notes").BeginArray();
  for (const std::string& note : verification.notes) json.Value(note);
  json.EndArray().EndObject();
  return lines + json.text() + "\n";
}

}  // namespace datahaul
