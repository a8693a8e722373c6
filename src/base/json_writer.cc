#include "base/json_writer.h"

#include "absl/strings/str_format.h"

#include "base/json_string.h"

namespace datahaul {

JsonWriter& JsonWriter::Open(char bracket) {
  Separate();
  text_.push_back(bracket);
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  text_.push_back(bracket);
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  Separate();
  AppendJsonString(&text_, name);
  text_.push_back(':');
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::Value(std::string_view text) {
  Separate();
  AppendJsonString(&text_, text);
  return *this;
}

JsonWriter& JsonWriter::Value(double value) {
  std::string digits = absl::StrFormat("%.3f", value);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return Raw(digits);
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Separate();
  text_.append(json);
  return *this;
}

void JsonWriter::Separate() {
  if (!first_) text_.push_back(',');
  first_ = false;
}

}  // namespace datahaul
