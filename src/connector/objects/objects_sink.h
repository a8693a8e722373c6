#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_SINK_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_SINK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "connector/objects/buffer_pool.h"
#include "connector/objects/object_head.h"
#include "connector/objects/slice_target.h"
#include "io/compress.h"
#include "layout/files/names.h"
#include "model/format.h"
#include "model/object_store.h"
#include "model/sink.h"

namespace datahaul {

struct ObjectsSinkOptions {
  std::string destination;  // a folder, as path or file:// URI, or of `store`; "-" is standard output
  // Of a bucket; null for local destinations. Must outlive the sink.
  ObjectStore* store = nullptr;
  uint64_t least_piece_bytes = 5 << 20;  // in a bucket: what is uploaded by itself, not staged
  bool discard = false;                  // count what would be written, and keep nothing; destination is ignored
  std::string tool;                      // "datahaul 0.1.0", for the manifest
  Compression compression = Compression::kNone;  // one gzip member or zstd frame for each slice of each object
  FileLayout layout = FileLayout::kKind;
  IfExists if_exists = IfExists::kFail;
  bool keeps_rejects = true;  // false: the job fails with the first one
  EncodeOptions encode;
};

// Writes objects of one format: an ordered sink (see Writer::Place), but for layout shard in a folder without rejects:
// there each shard has a file to itself, and several processes may write at once. Memory: 8 MiB for each open
// writer (32 in a bucket without compression, and for formats of parts) and what its last batch adds, twice that with
// compression, and four spare buffers.
//
// Formats of rows and columns: layout kind only. Where pieces can't be joined, each slice makes a part of its own.
//
// In a folder of a bucket: as in a local one, but that what is not published yet is below `.datahaul/`, hidden.
//
// In a folder: the destination is claimed; files carry `.partial` until Close publishes them with a manifest.json;
// rejects and lost ranges go to _rejects/rejects.ndjson, as extents without records. Kinds without records have no
// file, unless a schema has them. What Place and Commit promise ends with a Commit that fails or a placed Writer that
// is destroyed: the Commits after it are ABORTED until Prepare. Fences are not needed: see the README.
//
// Safe for concurrent use.
class ObjectsSink : public Sink {
 public:
  // `format` must outlive the sink. INVALID_ARGUMENT if it can't be written so, or, without a store,
  // the destination is no local one.
  static absl::StatusOr<std::unique_ptr<ObjectsSink>> New(const Format* format, const ObjectsSinkOptions& options);

  const SinkTraits& traits() const override { return traits_; }
  absl::Status Prepare(const JobContext& context) override;
  absl::Status Continue(const SliceId& slice, std::span<const Extent> committed) override;
  absl::StatusOr<std::unique_ptr<Writer>> Open(const SliceId& slice, Fence fence) override;
  // The receipt's `opaque` is the manifest's path, "" where there is none; it has no extents: those of the slices
  // stand.
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override;

 private:
  ObjectsSink(const Format* format, const ObjectsSinkOptions& options, std::string extension);

  const Format* const format_;
  const ObjectsSinkOptions options_;
  const std::string extension_;
  SinkTraits traits_;
  BufferPool pool_;
  ObjectHead head_;
  std::unique_ptr<SliceTarget> target_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_SINK_H_
