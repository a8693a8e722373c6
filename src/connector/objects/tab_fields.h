// Fields of a line of text with TABs between them; any bytes may be in them.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_TAB_FIELDS_H_
#define DATAHAUL_CONNECTOR_OBJECTS_TAB_FIELDS_H_

#include <string>
#include <string_view>

namespace datahaul {

std::string EscapeField(std::string_view text);
std::string UnEscapeField(std::string_view escaped);

// Takes what stands before the next TAB, and that, off *rest; unescaped.
std::string TakeField(std::string_view* rest);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_TAB_FIELDS_H_
