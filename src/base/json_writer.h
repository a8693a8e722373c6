// Compact JSON for reports and events: objects and arrays written as they come, nothing kept but the text.
#ifndef DATAHAUL_BASE_JSON_WRITER_H_
#define DATAHAUL_BASE_JSON_WRITER_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace datahaul {

// Commas are its business, nesting is the caller's. The text is always valid UTF-8: in a string that is not, every byte
// above 0x7f becomes U+FFFD. Not safe for concurrent use.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name);

  JsonWriter& Value(std::string_view text);
  JsonWriter& Value(const char* text) { return Value(std::string_view(text)); }
  JsonWriter& Value(const std::string& text) { return Value(std::string_view(text)); }
  JsonWriter& Value(std::same_as<bool> auto value) { return Raw(value ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& Value(T value) {
    return Raw(std::to_string(value));
  }
  JsonWriter& Value(double value);  // finite; at most three decimals
  JsonWriter& Null() { return Raw("null"); }
  JsonWriter& Raw(std::string_view json);  // one whole value, already JSON

  template <typename T>
  JsonWriter& Field(std::string_view name, const T& value) {
    return Key(name).Value(value);
  }

  const std::string& text() const { return text_; }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Separate();

  std::string text_;
  bool first_ = true;  // nothing yet since the last bracket or key
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_JSON_WRITER_H_
