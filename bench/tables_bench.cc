// The kernels of tables on one core, on bytes held in memory: export → CSV and Parquet into nothing, and what bounds
// them.
//
//   tables_bench [--repeat N] [--only NAME]… [--rows FOLDER] EXPORT|OUTPUT_FILE…
//
// Prints a line "NAME MB/s" for each kernel: the input's megabytes (10^6) a second, the best of the repeats. `values`
// is reading alone, values+digest what a job pays whatever it writes; arrow_bare writes columns that are ready, with
// the same settings. With --rows the Parquet files of all kinds go there, for peers that make the same files, and
// nothing is measured.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/memory_pool.h>
#include <arrow/table.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>

#include "base/bytes.h"
#include "format/csv/format.h"
#include "format/entity_proto/format.h"
#include "format/ndjson/record_hasher.h"
#include "format/parquet_module.h"
#include "io/checksum.h"
#include "io/memory_reader.h"
#include "job/slot_table.h"
#include "model/digest.h"
#include "model/format.h"
#include "schema/plan.h"
#include "schema/sketcher.h"

namespace datahaul {
namespace {

// How much input one encoder takes, as a slice of a job does.
constexpr uint64_t kSliceBytes = 4 << 20, kPartBytes = 48 << 20;

struct Input {
  std::string name, bytes;
};

struct Slice {
  const Input* input;
  ByteRange range;
};

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::exit(1);
}

void Must(const arrow::Status& status) { Must(status.ok() ? absl::OkStatus() : absl::UnknownError(status.ToString())); }

template <typename T>
T Must(arrow::Result<T> result) {
  Must(result.status());
  return *std::move(result);
}

// Calls `use` with the batches of a slice; their records have slots.
template <typename Use>
void ForEachBatch(const Slice& slice, SlotTable* slots, Use use) {
  static RecordBatch batch;
  const MemoryReader reader(slice.input->name, slice.input->bytes);
  const auto decoder = *EntityProto().NewDecoder(&reader, slice.range, slice.range.begin, DecodeOptions());
  while (true) {
    Must(decoder->Read(&batch));
    if (batch.empty() && batch.input_bytes == 0) return;
    for (Record& record : batch.records) record.slot = slots->Find(record.key->ns, record.key->kind());
    use(batch);
  }
}

const Selection& All() {
  static const Selection all;
  return all;
}

uint64_t Values(const Slice& slice) {
  SlotTable slots(&All());
  uint64_t records = 0;
  ForEachBatch(slice, &slots, [&](const RecordBatch& batch) { records += batch.records.size(); });
  return records;
}

SchemaSketch SketchOf(const Slice& slice) {
  SlotTable slots(&All());
  Sketcher sketcher;
  ForEachBatch(slice, &slots, [&](const RecordBatch& batch) {
    for (const Record& record : batch.records) sketcher.Add(record);
  });
  return sketcher.Take();
}

Schema SchemaOf(const std::vector<Slice>& slices) {
  SchemaSketch all;
  for (const Slice& slice : slices) Merge(SketchOf(slice), &all);
  return PlanSchema(all, ConflictPolicy::kJson).schema;
}

struct Encoded {
  std::map<KindName, std::vector<ByteBuffer>> files;  // a part for each slice
};

void Encode(const Slice& slice, const Format& format, const Schema& schema, Encoded* encoded) {
  SlotTable slots(&All());
  std::vector<ByteBuffer> out;
  const auto encoder = format.NewEncoder({.schema = &schema});
  ForEachBatch(slice, &slots, [&](const RecordBatch& batch) {
    out.resize(slots.slots().size());
    for (const Record& record : batch.records) {
      Hash128 hash;
      Must(encoder->Append(record, &out[record.slot], &hash));
    }
  });
  Must(encoder->Finish([&](uint32_t slot) { return &out[slot]; }));
  for (uint32_t slot = 0; slot < out.size(); ++slot) encoded->files[slots[slot].name].push_back(std::move(out[slot]));
}

// As a job's worker does: slice after slice into the same buffer, with a checksum over it.
uint64_t EncodeAll(const std::vector<Slice>& slices, const Format& format, const Schema& schema) {
  static ByteBuffer out;
  KindDigest digest;
  uint64_t sum = 0;
  for (const Slice& slice : slices) {
    out.clear();
    SlotTable slots(&All());
    const auto encoder = format.NewEncoder({.schema = &schema});
    ForEachBatch(slice, &slots, [&](const RecordBatch& batch) {
      for (const Record& record : batch.records) {
        Hash128 hash;
        Must(encoder->Append(record, &out, &hash));
        digest.Add(hash);
      }
    });
    Must(encoder->Finish([](uint32_t) { return &out; }));
    sum += Crc32c(out.view());
  }
  return sum + digest.records;
}

uint64_t Digest(const Slice& slice) {
  SlotTable slots(&All());
  RecordHasher hasher;
  KindDigest digest;
  ForEachBatch(slice, &slots, [&](const RecordBatch& batch) {
    for (const Record& record : batch.records) digest.Add(hasher.HashRecord(record));
  });
  return digest.records;
}

std::shared_ptr<arrow::Table> TableOf(const ByteBuffer& file) {
  parquet::arrow::FileReaderBuilder builder;
  Must(builder.Open(std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(file.data()), file.size()))));
  auto reader = Must(builder.Build());
  return Must(Must(reader->ReadTable())->CombineChunks());
}

