#include "registry/registry.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/data_set.h"
#include "connector/objects/objects_sink.h"
#include "connector/objects/objects_source.h"
#include "format/csv/format.h"
#include "format/entity_proto/format.h"
#include "io/compress.h"
#include "io/folder.h"
#include "layout/files/find_files.h"
#include "layout/files/names.h"
#include "layout/managed_export/find_managed_export.h"
#include "objects/local/local_path.h"
#include "registry/address.h"
#include "registry/earlier_schema.h"
#include "registry/keys_index_sink.h"
#include "registry/names.h"
#include "registry/recognise.h"
#include "registry/spool_sink.h"
#include "registry/spool_source.h"
#include "registry/version.h"

namespace datahaul {
namespace {

// Of the specs that SpoolOf makes: the address of the source that is spooled.
constexpr char kSpoolOfOption[] = "spool-of";

constexpr const char* kStoreOptions[] = {kS3EndpointOption, kS3RegionOption,    kS3PathStyleOption, kGcsEndpointOption,
                                         kAbsAccountOption, kAbsEndpointOption, kS3SecretOption,    kGcsSecretOption,
                                         kAbsSecretOption,  kSecretKeysOption};

using FindDataSet = std::function<absl::StatusOr<DataSet>()>;

absl::StatusOr<DataSet> FindExport(ObjectStore& store, const std::string& path) {
  DH_ASSIGN_OR_RETURN(const Inventory inventory, FindManagedExport(store, path));
  return ToDataSet(inventory);
}

// A file that was said to be of a format, whatever its name.
FileSet OneFile(const ObjectInfo& file, std::string_view format) {
  FileSet set;
  set.format = format;
  DataFile& only = set.files.emplace_back();
  only.uri = file.uri;
  only.name = file.name;
  only.size = file.size;
  only.version = file.version;
  only.compression = CompressionOfFile(file.name);
  set.notes.push_back(StrCat(file.uri, " alone was given: it carries no count: complete as far as the file tells"));
  return set;
}

// A table that was given alone has its columns in a manifest one to three folders up, if that names it.
void AdoptManifest(ObjectStore& store, FileSet* set) {
  DataFile& file = set->files[0];
  std::string folder = file.uri;
  for (int level = 0; level < 3 && IsTable(set->format) && folder.find('/') != std::string::npos; ++level) {
    folder = ParentFolder(folder);
    const absl::StatusOr<std::optional<Manifest>> found = ReadManifest(store, folder);
    if (!found.ok() || !*found) continue;  // others call files so, too
    const Manifest& manifest = **found;
    for (const ManifestObject& object : manifest.objects) {
      if (JoinPath(folder, object.name) != file.uri) continue;
      file.only = object.only;
      set->manifest.emplace();
      set->manifest->schema.emplace();
      set->manifest->csv = manifest.csv;
      const KindSchema* const columns =
          object.only && manifest.schema ? manifest.schema->Find(object.only->ns, object.only->kind) : nullptr;
      if (columns != nullptr) set->manifest->schema->kinds[*object.only] = *columns;
      return;
    }
  }
}

absl::StatusOr<DataSet> FindFilesOf(ObjectStore& store, const std::string& path, const std::string& format) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> file, store.Stat(path));
  if (file && file->name != kManifestName) {
    FileSet set = OneFile(*file, format);
    AdoptManifest(store, &set);
    return ToDataSet(set);
  }
  DH_ASSIGN_OR_RETURN(const FileSet set, FindFiles(store, path));
  if (set.format == format) return ToDataSet(set);
  return UsageError(StrCat("reading ", path, " as ", format, ": found ", set.format));
}

absl::Status NotReadable(std::string_view path, std::string_view format) {
  return UsageError(StrCat("reading ", path, ": ", format,
                           " cannot be read back; read the export it came from, or a copy in ",
                           absl::StrJoin(SourceFormatNames(), " or ")));
}

template <typename T>
absl::StatusOr<T> Choose(std::optional<T> choice, std::string_view flag, std::string_view word) {
  if (choice) return *choice;
  return UsageError(StrCat("reading --", flag, ": there is no \"", word, "\""));
}

IfExists IfExistsOf(std::string_view word) {
  if (word == "replace") return IfExists::kReplace;
  return word == "append" ? IfExists::kAppend : IfExists::kFail;
}

// `path` with the first symbolic link in it followed, that leads to nothing: weakly_canonical stops at these. The same
// if there is none.
std::filesystem::path FollowDangling(const std::filesystem::path& path) {
  std::filesystem::path begin;
  for (auto part = path.begin(); part != path.end(); ++part) {
    std::error_code none;
    const std::filesystem::path target = std::filesystem::read_symlink(begin / *part, none);
    if (none) {
      begin /= *part;
      continue;
    }
    std::filesystem::path followed = begin / target;
    while (++part != path.end()) followed /= *part;
    return followed;
  }
  return path;
}

