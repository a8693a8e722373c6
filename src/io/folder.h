// Local folders and the names in them. Paths are plain, never URIs. All functions are safe for concurrent use.
#ifndef DATAHAUL_IO_FOLDER_H_
#define DATAHAUL_IO_FOLDER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace datahaul {

struct FileInfo {
  uint64_t size = 0;
  bool is_folder = false;
  std::string version;  // see FileVersion in file.h
};

// Follows links; nothing if there is nothing.
absl::StatusOr<std::optional<FileInfo>> StatFile(const std::string& path);

struct FoundFile {
  std::string name;  // relative to the folder walked, '/' between segments
  uint64_t size = 0;
  std::string version;  // see FileVersion in file.h
};

// Calls `visit` for every regular file below `folder`, at any depth, links followed, in no particular order, until it
// returns false. NOT_FOUND if there is no such folder. What is neither file nor folder, and links to nothing, are
// skipped.
absl::Status WalkFiles(const std::string& folder, const std::function<bool(const FoundFile&)>& visit);

// Makes `folder` and its missing parents; returns how many were made.
absl::StatusOr<int> MakeFolders(const std::string& folder);

// Makes what was created, renamed or removed in `folder` durable.
absl::Status SyncFolder(const std::string& folder);

absl::Status RenameFile(const std::string& from, const std::string& to);
// A second name for a file. ALREADY_EXISTS if there is something of that name.
absl::Status LinkFile(const std::string& from, const std::string& to);
absl::Status RemoveFile(const std::string& path);           // absent is fine
absl::Status RemoveFolderIfEmpty(const std::string& path);  // absent or not empty is fine
absl::Status RemoveTree(const std::string& path);           // with all that is in it; absent is fine

// "." for a path without a slash.
std::string ParentFolder(std::string_view path);
std::string JoinPath(std::string_view folder, std::string_view name);

}  // namespace datahaul

#endif  // DATAHAUL_IO_FOLDER_H_
