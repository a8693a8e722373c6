#ifndef DATAHAUL_TESTING_MEMORY_STORE_H_
#define DATAHAUL_TESTING_MEMORY_STORE_H_

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "io/checksum.h"
#include "io/memory_reader.h"
#include "model/object_store.h"

namespace datahaul {

// Objects in memory, by uri, to be looked at and tampered with. Readers go on seeing the bytes that were there when
// they were opened. Safe for concurrent use, but for `objects`.
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

  const ObjectStoreTraits& traits() const override { return kTraits; }

  absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) override {
    const std::lock_guard lock(mutex_);
    const auto at = objects.find(std::string(uri));
    if (at == objects.end()) return std::nullopt;
    return InfoOf(at->first, at->first.substr(at->first.rfind('/') + 1), at->second);
  }
  absl::StatusOr<std::vector<ObjectInfo>> List(std::string_view uri) override {
    const std::lock_guard lock(mutex_);
    std::string prefix(uri);
    if (!prefix.ends_with('/')) prefix += '/';
    std::vector<ObjectInfo> found;
    for (const auto& [name, bytes] : objects) {
      if (name.starts_with(prefix)) found.push_back(InfoOf(name, name.substr(prefix.size()), bytes));
    }
    if (found.empty()) return absl::NotFoundError("no such folder");
    return found;
  }
  absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri, ByteRange = kWholeObject) override {
    const std::lock_guard lock(mutex_);
    const auto at = objects.find(std::string(uri));
    if (at == objects.end()) return absl::NotFoundError("no such object");
    return std::make_unique<Reader>(at->first, at->second);
  }
  absl::Status Write(std::string_view uri, const ByteViews& bytes, const Precondition& when = {}) override {
    const std::lock_guard lock(mutex_);
    return Put(std::string(uri), std::string(bytes), when);
  }
  absl::Status Delete(std::string_view uri, const Precondition& when = {}) override {
    const std::lock_guard lock(mutex_);
    const auto at = objects.find(std::string(uri));
    if (at == objects.end()) return absl::OkStatus();
    if (when.kind == Precondition::Kind::kVersion && VersionOf(at->second) != when.version) {
      return absl::AbortedError("it has changed");
    }
    objects.erase(at);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> BeginUpload(std::string_view uri) override {
    const std::lock_guard lock(mutex_);
    std::string upload = StrCat("upload-", ++begun_);
    uploads_[upload].uri = uri;
    return upload;
  }
  absl::StatusOr<UploadPiece> PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) override {
    const std::lock_guard lock(mutex_);
    const auto at = uploads_.find(std::string(upload));
    if (at == uploads_.end()) return absl::NotFoundError("no such upload");
    const std::string tag = StrCat("piece-", ++put_);
    at->second.pieces[tag] = std::string(bytes);
    return UploadPiece{number, bytes.size(), Crc32cOf(bytes), tag};
  }
  absl::StatusOr<UploadPiece> CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                        ByteRange range) override {
    std::string bytes;
    {
      const std::lock_guard lock(mutex_);
      const auto at = objects.find(source.uri);
      if (at == objects.end() || VersionOf(at->second) != source.version) return absl::AbortedError("it has changed");
      bytes = at->second.substr(range.begin, range.size());
    }
    return PutPiece(upload, number, bytes);
  }
  absl::Status FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                            const Precondition& when = {}) override {
    const std::lock_guard lock(mutex_);
    const auto at = uploads_.find(std::string(upload));
    if (at == uploads_.end()) return IsThere(upload, pieces) ? absl::OkStatus() : absl::NotFoundError("no such upload");
    std::string whole;
    for (const UploadPiece& piece : pieces) {
      const auto bytes = at->second.pieces.find(piece.tag);
      if (bytes == at->second.pieces.end()) return absl::InternalError("no such piece");
      whole += bytes->second;
    }
    absl::Status status = Put(at->second.uri, whole, when);
    if (!status.ok() && !IsThere(at->second.uri, pieces)) return status;
    ended_[at->first] = at->second.uri;
    uploads_.erase(at);
    return absl::OkStatus();
  }
  absl::Status AbortUpload(std::string_view upload) override {
    const std::lock_guard lock(mutex_);
    uploads_.erase(std::string(upload));
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<UploadInfo>> ListUploads(std::string_view uri) override {
    const std::lock_guard lock(mutex_);
    std::vector<UploadInfo> listed;
    for (const auto& [upload, state] : uploads_) {
      if (state.uri == uri || state.uri.starts_with(StrCat(uri, "/"))) listed.push_back({upload, state.uri, 1});
    }
    return listed;
  }

 private:
  struct Upload {
    std::string uri;
    std::map<std::string, std::string> pieces;  // by tag
  };
  class Reader final : public ByteReader {
   public:
    Reader(const std::string& uri, std::string bytes) : bytes_(std::move(bytes)), reader_(uri, bytes_) {}
    absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
      return reader_.ReadAt(offset, out, size);
    }
    uint64_t size() const override { return reader_.size(); }
    const std::string& uri() const override { return reader_.uri(); }
    std::string_view version() const override { return version_; }

   private:
    const std::string bytes_, version_ = VersionOf(bytes_);
    const MemoryReader reader_;
  };

  static constexpr ObjectStoreTraits kTraits{
      .conditional_replace = true, .most_piece_bytes = uint64_t{1} << 30, .most_pieces = UINT32_MAX};

  static std::string VersionOf(const std::string& bytes) { return StrCat("v", Crc32c(bytes), "-", bytes.size()); }
  static ObjectInfo InfoOf(const std::string& uri, const std::string& name, const std::string& bytes) {
    return {uri, name, bytes.size(), VersionOf(bytes), Crc32c(bytes)};
  }

  absl::Status Put(const std::string& uri, std::string bytes, const Precondition& when) {
    const auto at = objects.find(uri);
    if (when.kind == Precondition::Kind::kAbsent && at != objects.end()) return absl::AlreadyExistsError("it is there");
    if (when.kind == Precondition::Kind::kVersion && (at == objects.end() || VersionOf(at->second) != when.version)) {
      return absl::AbortedError("it has changed");
    }
    objects[uri] = std::move(bytes);
    return absl::OkStatus();
  }

  // Is what these pieces make under the name that the upload, or the uri, stands for?
  bool IsThere(std::string_view upload_or_uri, std::span<const UploadPiece> pieces) {
    const auto ended = ended_.find(std::string(upload_or_uri));
    const auto at = objects.find(ended == ended_.end() ? std::string(upload_or_uri) : ended->second);
    if (at == objects.end()) return false;
    uint32_t crc = 0;
    uint64_t size = 0;
    for (const UploadPiece& piece : pieces) {
      crc = Crc32cCombine(crc, piece.crc32c, piece.size);
      size += piece.size;
    }
    return at->second.size() == size && Crc32c(at->second) == crc;
  }

  std::mutex mutex_;
  std::map<std::string, Upload> uploads_;
  std::map<std::string, std::string> ended_;  // upload -> uri
  uint64_t begun_ = 0, put_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_MEMORY_STORE_H_