// Columns as Arrow has them, ready to be written.
std::vector<std::shared_ptr<arrow::Table>> Ready(const std::vector<Slice>& slices, const Format& parquet,
                                                 const Schema& schema) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (const Slice& slice : slices) {
    Encoded encoded;
    Encode(slice, parquet, schema, &encoded);
    for (const auto& [kind, parts] : encoded.files) tables.push_back(TableOf(parts[0]));
  }
  return tables;
}

uint64_t WriteReady(const std::vector<std::shared_ptr<arrow::Table>>& tables) {
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::ZSTD)->compression_level(1)->enable_page_checksum();
  uint64_t bytes = 0;
  for (const auto& table : tables) {
    const auto out = Must(arrow::io::BufferOutputStream::Create());
    Must(parquet::arrow::WriteTable(*table, arrow::system_memory_pool(), out, parquet::DEFAULT_MAX_ROW_GROUP_LENGTH,
                                    properties.build()));
    bytes += static_cast<uint64_t>(Must(out->Finish())->size());
  }
  return bytes;
}

std::vector<Input> Load(const std::vector<std::string>& paths) {
  std::vector<Input> inputs;
  for (const std::string& path : paths) {
    std::vector<std::string> names = {path};
    if (std::filesystem::is_directory(path)) {
      names.clear();
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.path().filename().string().starts_with("output-")) names.push_back(entry.path().string());
      }
    }
    for (const std::string& name : names) {
      std::ifstream in(name, std::ios::binary);
      std::string bytes(std::filesystem::file_size(name) + kSlack, '\0');
      bytes.resize(bytes.size() - kSlack);
      if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
        Must(absl::NotFoundError("cannot read " + name));
      }
      inputs.push_back({name, std::move(bytes)});
    }
  }
  return inputs;
}

std::vector<Slice> Cut(const std::vector<Input>& inputs, uint64_t size) {
  std::vector<Slice> slices;
  for (const Input& input : inputs) {
    for (uint64_t at = 0; at < input.bytes.size(); at += size) {
      slices.push_back({&input, {at, std::min<uint64_t>(at + size, input.bytes.size())}});
    }
  }
  return slices;
}

void WriteRows(const std::vector<Slice>& slices, const Format& parquet, const Schema& schema,
               const std::string& folder) {
  Encoded encoded;
  for (const Slice& slice : slices) Encode(slice, parquet, schema, &encoded);
  std::filesystem::create_directories(folder);
  size_t number = 0;
  for (const auto& [kind, parts] : encoded.files) {
    for (const ByteBuffer& part : parts) {
      std::ofstream file(folder + "/" + std::to_string(number++) + ".parquet", std::ios::binary);
      file.write(part.data(), static_cast<std::streamsize>(part.size()));
    }
  }
}

}  // namespace
}  // namespace datahaul

int main(int argc, char** argv) {
  using namespace datahaul;
  int repeat = 5;
  std::string rows;
  std::vector<std::string> only, paths;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--repeat" && i + 1 < argc) {
      repeat = std::atoi(argv[++i]);
    } else if (arg == "--only" && i + 1 < argc) {
      only.emplace_back(argv[++i]);
    } else if (arg == "--rows" && i + 1 < argc) {
      rows = argv[++i];
    } else {
      paths.push_back(arg);
    }
  }
  const auto wanted = [&](const std::string& name) {
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  const std::vector<Input> inputs = Load(paths);
  const std::vector<Slice> slices = Cut(inputs, kSliceBytes), parts = Cut(inputs, kPartBytes);
  const Schema schema = SchemaOf(slices);
  const absl::StatusOr<const Format*> parquet = OpenParquet();
  Must(parquet.status());
  if (!rows.empty()) {
    WriteRows(parts, **parquet, schema, rows);
    return 0;
  }

  std::vector<std::shared_ptr<arrow::Table>> ready;
  if (wanted("arrow_bare")) ready = Ready(parts, **parquet, schema);
  uint64_t sum = 0;
  const std::vector<std::pair<std::string, std::function<void()>>> kernels = {
      {"values",
       [&] {
         for (const Slice& slice : slices) sum += Values(slice);
       }},
      {"values+digest",
       [&] {
         for (const Slice& slice : slices) sum += Digest(slice);
       }},
      {"values+sketch",
       [&] {
         for (const Slice& slice : slices) sum += SketchOf(slice).size();
       }},
      {"csv", [&] { sum += EncodeAll(slices, Csv(), schema); }},
      {"parquet", [&] { sum += EncodeAll(parts, **parquet, schema); }},
      {"arrow_bare", [&] { sum += WriteReady(ready); }},
  };
  uint64_t total = 0;
  for (const Input& input : inputs) total += input.bytes.size();
  std::vector<double> best(kernels.size());
  for (int i = 0; i < repeat; ++i) {  // interleaved, so that a slow moment hits all
    for (size_t k = 0; k < kernels.size(); ++k) {
      if (!wanted(kernels[k].first)) continue;
      const auto start = std::chrono::steady_clock::now();
      kernels[k].second();
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      best[k] = std::max(best[k], static_cast<double>(total) / seconds / 1e6);
    }
  }
  for (size_t k = 0; k < kernels.size(); ++k) {
    if (best[k] > 0) std::printf("%s %.0f\n", kernels[k].first.c_str(), best[k]);
  }
  return sum == 1;  // keeps the sum alive
}
