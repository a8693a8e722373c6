#ifndef DATAHAUL_FORMAT_PARQUET_KIND_FILE_H_
#define DATAHAUL_FORMAT_PARQUET_KIND_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include <parquet/metadata.h>
#include <parquet/page_index.h>

#include "base/bytes.h"
#include "format/parquet/buffer_stream.h"
#include "format/parquet/chunk_writer.h"
#include "format/parquet/column_store.h"
#include "format/parquet/record_gatherer.h"
#include "model/digest.h"
#include "model/record.h"
#include "model/schema.h"

namespace datahaul {

// One Parquet file of one kind being written. Until its first row group is full it is nothing but columns in memory, so
// that a slice can have thousands. Not safe for concurrent use.
class KindFile {
 public:
  // Values that are gathered, in bytes, before they become a row group.
  static constexpr size_t kRowGroupBytes = 16 << 20;

  // `schema` and `chunks` must outlive it.
  KindFile(KindName kind, const KindSchema* schema, ChunkWriter* chunks);

  // `out` is the file; it takes what is full. After an error the file is of no use any more.
  absl::Status Append(const Record& record, RecordGatherer* gatherer, ByteBuffer* out);
  // Writes what is held and the footer. Called once.
  absl::Status Finish(ByteBuffer* out);

  size_t held() const { return empty_ + values_; }  // bytes of memory

 private:
  absl::Status Open(ByteBuffer* out);
  absl::Status WriteRowGroup(ByteBuffer* out);
  // The chunks of a column's leaves, in their order. Returns their size without compression.
  int64_t WriteChunks(const ColumnStore& column, Levels outer, parquet::RowGroupMetaDataBuilder* group);
  void WritePageIndexes();
  absl::Status TooMuch(const ColumnStore& column) const;
  std::string Action() const;

  const KindName kind_;
  const KindSchema* const schema_;
  ChunkWriter* const chunks_;
  std::vector<ColumnStore> columns_;
  size_t empty_ = 0;   // bytes that the columns take without any values
  size_t values_ = 0;  // bytes of values that are held
  uint32_t rows_ = 0;  // of them
  std::shared_ptr<BufferStream> stream_;
  std::shared_ptr<parquet::SchemaDescriptor> descriptor_;
  std::unique_ptr<parquet::FileMetaDataBuilder> metadata_;  // null until the file is begun
  std::unique_ptr<parquet::PageIndexBuilder> pages_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_KIND_FILE_H_
