// The XML that object stores answer with.
#ifndef DATAHAUL_OBJECTS_XML_H_
#define DATAHAUL_OBJECTS_XML_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace datahaul {

// An element, without attributes and namespaces. Text of an element with children is kept, too.
struct XmlElement {
  std::string name;
  std::string text;
  std::vector<XmlElement> children;

  // The first child called `name`; null if there is none.
  const XmlElement* Find(std::string_view name) const;
  // Its text; "" if there is none.
  std::string_view TextOf(std::string_view name) const;
};

// The root of a whole document. DATA_LOSS if it is not well-formed, nested deeper than 32, or declares a document type:
// stores do none of this.
absl::StatusOr<XmlElement> ParseXml(std::string_view document);

// `text` as the text of an element.
std::string XmlText(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_XML_H_
