#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_WRITER_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_WRITER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "connector/objects/encoded_slice.h"
#include "connector/objects/slice_target.h"
#include "io/compress.h"
#include "layout/files/names.h"
#include "model/format.h"
#include "model/sink.h"

namespace datahaul {

// Encodes one slice into memory, routed by kind, and hands it to a target. Not safe for concurrent use.
class ObjectsWriter : public Writer {
 public:
  // `target` and `pool` must outlive it. It is full when it holds `full_bytes`.
  ObjectsWriter(SliceTarget* target, BufferPool* pool, std::unique_ptr<Encoder> encoder, Compression compression,
                FileLayout layout, std::string extension, const SliceStamp& stamp, size_t full_bytes);
  ~ObjectsWriter() override;

  absl::Status Write(const RecordBatch& batch, std::span<const uint32_t> rows, std::span<Hash128> hashes) override;
  bool full() const override { return slice_.held() + encoder_->held() >= full_bytes_; }
  absl::Status Finish() override;
  absl::Status Place() override;
  void AddCounters(Counters* counters) const override { encoder_->AddCounters(counters); }
  absl::StatusOr<Receipt> Commit() override;

 private:
  enum class State : uint8_t { kOpen, kPlaced, kEnded };
  static constexpr uint32_t kUnknown = UINT32_MAX;

  uint32_t PieceOf(const Record& record) {
    if (record.slot < piece_of_slot_.size() && piece_of_slot_[record.slot] != kUnknown)
      return piece_of_slot_[record.slot];
    return FindPiece(record);
  }
  uint32_t FindPiece(const Record& record);
  void WriteRejects(const RecordBatch& batch);

  SliceTarget* const target_;
  const std::unique_ptr<Encoder> encoder_;
  const FileLayout layout_;
  const std::string extension_;
  const size_t full_bytes_;
  EncodedSlice slice_;
  std::vector<uint32_t> piece_of_slot_;
  absl::flat_hash_map<std::string, uint32_t> piece_of_object_;
  uint32_t rejects_ = kUnknown;
  State state_ = State::kOpen;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_WRITER_H_
