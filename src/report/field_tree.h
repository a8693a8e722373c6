// What fields a kind's records have: names at every depth, types, presence.
#ifndef DATAHAUL_REPORT_FIELD_TREE_H_
#define DATAHAUL_REPORT_FIELD_TREE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

#include "model/value.h"

namespace datahaul {

// One place in a record's tree: a field, or the elements of a list taken together.
struct FieldNode {
  struct TypeCount {
    Type type;
    uint64_t count;
  };

  uint64_t present = 0;  // values seen here
  uint64_t indexed = 0;  // of them, indexed ones
  absl::InlinedVector<TypeCount, 2> types;
  std::map<std::string, std::unique_ptr<FieldNode>, std::less<>> fields;  // of the maps among the values
  std::unique_ptr<FieldNode> elements;                                    // of the lists among the values

  void CountType(Type type, uint64_t count);
  uint64_t CountOf(Type type) const;
};

// The number of nodes is bounded: data that uses ids as field names must not eat up the memory. Not safe for concurrent
// use.
class FieldTree {
 public:
  // At most `limit` nodes here; *shared_left counts down over several trees.
  FieldTree(size_t limit, size_t* shared_left) : left_(limit), shared_left_(shared_left) {}

  void Add(const Map& properties);
  // Nodes of `other` beyond the limit are left out.
  void Merge(const FieldTree& other);

  const FieldNode& root() const { return root_; }  // its fields are the properties
  bool complete() const { return complete_; }      // false once a node was left out

 private:
  FieldNode* Child(FieldNode* node, std::string_view name);
  FieldNode* Elements(FieldNode* node);
  bool TakeNode();
  void AddFields(const Map& map, FieldNode* node);
  void AddValue(const Value& value, FieldNode* node);
  void MergeNode(const FieldNode& from, FieldNode* to);

  FieldNode root_;
  size_t left_;
  size_t* shared_left_;
  bool complete_ = true;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_FIELD_TREE_H_
