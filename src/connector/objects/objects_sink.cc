#include "connector/objects/objects_sink.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/bucket_target.h"
#include "connector/objects/discard_target.h"
#include "connector/objects/folder_target.h"
#include "connector/objects/objects_writer.h"
#include "connector/objects/stream_target.h"
#include "objects/local/local_path.h"

namespace datahaul {
namespace {

// A part is a file with a frame of its own: many small ones are slow to read. What they need while they are made is
// more, too.
constexpr uint64_t kPartInput = 48 << 20;
constexpr size_t kFullBytes = 8 << 20, kFullPart = 32 << 20;
// In a bucket, what a slice has of a large kind should be enough for a piece of an upload. So much is in memory once
// for each worker only (JobRun's kSmallSlice).
constexpr uint64_t kBucketInput = 18 << 20;
constexpr size_t kFullInBucket = 32 << 20, kKeptInBucket = kFullInBucket * 3 / 2;  // buffers grow by half

// Where the bytes show how slices are cut they are cut as in a folder: compressed, each is a member of its own; and
// shards are a number of slices.
bool HasLargeSlices(const FormatTraits& format, const ObjectsSinkOptions& options) {
  return options.store != nullptr && format.concatenable && options.compression == Compression::kNone &&
         options.layout != FileLayout::kShard;
}

size_t FullBytes(const Format& format, const ObjectsSinkOptions& options) {
  if (!format.traits().concatenable) return kFullPart;
  return HasLargeSlices(format.traits(), options) ? kFullInBucket : kFullBytes;
}

// No two shards write the same file.
bool IsShared(const ObjectsSinkOptions& options) {
  return options.layout == FileLayout::kShard && !options.keeps_rejects && !options.discard &&
         options.destination != "-" && options.if_exists != IfExists::kAppend;
}

absl::StatusOr<std::unique_ptr<SliceTarget>> NewTarget(const Format& format, const ObjectsSinkOptions& options,
                                                       const std::string& extension, const ObjectHead* head) {
  if (options.discard) return std::make_unique<DiscardTarget>(head);
  if (options.destination == "-") return std::make_unique<StreamTarget>(STDOUT_FILENO, head);
  FolderSettings settings;
  if (options.store == nullptr) {
    DH_ASSIGN_OR_RETURN(settings.folder, LocalPath(options.destination));
  } else {
    settings.folder = options.destination;
  }
  settings.tool = options.tool;
  settings.format = format.traits().name;
  settings.extension = extension;
  settings.compression = options.compression;
  settings.layout = options.layout;
  settings.if_exists = options.if_exists;
  settings.shared = IsShared(options);
  if (format.traits().name == "csv") settings.csv = options.encode.csv;
  if (options.store == nullptr) return std::make_unique<FolderTarget>(std::move(settings), head);
  return std::make_unique<BucketTarget>(std::move(settings), options.store, options.least_piece_bytes, head);
}

absl::Status Check(const FormatTraits& format, const ObjectsSinkOptions& options) {
  const auto refuse = [&](std::string_view why) {
    return UsageError(StrCat("writing to ", options.destination, " as ", format.name, ": ", why));
  };
  if (format.needs_schema && options.layout != FileLayout::kKind) {
    return refuse(
        StrCat("expected --layout kind, as each kind has columns of its own, found ", FileLayoutName(options.layout)));
  }
  if (format.concatenable) return absl::OkStatus();
  if (!format.needs_schema) return refuse("it can't be written piece by piece; choose another --format");
  if (options.destination == "-") return refuse("standard output can't be a folder of parts; give a folder");
  if (options.compression == Compression::kNone) return absl::OkStatus();
  return refuse("it compresses inside its files; leave --compression out");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectsSink>> ObjectsSink::New(const Format* format, const ObjectsSinkOptions& options) {
  DH_RETURN_IF_ERROR(Check(format->traits(), options));
  std::string extension = StrCat(format->traits().suffix, CompressionSuffix(options.compression));
  std::unique_ptr<ObjectsSink> sink(new ObjectsSink(format, options, std::move(extension)));
  DH_ASSIGN_OR_RETURN(sink->target_, NewTarget(*format, options, sink->extension_, &sink->head_));
  return sink;
}

ObjectsSink::ObjectsSink(const Format* format, const ObjectsSinkOptions& options, std::string extension)
    : format_(format),
      options_(options),
      extension_(std::move(extension)),
      pool_(HasLargeSlices(format->traits(), options) ? BufferPool(kKeptInBucket) : BufferPool()),
      head_(format, options.encode, options.compression) {
  traits_.delivery = SinkTraits::Delivery::kPublished;
  traits_.ordered = !IsShared(options);
  traits_.needs_schema = format->traits().needs_schema;
  traits_.accepts_deletes = true;  // every format has a form for them
  if (HasLargeSlices(format->traits(), options)) traits_.slice_bytes = kBucketInput;
  if (!format->traits().concatenable) traits_.slice_bytes = kPartInput;
  // Compressing takes the slice a second time, in pieces and packed, and is bound by the processor anyway.
  if (options.compression != Compression::kNone) traits_.slice_bytes /= 2;
}

absl::Status ObjectsSink::Prepare(const JobContext& context) {
  head_.UseSchema(context.schema);
  return target_->Prepare(context);
}

absl::Status ObjectsSink::Continue(const SliceId& slice, std::span<const Extent> committed) {
  const std::string object = DataFileName(options_.layout, "", "", slice.shard, extension_);
  uint64_t end = 0;
  for (const Extent& extent : committed) {
    if (extent.object == object) end = std::max(end, extent.offset + extent.length);
  }
  return target_->BeginAt(slice.shard, object, end);
}

absl::StatusOr<std::unique_ptr<Writer>> ObjectsSink::Open(const SliceId& slice, Fence fence) {
  if (!traits_.ordered && slice.slice == 0) {
    const std::string object = DataFileName(options_.layout, "", "", slice.shard, extension_);
    DH_RETURN_IF_ERROR(target_->BeginAt(slice.shard, object, 0));
  }
  const SliceStamp stamp{slice.shard, slice.slice, fence};
  return std::make_unique<ObjectsWriter>(target_.get(), &pool_, format_->NewEncoder(head_.encode()),
                                         options_.compression, options_.layout, extension_, stamp,
                                         FullBytes(*format_, options_));
}

absl::StatusOr<Receipt> ObjectsSink::Close(const JobContext& context, Outcome outcome) {
  head_.UseSchema(context.schema);  // a process may do no more than close
  pool_.Clear();                    // no slice will come, and closing a bucket needs memory of its own
  return target_->Close(context, outcome);
}

}  // namespace datahaul
