#include "report/field_tree.h"

namespace datahaul {

void FieldNode::CountType(Type type, uint64_t count) {
  for (TypeCount& known : types) {
    if (known.type == type) {
      known.count += count;
      return;
    }
  }
  types.push_back({type, count});
}

uint64_t FieldNode::CountOf(Type type) const {
  for (const TypeCount& known : types) {
    if (known.type == type) return known.count;
  }
  return 0;
}

void FieldTree::Add(const Map& properties) {
  ++root_.present;
  AddFields(properties, &root_);
}

void FieldTree::Merge(const FieldTree& other) {
  complete_ &= other.complete_;
  MergeNode(other.root_, &root_);
}

bool FieldTree::TakeNode() {
  if (left_ == 0 || *shared_left_ == 0) {
    complete_ = false;
    return false;
  }
  --left_;
  --*shared_left_;
  return true;
}

FieldNode* FieldTree::Child(FieldNode* node, std::string_view name) {
  if (auto it = node->fields.find(name); it != node->fields.end()) return it->second.get();
  if (!TakeNode()) return nullptr;
  return node->fields.emplace(std::string(name), std::make_unique<FieldNode>()).first->second.get();
}

FieldNode* FieldTree::Elements(FieldNode* node) {
  if (node->elements == nullptr && TakeNode()) node->elements = std::make_unique<FieldNode>();
  return node->elements.get();
}

void FieldTree::AddFields(const Map& map, FieldNode* node) {
  for (uint32_t i = 0; i < map.size; ++i) {
    if (FieldNode* child = Child(node, map.fields[i].name)) AddValue(map.fields[i].value, child);
  }
}

void FieldTree::AddValue(const Value& value, FieldNode* node) {
  ++node->present;
  node->indexed += value.indexed;
  node->CountType(value.type, 1);
  if (value.type == Type::kMap) {
    AddFields(*value.map, node);
  } else if (value.type == Type::kArray && value.size != 0) {
    FieldNode* elements = Elements(node);
    for (uint32_t i = 0; elements != nullptr && i < value.size; ++i) AddValue(value.items[i], elements);
  }
}

void FieldTree::MergeNode(const FieldNode& from, FieldNode* to) {
  to->present += from.present;
  to->indexed += from.indexed;
  for (const FieldNode::TypeCount& type : from.types) to->CountType(type.type, type.count);
  for (const auto& [name, child] : from.fields) {
    if (FieldNode* own = Child(to, name)) MergeNode(*child, own);
  }
  if (from.elements != nullptr) {
    if (FieldNode* own = Elements(to)) MergeNode(*from.elements, own);
  }
}

}  // namespace datahaul
