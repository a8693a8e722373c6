#include "report/keys_index.h"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"
#include "layout/files/names.h"
#include "report/external_sorter.h"
#include "report/key_entry.h"
#include "report/key_scan.h"
#include "report/line_file.h"

namespace datahaul {
namespace {

constexpr std::string_view kExtension = ".keys";

std::string KeysFile(const std::string& folder, const KindName& kind) {
  return JoinPath(folder, DataFileName(FileLayout::kKind, kind.ns, kind.kind, 0, kExtension));
}

// The lines of some kinds' files as entries, checked on the way.
class IndexStream final : public EntryStream {
 public:
  IndexStream(std::string folder, const std::vector<KindName>& kinds, const Digests& digests)
      : folder_(std::move(folder)), kinds_(kinds), digests_(digests) {}

  absl::StatusOr<std::optional<std::string_view>> Next() override {
    while (true) {
      if (!file_) {
        DH_ASSIGN_OR_RETURN(const bool opened, OpenNext());
        if (!opened) return std::nullopt;
      }
      DH_ASSIGN_OR_RETURN(const std::optional<std::string_view> line, file_->Next());
      if (line) {
        DH_RETURN_IF_ERROR(Take(*line));
        return entry_.view();
      }
      DH_RETURN_IF_ERROR(CheckKind());
      file_.reset();
      ++kind_;
    }
  }

 private:
  absl::StatusOr<bool> OpenNext() {
    while (kind_ < kinds_.size() && !digests_.contains(kinds_[kind_])) ++kind_;
    if (kind_ == kinds_.size()) return false;
    DH_ASSIGN_OR_RETURN(file_, LineFileReader::Open(KeysFile(folder_, kinds_[kind_])));
    found_ = {};
    entry_.clear();
    return true;
  }

  absl::Status Take(std::string_view line) {
    const std::optional<Hash128> hash = HashOf(line);
    if (!hash) return Bad("expected a key, a tab and 32 hex digits");
    if (!entry_.empty() && line < KeyEntry::Line(entry_.view())) return Bad("expected lines in bytewise order");
    found_.Add(*hash);
    entry_.clear();
    KeyEntry::AppendLine(static_cast<uint32_t>(kind_), line, &entry_);
    return absl::OkStatus();
  }

  static std::optional<Hash128> HashOf(std::string_view line) {
    if (line.size() < KeyEntry::kHashSize + 2 || line[line.size() - KeyEntry::kHashSize - 1] != '\t')
      return std::nullopt;
    return Hash128::FromHex(line.substr(line.size() - KeyEntry::kHashSize));
  }

  absl::Status CheckKind() const {
    const KindDigest& expected = digests_.at(kinds_[kind_]);
    if (found_ == expected) return absl::OkStatus();
    return Bad(
        StrCat("expected ", expected.records, " keys that add up to the manifest's digest, found ", found_.records));
  }

  absl::Status Bad(std::string_view what) const {
    return DataError(StrCat("reading ", file_->path(), " before byte ", file_->offset(), ": ", what,
                            "; copy again with --keys-index, or remove the folder _keys"));
  }

  const std::string folder_;
  const std::vector<KindName>& kinds_;
  const Digests& digests_;
  size_t kind_ = 0;
  std::optional<LineFileReader> file_;
  KindDigest found_;
  ByteBuffer entry_;  // handed out last
};

// Writes sorted entries into a file for each kind, and checks that nothing is missing.
class IndexWriter {
 public:
  IndexWriter(std::string folder, const std::vector<KindName>& kinds, const Digests& digests)
      : folder_(std::move(folder)), kinds_(kinds), digests_(digests) {}

  absl::Status Write(EntryStream& entries) {
    for (size_t kind = 0; kind < kinds_.size(); ++kind) DH_RETURN_IF_ERROR(Create(kinds_[kind]));
    std::optional<LineFileWriter> file;
    uint32_t current = 0;
    while (true) {
      DH_ASSIGN_OR_RETURN(const std::optional<std::string_view> next, entries.Next());
      if (!next) break;
      const KeyEntry entry = KeyEntry::Parse(*next);
      if (!file || entry.kind != current) {
        if (file) DH_RETURN_IF_ERROR(Finish(*file, current));
        current = entry.kind;
        DH_ASSIGN_OR_RETURN(file, LineFileWriter::Create(KeysFile(folder_, kinds_[current])));
      }
      found_.Add(*Hash128::FromHex(entry.hash));
      DH_RETURN_IF_ERROR(file->Append(KeyEntry::Line(*next)));
    }
    if (file) DH_RETURN_IF_ERROR(Finish(*file, current));
    return SyncFolders();
  }

 private:
  absl::Status Create(const KindName& kind) {
    const std::string folder = ParentFolder(KeysFile(folder_, kind));
    if (!folders_.insert(folder).second) return absl::OkStatus();
    return MakeFolders(folder).status();
  }

  absl::Status Finish(LineFileWriter& file, uint32_t kind) {
    const KindDigest& expected = digests_.at(kinds_[kind]);
    if (found_ != expected) {
      return DataError(StrCat("writing the keys index of kind ", kinds_[kind].kind, ": expected ", expected.records,
                              " records as copied, found ", found_.records,
                              " or other contents when read again; the source must not change during a copy"));
    }
    found_ = {};
    ++finished_;
    return file.Commit();
  }

  absl::Status SyncFolders() {
    if (finished_ != kinds_.size()) {
      return DataError(StrCat("writing the keys index: expected keys of ", kinds_.size(), " kinds, found ", finished_,
                              "; the source must not change during a copy"));
    }
    for (const std::string& folder : folders_) DH_RETURN_IF_ERROR(SyncFolder(folder));
    return absl::OkStatus();
  }

  const std::string folder_;
  const std::vector<KindName>& kinds_;
  const Digests& digests_;
  std::set<std::string> folders_;
  KindDigest found_;
  size_t finished_ = 0;
};

std::vector<KindName> KindsWithRecords(const Digests& digests) {
  std::vector<KindName> kinds;
  for (const auto& [name, digest] : digests) {
    if (digest.records != 0) kinds.push_back(name);
  }
  return kinds;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeysIndex>> KeysIndex::Find(const std::string& output) {
  std::string folder = JoinPath(output, kKeysFolder);
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(folder));
  if (!info || !info->is_folder) return nullptr;
  return std::unique_ptr<KeysIndex>(new KeysIndex(std::move(folder)));
}

absl::StatusOr<std::unique_ptr<EntryStream>> KeysIndex::Read(const std::vector<KindName>& kinds,
                                                             const Digests& digests) const {
  return std::make_unique<IndexStream>(folder_, kinds, digests);
}

absl::Status WriteKeysIndex(Source& source, const Selection& selection, const Digests& digests,
                            const std::string& folder, const KeysIndexOptions& options) {
  const std::vector<KindName> kinds = KindsWithRecords(digests);
  KeyScan scan;
  scan.number_of = [&kinds](const KindName& name) { return NumberOfKind(kinds, name); };
  ExternalSorter sorter(options.sort_memory, ParentFolder(folder));
  DH_RETURN_IF_ERROR(ScanKeys(source, selection, options.scan, scan, &sorter));
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<EntryStream> entries, sorter.Sort());
  return IndexWriter(folder, kinds, digests).Write(*entries);
}

}  // namespace datahaul
