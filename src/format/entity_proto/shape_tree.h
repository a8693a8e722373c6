// Recognises the properties of a record by what followed the same properties before.
#ifndef DATAHAUL_FORMAT_ENTITY_PROTO_SHAPE_TREE_H_
#define DATAHAUL_FORMAT_ENTITY_PROTO_SHAPE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "base/bytes.h"
#include "model/field_order.h"
#include "model/shape.h"
#include "model/value.h"

namespace datahaul {

// A tree of names: a node stands for the names before it in the same map, in stored order, and for where that map is.
// The number of nodes is bounded, as ids may be used for names. Not safe for concurrent use.
class ShapeTree {
 public:
  class Node {
   public:
    Node(std::string_view name, char name_tag, char next_tag);

    // Whether `p` holds the tag, length and bytes of this node's name, and next_tag behind them. `p` must be readable
    // for kSlack - 8 bytes.
    bool Matches(const char* p) const {
      uint64_t different = never_ | ((LoadLE<uint64_t>(p) ^ expected_[0]) & mask_[0]);
      different |= (LoadLE<uint64_t>(p + 8) ^ expected_[1]) & mask_[1];
      if (different != 0) return false;
      return size_ <= 16 || MatchesRest(p);
    }
    size_t name_size() const { return name_.size(); }
    Node* next() const { return next_; }  // the child that was met last; null if there is none
    void set_next(Node* next) { next_ = next; }

   private:
    friend class ShapeTree;
    static constexpr size_t kWords = 6;

    bool MatchesRest(const char* p) const;

    uint64_t expected_[kWords] = {};
    uint64_t mask_[kWords] = {};
    uint64_t never_ = 1;  // not 0: the name is too long to be compared here
    uint32_t size_ = 0;   // bytes to compare
    bool shapeless_ = false;
    Node* next_ = nullptr;
    std::string name_;
    std::unique_ptr<Node> inside_;
    std::unique_ptr<Shape> shape_;
    std::vector<uint32_t> sorted_;
    absl::flat_hash_map<std::string_view, std::unique_ptr<Node>> children_;
  };

  // The tags around a name, as bytes.
  ShapeTree(char name_tag, char next_tag) : name_tag_(name_tag), next_tag_(next_tag), kinds_("", name_tag, next_tag) {}

  // Where the properties of records of `kind` begin, and the fields of maps that are values of the property at `node`;
  // null if the tree is full.
  Node* OfKind(std::string_view kind) { return Child(&kinds_, kind); }
  Node* Inside(Node* node) {
    if (node->inside_ == nullptr) AddInside(node);
    return node->inside_.get();
  }
  // The node for `name` after `node`, made if it is new; null if the tree is full. It becomes node's next().
  Node* Child(Node* node, std::string_view name);
  // The shape of maps that end at `node`; null if they have a name twice, or are too wide to be remembered.
  const Shape* ShapeOf(Node* node, const Field* fields, uint32_t size) {
    if (node->shape_ != nullptr) return node->shape_.get();
    return node->shapeless_ ? nullptr : MakeShape(node, fields, size);
  }

 private:
  static constexpr size_t kMostNodes = 4096;
  static constexpr uint32_t kWidest = 256;

  void AddInside(Node* node);
  const Shape* MakeShape(Node* node, const Field* fields, uint32_t size);

  const char name_tag_, next_tag_;
  size_t nodes_ = 0;
  Node kinds_;
  FieldOrder order_;
  Arena scratch_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_ENTITY_PROTO_SHAPE_TREE_H_