// An address as AbsoluteAddress returns it, with the symbolic links of a path followed.
std::string RealAddress(const std::string& address) {
  constexpr int kMostLinks = 40;  // as the system's
  if (IsBucketAddress(address) || address == kStandardOutput) return address;
  std::filesystem::path real = address;
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code failed;
    const std::filesystem::path canonical = std::filesystem::weakly_canonical(real, failed);
    if (failed) return address;
    real = FollowDangling(canonical);
    if (real == canonical) break;
  }
  return real.string();
}

bool IsAtOrBelow(const std::string& address, const std::string& folder) {
  const std::string real = RealAddress(address), real_folder = RealAddress(folder);
  return real == real_folder || real.starts_with(JoinPath(real_folder, ""));
}

// An option's value, or what it is when it is not given.
std::string_view OptionOr(const JobSpec& spec, std::string_view name, std::string_view otherwise) {
  const std::string_view value = OptionOf(spec, name);
  return value.empty() ? otherwise : value;
}

}  // namespace

AnyStore& Registry::StoresFor(const JobSpec& spec, std::string_view prefix) {
  std::string key;
  const auto given = [&](const char* name) { return !OptionOf(spec, StrCat(prefix, name)).empty(); };
  // Of a cloud either all are the source's own, or none: half of another store's would fit neither.
  const auto prefix_of = [&](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), given) ? prefix : std::string_view();
  };
  const auto option = [&](std::string_view of, const char* name) {
    const std::string_view value = OptionOf(spec, StrCat(of, name));
    StrAppend(&key, value, "\n");
    return std::string(value);
  };
  const auto s3 = prefix_of({kS3EndpointOption, kS3RegionOption, kS3PathStyleOption, kS3SecretOption});
  const auto gcs = prefix_of({kGcsEndpointOption, kGcsSecretOption});
  const auto abs = prefix_of({kAbsAccountOption, kAbsEndpointOption, kAbsSecretOption});
  StoreOptions options;
  options.s3.endpoint = option(s3, kS3EndpointOption);
  options.s3.region = option(s3, kS3RegionOption);
  options.s3.path_style = !option(s3, kS3PathStyleOption).empty();
  options.gcs.endpoint = option(gcs, kGcsEndpointOption);
  options.azure.account = option(abs, kAbsAccountOption);
  options.azure.endpoint = option(abs, kAbsEndpointOption);
  options.s3_secret = option(s3, kS3SecretOption);
  options.gcs_secret = option(gcs, kGcsSecretOption);
  options.abs_secret = option(abs, kAbsSecretOption);
  // What they rename is in the secret of one end.
  const bool has_own = !s3.empty() || !gcs.empty() || !abs.empty();
  options.secret_keys = option(has_own ? prefix : prefix_of({kSecretKeysOption}), kSecretKeysOption);
  // A secret that was stored again makes another store.
  for (const std::string& secret : {options.s3_secret, options.gcs_secret, options.abs_secret}) {
    if (!secret.empty()) StrAppend(&key, secrets_->Version(secret), "\n");
  }
  const std::lock_guard lock(mutex_);
  std::unique_ptr<AnyStore>& store = stores_[key];
  if (store == nullptr) store = std::make_unique<AnyStore>(std::move(options), secrets_.get());
  return *store;
}

absl::StatusOr<std::unique_ptr<Source>> Registry::OpenSource(const JobSpec& spec) {
  DH_ASSIGN_OR_RETURN(const std::string path, AbsoluteAddress(spec.source));
  if (path == kStandardOutput) return UsageError("reading -: standard input is not supported yet; give a path");
  ObjectStore& store = SourceStoreFor(spec);
  std::string format(OptionOf(spec, "from-format"));
  if (format.empty()) {
    DH_ASSIGN_OR_RETURN(format, Recognise(store, path));
  }
  const DecodeOptions options{.skip_corrupt = OptionOf(spec, "on-corrupt") == "skip"};
  if (format == kManagedExport) {
    const FindDataSet find = [&store, path] { return FindExport(store, path); };
    return std::make_unique<ObjectsSource>(&store, &EntityProto(), find, options);
  }
  if (!IsReadable(format)) return NotReadable(path, format);
  DH_ASSIGN_OR_RETURN(const Format* decoder, FindSinkFormat(format));
  const FindDataSet find = [&store, path, format] { return FindFilesOf(store, path, format); };
  std::unique_ptr<Source> source = std::make_unique<ObjectsSource>(&store, decoder, find, options);
  const std::string_view origin = OptionOf(spec, kSpoolOfOption);
  if (origin.empty()) return source;
  return std::make_unique<SpoolSource>(std::move(source), std::string(origin));
}

