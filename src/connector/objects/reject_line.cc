#include "connector/objects/reject_line.h"

#include <string>

#include "base/json_string.h"
#include "base/text.h"

namespace datahaul {
namespace {

void AppendText(std::string* line, std::string_view name, std::string_view text) {
  StrAppend(line, ",\"", name, "\":");
  AppendJsonString(line, text);
}

void AppendNumber(std::string* line, std::string_view name, uint64_t number) {
  StrAppend(line, ",\"", name, "\":", number);
}

}  // namespace

void AppendRejectLine(const Reject& reject, ByteBuffer* out) {
  std::string line = "{\"type\":\"reject\"";
  AppendText(&line, "object", reject.object);
  AppendNumber(&line, "offset", reject.offset);
  AppendNumber(&line, "length", reject.length);
  AppendText(&line, "namespace", reject.ns);
  AppendText(&line, "kind", reject.kind);
  AppendText(&line, "reason", reject.reason);
  if (reject.cut()) line += ",\"cut\":true";
  AppendText(&line, "bytes", Base64(reject.bytes));
  line += "}\n";
  out->Append(line);
}

void AppendLostRangeLine(const LostRange& lost, ByteBuffer* out) {
  std::string line = "{\"type\":\"lost\"";
  AppendText(&line, "object", lost.object);
  AppendNumber(&line, "begin", lost.begin);
  AppendNumber(&line, "end", lost.end);
  AppendText(&line, "reason", lost.reason);
  line += "}\n";
  out->Append(line);
}

}  // namespace datahaul
