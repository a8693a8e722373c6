// What readers of JSON text into values share.
#ifndef DATAHAUL_FORMAT_NDJSON_JSON_WALK_H_
#define DATAHAUL_FORMAT_NDJSON_JSON_WALK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/ndjson/json_cursor.h"
#include "model/arena.h"
#include "model/field_order.h"
#include "model/value.h"

namespace datahaul {

// A cursor, stacks for what nests, and what is wrong, if anything is. What is read is in the text or in the arena. Who
// reads a form of JSON derives from it. Not safe for concurrent use.
class JsonWalk {
 public:
  struct Problem {
    std::string field;  // "address.zip", "tags[2]"; "" outside of any field
    std::string expected;
    std::string found;
  };

  static constexpr int kDeepest = 100;  // levels of maps within a record (an array lies in a map, never in an array)

  const Problem& problem() const { return problem_; }

 protected:
  struct UserMember {
    std::string_view name;
    std::string_view User::* text;
  };
  static constexpr UserMember kUserMembers[] = {
      {"email", &User::email},
      {"auth_domain", &User::auth_domain},
      {"nickname", &User::nickname},
      {"user_id", &User::user_id},
      {"federated_identity", &User::federated_identity},
      {"federated_provider", &User::federated_provider},
  };

  JsonWalk() = default;
  ~JsonWalk() = default;

  // Where the text that is walked now ends.
  void Begin(size_t end) {
    end_ = end;
    depth_ = 0;
    fields_.clear();
    items_.clear();
  }

  // Each of these reads what it names, or records a problem and returns false.
  bool ReadString(std::string_view* text) {
    if (cursor_.ReadString(text)) return true;
    return Expected(cursor_.Peek() == '"' ? "a string with well-formed escapes" : "a string");
  }
  bool ReadText(Type type, Value* value) {
    std::string_view text;
    if (!ReadString(&text)) return false;
    SetText(type, text, value);
    return true;
  }
  bool ReadBool(bool* value) {
    *value = cursor_.Peek() == 't';
    return cursor_.TakeLiteral(*value ? "true" : "false") || Expected("true or false");
  }
  bool ReadDouble(double* value);  // also "NaN", "Infinity" and "-Infinity"
  bool ReadBase64(std::string_view* bytes);

  // Calls on_member(name) before each value of an object; it reads the value.
  template <typename OnMember>
  bool ReadObject(std::string_view what, OnMember on_member) {
    if (!cursor_.Take('{')) return Expected(what);
    if (cursor_.Take('}')) return true;
    do {
      std::string_view name;
      if (!cursor_.ReadString(&name)) return Expected("a member's name");
      if (!cursor_.Take(':')) return Expected("':'");
      if (!on_member(name)) return false;
    } while (cursor_.Take(','));
    return cursor_.Take('}') || Expected("',' or '}'");
  }
  template <typename OnItem>
  bool ReadArray(std::string_view what, OnItem on_item) {
    if (!cursor_.Take('[')) return Expected(what);
    if (cursor_.Take(']')) return true;
    do {
      if (!on_item()) return false;
    } while (cursor_.Take(','));
    return cursor_.Take(']') || Expected("',' or ']'");
  }
  // A list of what read_item(&item) reads.
  template <typename ReadItem>
  bool ReadItems(std::string_view what, Value* value, ReadItem read_item) {
    const size_t first = items_.size();
    const bool read = ReadArray(what, [&] {
      Value item;
      if (!read_item(&item)) return Inside(items_.size() - first);
      items_.push_back(item);
      return true;
    });
    if (!read) return false;
    value->type = Type::kArray;
    value->size = static_cast<uint32_t>(items_.size() - first);
    value->items = arena_->CopyArray(items_.data() + first, value->size);
    items_.resize(first);
    return true;
  }
  // One level of maps further in.
  template <typename ReadMap>
  bool Deeper(ReadMap read_map) {
    if (depth_ == kDeepest) return TooDeep();
    ++depth_;
    const bool read = read_map();
    --depth_;
    return read;
  }
  // Takes the fields from number `first` on off the stack, and puts them into *map.
  bool TakeFields(size_t first, Map* map);

  static void SetText(Type type, std::string_view text, Value* value) {
    value->type = type;
    value->chars = text.data();
    value->size = static_cast<uint32_t>(text.size());
  }
  static std::string Quoted(std::string_view text);

  // Each records a problem and returns false.
  bool Expected(std::string_view what);  // and found the next token
  bool Wrong(std::string_view expected, std::string found);
  bool WrongText(std::string_view expected, std::string_view found) { return Wrong(expected, Quoted(found)); }
  bool Inside(std::string_view field);  // names the field around a problem recorded further in
  bool Inside(size_t index);

  JsonCursor cursor_;
  Arena* arena_ = nullptr;
  size_t end_ = 0;
  Problem problem_;
  std::vector<Field> fields_;  // a stack, as maps nest

 private:
  bool TooDeep();

  int depth_ = 0;
  FieldOrder order_;
  std::vector<Value> items_;  // a stack, as lists nest
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_JSON_WALK_H_
