#include "format/entity_proto/shape_tree.h"

#include <atomic>
#include <cstring>

namespace datahaul {

ShapeTree::Node::Node(std::string_view name, char name_tag, char next_tag) : name_(name) {
  char bytes[sizeof expected_] = {};
  if (name.size() + 3 > sizeof bytes) return;
  never_ = 0;
  size_ = static_cast<uint32_t>(name.size() + 3);
  bytes[0] = name_tag;
  bytes[1] = static_cast<char>(name.size());
  if (!name.empty()) std::memcpy(bytes + 2, name.data(), name.size());
  bytes[size_ - 1] = next_tag;
  std::memcpy(expected_, bytes, sizeof bytes);
  char mask[sizeof mask_] = {};
  std::memset(mask, 0xff, size_);
  std::memcpy(mask_, mask, sizeof mask);
}

bool ShapeTree::Node::MatchesRest(const char* p) const {
  uint64_t different = 0;
  for (size_t i = 2; i < kWords; ++i) different |= (LoadLE<uint64_t>(p + 8 * i) ^ expected_[i]) & mask_[i];
  return different == 0;
}

ShapeTree::Node* ShapeTree::Child(Node* node, std::string_view name) {
  if (node->next_ != nullptr && node->next_->name_ == name) return node->next_;
  auto found = node->children_.find(name);
  if (found == node->children_.end()) {
    if (nodes_ == kMostNodes) return nullptr;
    ++nodes_;
    auto child = std::make_unique<Node>(name, name_tag_, next_tag_);
    const std::string_view key = child->name_;  // the heap's, or the node's own, which stays where it is
    found = node->children_.emplace(key, std::move(child)).first;
  }
  return node->next_ = found->second.get();
}

void ShapeTree::AddInside(Node* node) {
  if (nodes_ == kMostNodes) return;
  ++nodes_;
  node->inside_ = std::make_unique<Node>("", name_tag_, next_tag_);
}

const Shape* ShapeTree::MakeShape(Node* node, const Field* fields, uint32_t size) {
  static std::atomic<uint64_t> last_id = 0;
  node->shapeless_ = true;
  if (size > kWidest) return nullptr;
  bool unique;
  scratch_.Reset();
  const uint32_t* const sorted = order_.Sort(fields, size, &scratch_, &unique);
  if (!unique) return nullptr;
  node->sorted_.assign(sorted, sorted + size);
  node->shape_ = std::make_unique<Shape>(Shape{++last_id, size, node->sorted_.data()});
  return node->shape_.get();
}

}  // namespace datahaul
