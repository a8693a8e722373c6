#include "testing/memory_sink.h"

#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "model/schema_json.h"

namespace datahaul {

std::string MemoryLine(const Record& record) {
  return StrCat(record.key->ns, "/", record.key->kind(), "/", record.key->path[record.key->size - 1].number, " ",
                record.properties.fields[0].value.text(), "\n");
}

Hash128 MemoryHash(const Record& record) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char c : MemoryLine(record)) hash = (hash ^ c) * 0x100000001b3u;
  return {hash, hash * 0x9E3779B97F4A7C15u};
}

std::string MemoryObjectName(std::string_view ns, std::string_view kind) { return StrCat(ns, "/", kind); }

class MemoryWriter final : public Writer {
 public:
  MemoryWriter(MemorySink* sink, const SliceId& slice, Fence fence)
      : sink_(sink), shard_(slice.shard), slice_(slice.slice), fence_(fence) {}
  ~MemoryWriter() override {
    std::lock_guard lock(mutex());
    --sink_->writers_;
  }

  absl::Status Write(const RecordBatch& batch, std::span<const uint32_t> rows, std::span<Hash128> hashes) override {
    DH_RETURN_IF_ERROR(Move(Stage::kWriting, Stage::kWriting, "writer.write"));
    for (size_t i = 0; i < rows.size(); ++i) {
      const Record& record = batch.records[rows[i]];
      hashes[i] = MemoryHash(record);
      if (spools()) {
        Spool(record.offset);
      } else {
        Append(MemoryObjectName(record.key->ns, record.key->kind()), MemoryLine(record));
      }
    }
    for (const Reject& reject : batch.rejects) {
      spools() ? Spool(reject.offset) : Append("_rejects", reject.reason + "\n");
    }
    for (const LostRange& range : batch.lost) {
      spools() ? Spool(range.begin) : Append("_rejects", StrCat("lost ", range.begin, "-", range.end, "\n"));
    }
    return absl::OkStatus();
  }
  bool full() const override { return held_ >= sink_->options_.full_bytes; }
  absl::Status Finish() override { return Move(Stage::kWriting, Stage::kFinished, "writer.finish"); }

  absl::Status Place() override {
    DH_RETURN_IF_ERROR(Move(Stage::kFinished, Stage::kPlaced, "writer.place"));
    if (!sink_->options_.ordered) return absl::OkStatus();
    std::lock_guard lock(mutex());
    const std::pair slice(shard_, slice_);
    sink_->Expect(!sink_->last_placed_ || *sink_->last_placed_ < slice,
                  StrCat("slice ", shard_, ".", slice_, " placed out of order"));
    sink_->last_placed_ = slice;
    for (auto& [object, piece] : pieces_) {
      uint64_t& end = sink_->ends_[object];
      piece.offset = end;
      end += piece.bytes.size();
    }
    return absl::OkStatus();
  }

  void AddCounters(Counters* counters) const override {
    for (const auto& [object, piece] : pieces_) counters->named["lines"] += piece.records;
  }

  absl::StatusOr<Receipt> Commit() override {
    DH_RETURN_IF_ERROR(Move(Stage::kPlaced, Stage::kCommitted, "writer.commit"));
    Receipt receipt;
    for (auto& [name, piece] : pieces_) {
      const std::string object = sink_->options_.ordered ? name : StrCat(name, "/", shard_, "-", slice_, ".", fence_);
      DH_RETURN_IF_ERROR(WriteOut(object, piece));
      DH_RETURN_IF_ERROR(Ask(sink_->fault_, "writer.sync"));
      std::lock_guard lock(mutex());
      piece.object->Sync();
      receipt.extents.push_back({.object = object,
                                 .offset = piece.offset,
                                 .length = piece.bytes.size(),
                                 .records = piece.records,
                                 .crc32c = Crc32c(piece.bytes)});
    }
    return receipt;
  }

 private:
  enum class Stage { kWriting, kFinished, kPlaced, kCommitted };
  struct Piece {
    std::string bytes;
    uint64_t records = 0;
    std::shared_ptr<MemoryObject> object;
    uint64_t offset = 0;
  };

  std::mutex& mutex() { return sink_->destination_->mutex; }

  absl::Status Move(Stage from, Stage to, std::string_view call) {
    {
      std::lock_guard lock(mutex());
      sink_->Expect(stage_ == from, StrCat(call, " at the wrong time"));
    }
    stage_ = to;
    return Ask(sink_->fault_, call);
  }

  bool spools() const { return sink_->options_.spool; }
  void Spool(uint64_t offset) { Append("spool", StrCat(offset, "\n")); }

  void Append(const std::string& object, std::string_view line) {
    Piece& piece = pieces_[object];
    piece.bytes += line;
    ++piece.records;
    held_ += line.size();
  }

  absl::Status WriteOut(const std::string& object, Piece& piece) {
    std::lock_guard lock(mutex());
    DH_ASSIGN_OR_RETURN(piece.object, sink_->OpenObject(object));
    piece.object->Write(piece.offset, piece.bytes);
    return absl::OkStatus();
  }

  MemorySink* const sink_;
  const uint64_t shard_, slice_;
  const Fence fence_;
  Stage stage_ = Stage::kWriting;
  std::map<std::string, Piece> pieces_;
  uint64_t held_ = 0;
};

MemorySink::MemorySink(MemoryDestination* destination, MemorySinkOptions options, FaultHook fault)
    : destination_(destination), options_(options), fault_(std::move(fault)) {
  traits_.ordered = options.ordered;
  traits_.needs_schema = options.needs_schema;
  traits_.slice_bytes = options.slice_bytes;
}

void MemorySink::Expect(bool kept, std::string breach) {
  if (!kept) destination_->breaches.push_back(std::move(breach));
}