absl::StatusOr<JobSpec> Registry::SpoolOf(const JobSpec& spec, const std::string& id) {
  const std::string_view folder = OptionOf(spec, kSpoolToOption);
  if (folder.empty()) {
    return UsageError(StrCat("spooling ", spec.source, ": expected a place for it; say --spool-to, or --spool never"));
  }
  if (!OptionOf(spec, "keys-index").empty()) {
    return UsageError(StrCat("spooling ", spec.source, ": a keys index is made from the source, which should be read ",
                             "only once; leave out --keys-index, or say --spool never"));
  }
  JobSpec spool;
  DH_ASSIGN_OR_RETURN(spool.source, AbsoluteAddress(folder));
  for (const std::string& end : {spec.sink, spec.source}) {
    if (!IsAtOrBelow(spool.source, end)) continue;
    return UsageError(StrCat("reading --spool-to: expected a folder that is neither in what is read nor in what is ",
                             "written, found ", spool.source, " in ", end));
  }
  spool.source = JoinPath(spool.source, id);
  spool.sink = spool.source;
  // Of all that loses nothing the smallest; and a file for each task, as tasks fill it side by side.
  spool.options = {{"compression", "zstd"}, {"format", "typed-ndjson"}, {"from-format", "typed-ndjson"},
                   {"keys", "full"},        {"layout", "shard"},        {kSpoolOfOption, spec.source}};
  for (const char* name : kStoreOptions) {
    if (!OptionOf(spec, name).empty()) spool.options.emplace_back(name, OptionOf(spec, name));
  }
  return spool;
}

absl::StatusOr<std::unique_ptr<Sink>> Registry::OpenSink(const JobSpec& spec) {
  ObjectsSinkOptions options;
  DH_ASSIGN_OR_RETURN(options.destination, AbsoluteAddress(spec.sink));
  const bool to_bucket = IsBucketAddress(options.destination);
  const bool wants_keys = !OptionOf(spec, "keys-index").empty();
  if (to_bucket && wants_keys) {
    return UsageError(StrCat("writing to ", spec.sink, ": a keys index is made in local folders only; leave out ",
                             "--keys-index, or copy into a folder"));
  }
  if (to_bucket) {
    // Not the store of all addresses: this one can do more, and its uploads are known to other processes as they are.
    DH_ASSIGN_OR_RETURN(options.store, StoresFor(spec, "").StoreOf(options.destination));
  }
  options.discard = !OptionOf(spec, kDryRunOption).empty();
  options.tool = kProgramVersion;
  const std::string_view compression = OptionOr(spec, "compression", "none");
  DH_ASSIGN_OR_RETURN(options.compression, Choose(ParseCompression(compression), "compression", compression));
  const std::string_view layout = OptionOr(spec, "layout", "kind");
  DH_ASSIGN_OR_RETURN(options.layout, Choose(ParseFileLayout(layout), "layout", layout));
  options.if_exists = IfExistsOf(OptionOf(spec, "if-exists"));
  // Rejects go into one file, in the order of the slices: who keeps none needs no order between shards.
  options.keeps_rejects = spec.max_rejects != 0 || OptionOf(spec, "on-corrupt") == "skip";
  options.encode.full_keys = OptionOf(spec, "keys") == "full";
  DH_ASSIGN_OR_RETURN(options.encode.csv, ParseCsvOptions(OptionOr(spec, "delimiter", ","), OptionOf(spec, "null"),
                                                          !OptionOf(spec, "guard-formulas").empty()));
  DH_ASSIGN_OR_RETURN(const Format* format, FindSinkFormat(OptionOr(spec, "format", "typed-ndjson")));
  const bool table = format->traits().needs_schema;
  if (options.destination == kStandardOutput && !table) options.layout = FileLayout::kSingle;  // keeps source order
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, ObjectsSink::New(format, options));
  if (!OptionOf(spec, kSpoolOfOption).empty()) {
    return std::make_unique<SpoolSink>(std::move(sink), options.store, options.destination);
  }
  if (options.discard || to_bucket || options.destination == kStandardOutput) return sink;
  return std::make_unique<KeysIndexSink>(std::move(sink), this, spec, options.destination, wants_keys);
}

absl::StatusOr<Schema> Registry::EarlierSchema(const JobSpec& spec) {
  return ReadEarlierSchema(StoreFor(spec), OptionOf(spec, "against"));
}

absl::StatusOr<std::string> Registry::BytesOf(const Record& record) {
  DH_ASSIGN_OR_RETURN(const Format* format, FindSinkFormat("typed-ndjson"));
  ByteBuffer line;
  Hash128 hash;
  DH_RETURN_IF_ERROR(format->NewEncoder({.full_keys = true})->Append(record, &line, &hash));
  return std::string(line.view());
}

std::string ManifestAddress(const JobSpec& spec) {
  if (spec.sink == kStandardOutput || !OptionOf(spec, kDryRunOption).empty()) return "";
  return JoinPath(spec.sink, kManifestName);
}

std::string_view DeliveryText(SinkTraits::Delivery delivery) {
  switch (delivery) {
    case SinkTraits::Delivery::kPublished:
      return "published: the output appears whole or not at all, each record once";
    case SinkTraits::Delivery::kTransactional:
      return "transactional: each record once";
    case SinkTraits::Delivery::kIdempotent:
      return "idempotent: a record written again leaves the same";
    case SinkTraits::Delivery::kAtLeastOnce:
      return "at least once: after a fault a record may be there twice";
  }
  return "";
}

}  // namespace datahaul
