// EntityProto bytes → Record, without generated code and without a copy of any string.
// The format's facts: docs/formats/managed_export.md, section "EntityProto".
#ifndef DATAHAUL_FORMAT_ENTITY_PROTO_ENTITY_DECODER_H_
#define DATAHAUL_FORMAT_ENTITY_PROTO_ENTITY_DECODER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/entity_proto/shape_tree.h"
#include "format/entity_proto/wire.h"
#include "model/field_order.h"
#include "model/record.h"

namespace datahaul {

// Reuse one per thread: it remembers shapes and keeps scratch memory. Not safe for concurrent use.
class EntityDecoder {
 public:
  static constexpr int kMaxDepth = 100;  // of embedded entities; Firestore allows 20

  // `fast` = false takes the general path everywhere; both paths must agree (that is fuzzed).
  explicit EntityDecoder(bool fast = true);

  // Views in `record` point into `bytes` (readable kSlack past the end), `arena` and shapes(). What the model can't
  // express sets record->unknown to `bytes`. False if the bytes are not an entity: error() then says what was expected
  // where, counted from the start of `bytes`, and names the property.
  bool Decode(std::string_view bytes, Arena* arena, Record* record);
  const std::string& error() const { return error_; }
  std::shared_ptr<const void> shapes() const { return shapes_; }

 private:
  // Fields of one message while they are gathered; `list` is the array that the last properties belong to, and its
  // elements lie in items_ from `items` on.
  struct Gathering {
    size_t fields;
    size_t items;
    std::string_view list;
    ShapeTree::Node* node;  // the fields so far; null once they are not recognised
    bool in_list = false;
  };
  // A value as two words: written at once, so that copying it at once soon after does not have to wait for the parts.
  struct Packed {
    uint64_t head, payload;
  };
  // What the entity group is compared with.
  struct KeyBytes {
    std::string_view path, group;
    size_t first_element = 0;  // how many bytes of `path`
    uint32_t seen = 0;         // the entity's key and group, see Once
  };

  // `start`: what is known of such maps; null if nothing.
  bool DecodeEntity(std::string_view bytes, int depth, ShapeTree::Node* start, const Key** key, Map* map);
  bool DecodeField(wire::Input* in, int depth, const Key** key, KeyBytes* key_bytes, Gathering* gathering);
  bool DecodeProperty(std::string_view bytes, bool indexed, int depth, std::string_view* name, Gathering* gathering);
  bool DecodeValue(std::string_view bytes, int depth, Value* value);
  bool DecodeMember(wire::Input* in, uint32_t tag, int depth, Value* value, int* members);
  bool AddCanonical(wire::Input* in, int depth, Gathering* gathering);
  bool CanonicalValue(std::string_view bytes, bool multiple, int depth, uint64_t marks, ShapeTree::Node* node,
                      Packed* packed);
  void AddRecognised(std::string_view name, const Packed& value, bool multiple, ShapeTree::Node* node,
                     Gathering* gathering);

  void SetEmpty(bool multiple, Value* value);
  void SetInteger(uint64_t number, Value* value);
  bool SetString(std::string_view text, int depth, Value* value);
  bool SetEntity(std::string_view bytes, int depth, Value* value);
  bool DecodePoint(wire::Input* in, Value* value);
  bool DecodeUser(wire::Input* in, Value* value);
  bool DecodeReferenceValue(wire::Input* in, Value* value);

  bool DecodeKey(std::string_view bytes, Key* key, KeyBytes* key_bytes);
  bool DecodePath(std::string_view bytes, Key* key, KeyBytes* key_bytes);
  bool DecodeElement(wire::Input* in, uint32_t end_tag, uint32_t type, uint32_t id, uint32_t name);
  bool AddCanonicalElement(wire::Input* in);
  void FinishPath(size_t begin, Key* key);
  bool CheckKey(const Key& key);
  bool CheckGroup(const Key* key, const KeyBytes& key_bytes);

  void Add(std::string_view name, const Value& value, bool multiple, Gathering* gathering);
  void CloseList(Gathering* gathering);
  void Finish(Gathering* gathering, Map* map);
  void Sort(size_t begin, Map* map);
  void MergeDuplicates(size_t begin);
  Value Merge(const Field* fields, const uint32_t* same, uint32_t count);
  void Once(uint32_t tag, uint32_t* seen);
  bool Fail(std::string_view what, const char* at);

  const bool fast_;
  Arena* arena_ = nullptr;
  const char* start_ = nullptr;
  bool unknown_ = false;
  std::string error_;
  const std::shared_ptr<ShapeTree> shapes_;
  FieldOrder order_;
  std::vector<Field> fields_;
  std::vector<Value> items_;
  std::vector<PathElement> path_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_ENTITY_PROTO_ENTITY_DECODER_H_
