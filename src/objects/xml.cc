#include "objects/xml.h"

#include <expat.h>
#include <memory>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr size_t kDeepest = 32;
constexpr size_t kLargest = 64 << 20;

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

// Elements that are open, the root's parent first.
struct Builder {
  XML_Parser parser = nullptr;
  std::vector<XmlElement> open{1};
  bool refused = false;

  static void Begin(void* self, const char* name, const char**) {
    auto& builder = *static_cast<Builder*>(self);
    if (builder.open.size() > kDeepest) return builder.Refuse();
    builder.open.push_back({.name = name});
  }
  static void End(void* self, const char*) {
    auto& open = static_cast<Builder*>(self)->open;
    if (open.size() < 2) return;  // refused
    XmlElement element = std::move(open.back());
    open.pop_back();
    open.back().children.push_back(std::move(element));
  }
  static void Text(void* self, const char* text, int size) {
    static_cast<Builder*>(self)->open.back().text.append(text, static_cast<size_t>(size));
  }
  static void DocumentType(void* self, const char*, const char*, const char*, int) {
    static_cast<Builder*>(self)->Refuse();
  }

 private:
  void Refuse() {
    refused = true;
    XML_StopParser(parser, XML_FALSE);
  }
};

}  // namespace

const XmlElement* XmlElement::Find(std::string_view child) const {
  for (const XmlElement& element : children) {
    if (element.name == child) return &element;
  }
  return nullptr;
}

std::string_view XmlElement::TextOf(std::string_view child) const {
  const XmlElement* element = Find(child);
  return element == nullptr ? std::string_view() : element->text;
}

absl::StatusOr<XmlElement> ParseXml(std::string_view document) {
  if (document.size() > kLargest) return DataError(StrCat("reading XML: more than ", kLargest, " bytes"));
  const std::unique_ptr<XML_ParserStruct, FreeParser> parser(XML_ParserCreate("UTF-8"));
  if (parser == nullptr) return InternalError("reading XML: no parser");
  Builder builder{.parser = parser.get()};
  XML_SetUserData(parser.get(), &builder);
  XML_SetElementHandler(parser.get(), &Builder::Begin, &Builder::End);
  XML_SetCharacterDataHandler(parser.get(), &Builder::Text);
  XML_SetStartDoctypeDeclHandler(parser.get(), &Builder::DocumentType);
  const XML_Status status = XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
  if (builder.refused) return DataError("reading XML: expected what an object store answers, found too much structure");
  if (status != XML_STATUS_OK) {
    return DataError(StrCat("reading XML at byte ", XML_GetCurrentByteIndex(parser.get()), ": ",
                            XML_ErrorString(XML_GetErrorCode(parser.get()))));
  }
  return std::move(builder.open.front().children.front());
}

std::string XmlText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace datahaul
