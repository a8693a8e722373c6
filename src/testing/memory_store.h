#ifndef DATAHAUL_TESTING_MEMORY_STORE_H_
#define DATAHAUL_TESTING_MEMORY_STORE_H_

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/memory_reader.h"
#include "model/object_store.h"

namespace datahaul {

// Objects in memory, by uri, to be looked at and tampered with. Not safe for concurrent use.
class MemoryStore : public ObjectStore {
 public:
  std::map<std::string, std::string> objects;

  // All files below `folder`, as objects below `uri`.
  void Load(const std::string& folder, const std::string& uri) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      objects[uri + "/" + std::filesystem::relative(entry.path(), folder).string()] = {
          std::istreambuf_iterator<char>(file), {}};
    }
  }

  absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) override {
    const auto at = objects.find(std::string(uri));
    if (at == objects.end()) return std::nullopt;
    return ObjectInfo{at->first, at->first.substr(at->first.rfind('/') + 1), at->second.size()};
  }
  absl::StatusOr<std::vector<ObjectInfo>> List(std::string_view uri) override {
    std::string prefix(uri);
    if (!prefix.ends_with('/')) prefix += '/';
    std::vector<ObjectInfo> found;
    for (const auto& [name, bytes] : objects) {
      if (name.starts_with(prefix)) found.push_back({name, name.substr(prefix.size()), bytes.size()});
    }
    if (found.empty()) return absl::NotFoundError("no such folder");
    return found;
  }
  absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri) override {
    const auto at = objects.find(std::string(uri));
    if (at == objects.end()) return absl::NotFoundError("no such object");
    return std::make_unique<MemoryReader>(at->first, at->second);
  }
  absl::Status Write(std::string_view uri, std::string_view bytes) override {
    objects[std::string(uri)] = bytes;
    return absl::OkStatus();
  }
  absl::Status Delete(std::string_view uri) override {
    objects.erase(std::string(uri));
    return absl::OkStatus();
  }
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_MEMORY_STORE_H_