// An object that is open stays writable whatever becomes of its name. A new one is only made while the claim stands: a
// process that comes back after its job is over must not leave anything.
absl::StatusOr<std::shared_ptr<MemoryObject>> MemorySink::OpenObject(const std::string& object) {
  std::shared_ptr<MemoryObject>& open = open_[object];
  if (open != nullptr) return open;
  if (destination_->claimed_by != job_) return absl::AbortedError("writing to memory: the claim is gone");
  std::shared_ptr<MemoryObject>& shared = destination_->partial[object];
  if (shared == nullptr) shared = std::make_shared<MemoryObject>();
  return open = shared;
}

absl::Status MemorySink::Prepare(const JobContext& context) {
  DH_RETURN_IF_ERROR(Ask(fault_, "sink.prepare"));
  std::lock_guard lock(destination_->mutex);
  Expect(writers_ == 0, "prepared while a writer is alive");
  const std::string& claim = destination_->claimed_by;
  if ((!claim.empty() && claim != context.job) || (claim.empty() && !destination_->published.empty())) {
    return WithRetry(absl::AlreadyExistsError("preparing memory: the destination is not empty"), Retry::kHuman);
  }
  DH_RETURN_IF_ERROR(context.StillHeld());
  Expect(!context.resumed || claim == context.job, "prepared again, but never before");
  if (claim.empty()) destination_->schema.clear();
  destination_->claimed_by = context.job;
  ExpectSchema(context, !context.committed.empty());
  ExpectKept(context);
  // An unordered job may be at work elsewhere, and have written what no receipt speaks of yet: Close clears that away.
  if (options_.ordered) CutToCommitted(context);
  job_ = context.job;
  return absl::OkStatus();
}

void MemorySink::ExpectSchema(const JobContext& context, bool must) {
  if (!options_.needs_schema) return Expect(context.schema == nullptr, "a schema, though none is needed");
  if (context.schema == nullptr) return Expect(!must && schema_ == nullptr, "the schema is missing");
  const std::string json = ToJson(*context.schema);
  std::string& known = destination_->schema;
  Expect(known.empty() || known == json, "another schema than before");
  known = json;
  Expect(schema_ == nullptr || schema_ == context.schema, "the schema has moved");
  schema_ = context.schema;
}

// What receipts promised must be there, whatever happened since.
void MemorySink::ExpectKept(const JobContext& context) {
  for (const Extent& extent : context.committed) {
    const auto found = destination_->partial.find(extent.object);
    const std::string_view bytes = found == destination_->partial.end() ? std::string_view() : found->second->durable();
    const bool there = bytes.size() >= extent.offset + extent.length;
    Expect(there && Crc32c(bytes.substr(extent.offset, extent.length)) == extent.crc32c,
           StrCat("a receipt's bytes are gone: ", extent.object, " from ", extent.offset));
  }
}

void MemorySink::CutToCommitted(const JobContext& context) {
  open_.clear();
  last_placed_.reset();
  std::map<std::string, uint64_t> kept;
  for (const Extent& extent : context.committed) kept[extent.object] = extent.offset + extent.length;
  for (auto it = destination_->partial.begin(); it != destination_->partial.end();) {
    const auto end = kept.find(it->first);
    it->second->Truncate(end == kept.end() ? 0 : end->second);
    it = end == kept.end() ? destination_->partial.erase(it) : std::next(it);
  }
  ends_ = std::move(kept);
}

absl::StatusOr<std::unique_ptr<Writer>> MemorySink::Open(const SliceId& slice, Fence fence) {
  DH_RETURN_IF_ERROR(Ask(fault_, "sink.open"));
  std::lock_guard lock(destination_->mutex);
  Expect(!job_.empty(), "a writer opened before the sink was prepared");
  Expect(!options_.needs_schema || schema_ != nullptr, "a writer opened before there was a schema");
  ++writers_;
  return std::make_unique<MemoryWriter>(this, slice, fence);
}

absl::StatusOr<Receipt> MemorySink::Close(const JobContext& context, Outcome outcome) {
  if (outcome == Outcome::kSucceeded) {
    DH_RETURN_IF_ERROR(Publish(context));
    return Receipt();
  }
  DH_RETURN_IF_ERROR(Ask(fault_, "sink.close"));
  std::lock_guard lock(destination_->mutex);
  Expect(writers_ == 0, "discarded while a writer is alive");
  if (destination_->claimed_by != context.job && !options_.spool) return Receipt();
  destination_->partial.clear();
  destination_->published.clear();
  destination_->claimed_by.clear();
  return Receipt();
}

// Object by object, as files are renamed: broken off in the middle, it is finished by the next Close.
absl::Status MemorySink::Publish(const JobContext& context) {
  for (const Extent& extent : context.committed) {
    DH_RETURN_IF_ERROR(Ask(fault_, "sink.close"));
    std::lock_guard lock(destination_->mutex);
    const auto found = destination_->partial.find(extent.object);
    if (found == destination_->partial.end()) {
      Expect(destination_->published.contains(extent.object), StrCat("published without ", extent.object));
      continue;
    }
    const std::string& bytes = found->second->durable();
    Expect(bytes.size() == extent.length && Crc32c(bytes) == extent.crc32c,
           StrCat("receipts do not describe ", extent.object));
    destination_->published[extent.object] = bytes;
    destination_->partial.erase(found);
  }
  std::lock_guard lock(destination_->mutex);
  Expect(writers_ == 0, "published while a writer is alive");
  ExpectSchema(context, true);
  if (context.schema != nullptr) destination_->published[kMemorySchema] = ToJson(*context.schema);
  destination_->partial.clear();  // what lost leases left
  destination_->claimed_by.clear();
  return absl::OkStatus();
}

}  // namespace datahaul
