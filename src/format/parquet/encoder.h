// Records into Parquet files.
#ifndef DATAHAUL_FORMAT_PARQUET_ENCODER_H_
#define DATAHAUL_FORMAT_PARQUET_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "format/ndjson/record_hasher.h"
#include "format/parquet/chunk_writer.h"
#include "format/parquet/kind_file.h"
#include "format/parquet/record_gatherer.h"
#include "model/format.h"

namespace datahaul {

// One file for each slot. What is held becomes a row group when there is enough of it; small files are written one
// after the other at the end.
class ParquetEncoder final : public Encoder {
 public:
  explicit ParquetEncoder(const EncodeOptions& options) : schema_(options.schema) {}

  absl::Status Append(const Record& record, ByteBuffer* out, Hash128* hash) override;
  size_t held() const override { return held_; }
  absl::Status Finish(absl::FunctionRef<ByteBuffer*(uint32_t slot)> out) override;
  void AddCounters(Counters* counters) const override { gatherer_.AddCounters(counters); }

 private:
  // Null if the schema does not have the record's kind.
  KindFile* FileOf(const Record& record);

  const Schema* const schema_;
  RecordHasher hasher_;
  RecordGatherer gatherer_{&hasher_};
  ChunkWriter chunks_;
  std::vector<std::unique_ptr<KindFile>> files_;  // by slot
  size_t held_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_ENCODER_H_
