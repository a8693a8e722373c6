#include "format/parquet/encoder.h"

#include <string>

#include "base/status.h"

namespace datahaul {

absl::Status ParquetEncoder::Append(const Record& record, ByteBuffer* out, Hash128* hash) {
  *hash = hasher_.HashRecord(record);
  KindFile* const file = FileOf(record);
  if (file == nullptr) return TableLosses::UnknownKind(record);
  const size_t before = file->held();
  DH_RETURN_IF_ERROR(file->Append(record, &gatherer_, out));
  held_ += file->held() - before;
  return absl::OkStatus();
}

absl::Status ParquetEncoder::Finish(absl::FunctionRef<ByteBuffer*(uint32_t slot)> out) {
  for (uint32_t slot = 0; slot < files_.size(); ++slot) {
    if (files_[slot] == nullptr) continue;
    DH_RETURN_IF_ERROR(files_[slot]->Finish(out(slot)));
    files_[slot].reset();
  }
  held_ = 0;
  return absl::OkStatus();
}

KindFile* ParquetEncoder::FileOf(const Record& record) {
  if (record.slot < files_.size() && files_[record.slot] != nullptr) return files_[record.slot].get();
  const KindSchema* const columns = schema_->Find(record.key->ns, record.key->kind());
  if (columns == nullptr) return nullptr;
  if (files_.size() <= record.slot) files_.resize(record.slot + 1);
  const KindName kind{std::string(record.key->ns), std::string(record.key->kind())};
  std::unique_ptr<KindFile>& file = files_[record.slot];
  file = std::make_unique<KindFile>(kind, columns, &chunks_);
  held_ += file->held();
  return file.get();
}

}  // namespace datahaul
