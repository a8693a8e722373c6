#include "connector/objects/objects_sink.h"

#include <unistd.h>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/discard_target.h"
#include "connector/objects/folder_target.h"
#include "connector/objects/objects_writer.h"
#include "connector/objects/stream_target.h"
#include "objects/local/local_path.h"

namespace datahaul {
namespace {

absl::StatusOr<std::unique_ptr<SliceTarget>> NewTarget(const Format& format, const ObjectsSinkOptions& options,
                                                       const std::string& extension) {
  if (options.discard) return std::make_unique<DiscardTarget>();
  if (options.destination == "-") return std::make_unique<StreamTarget>(STDOUT_FILENO);
  FolderSettings settings;
  DH_ASSIGN_OR_RETURN(settings.folder, LocalPath(options.destination));
  settings.tool = options.tool;
  settings.format = format.traits().name;
  settings.extension = extension;
  settings.compression = options.compression;
  settings.layout = options.layout;
  settings.if_exists = options.if_exists;
  return std::make_unique<FolderTarget>(std::move(settings));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectsSink>> ObjectsSink::New(const Format* format, const ObjectsSinkOptions& options) {
  if (!format->traits().concatenable) {
    return UsageError(StrCat("writing to ", options.destination, ": the format ", format->traits().name,
                             " can't be written piece by piece; choose another --format"));
  }
  std::string extension = StrCat(format->traits().suffix, CompressionSuffix(options.compression));
  DH_ASSIGN_OR_RETURN(std::unique_ptr<SliceTarget> target, NewTarget(*format, options, extension));
  return std::unique_ptr<ObjectsSink>(new ObjectsSink(format, options, std::move(extension), std::move(target)));
}

ObjectsSink::ObjectsSink(const Format* format, const ObjectsSinkOptions& options, std::string extension,
                         std::unique_ptr<SliceTarget> target)
    : format_(format), options_(options), extension_(std::move(extension)), target_(std::move(target)) {
  traits_.delivery = SinkTraits::Delivery::kPublished;
  traits_.ordered = true;
  // Compressing takes the slice a second time, in pieces and packed, and is bound by the processor anyway.
  if (options.compression != Compression::kNone) traits_.slice_bytes /= 2;
}

absl::StatusOr<std::unique_ptr<Writer>> ObjectsSink::Open(const SliceId& slice, Fence) {
  return std::make_unique<ObjectsWriter>(target_.get(), &pool_, format_->NewEncoder(options_.encode),
                                         options_.compression, options_.layout, extension_, slice.shard);
}

}  // namespace datahaul
