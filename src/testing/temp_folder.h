#ifndef DATAHAUL_TESTING_TEMP_FOLDER_H_
#define DATAHAUL_TESTING_TEMP_FOLDER_H_

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdlib.h>
#include <string>
#include <string_view>

namespace datahaul {

// A folder of its own for each test, removed with all that is in it.
class TempFolder {
 public:
  explicit TempFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string name = (parent / "datahaul-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  // Makes missing folders.
  void Write(std::string_view name, std::string_view bytes) const {
    const std::filesystem::path path = *this / name;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::remove(path);  // ext4 syncs a file that is cut and written again
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string Read(std::string_view name) const {
    std::ifstream file(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool Has(std::string_view name) const { return std::filesystem::exists(*this / name); }
  // All files below, by name.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      if (!entry.is_regular_file()) continue;
      const std::string name = std::filesystem::relative(entry.path(), path_).string();
      files[name] = Read(name);
    }
    return files;
  }

 private:
  std::string path_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_TEMP_FOLDER_H_
