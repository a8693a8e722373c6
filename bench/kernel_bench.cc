// The kernels on one core, on bytes held in memory: export → typed NDJSON into nothing, and what bounds it.
//
//   kernel_bench [--threads N] [--repeat N] [--only NAME] EXPORT|OUTPUT_FILE…
//
// Prints a line "NAME MB/s MB/CPU-s" for each kernel: the input's megabytes (10^6) a second of time and of all threads'
// processor time, each the best of the repeats.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "format/entity_proto/entity_decoder.h"
#include "format/entity_proto/format.h"
#include "format/entity_proto/log_reader.h"
#include "format/entity_proto/wire.h"
#include "format/ndjson/typed_encoder.h"
#include "io/checksum.h"
#include "model/digest.h"
#include "schema/sketcher.h"

namespace datahaul {
namespace {

class MemoryFile final : public ByteReader {
 public:
  MemoryFile(std::string name, std::string bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}
  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    if (offset >= bytes_.size()) return size_t{0};
    size = std::min(size, bytes_.size() - static_cast<size_t>(offset));
    std::memcpy(out, bytes_.data() + offset, size);
    return size;
  }
  uint64_t size() const override { return bytes_.size(); }
  const std::string& uri() const override { return name_; }

 private:
  std::string name_, bytes_;
};

using Files = std::vector<std::unique_ptr<MemoryFile>>;
// Works through one range of a file; returns something that depends on the work, so that it can't be left out.
using Kernel = std::function<uint64_t(const MemoryFile&, ByteRange)>;

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::exit(1);
}

uint64_t Framing(const MemoryFile& file, ByteRange range) {
  LogReader log(&file, range, range.begin, false);
  static thread_local ByteBuffer bytes;  // as a worker's, kept from slice to slice
  static thread_local Arena arena;
  static thread_local std::vector<LogRecord> records;
  std::vector<LostRange> lost;
  uint64_t sum = 0;
  do {
    arena.Reset();
    Must(log.Read(256 << 10, &bytes, &arena, &records, &lost));
    for (const LogRecord& record : records) sum += record.bytes.size();
  } while (!records.empty());
  return sum;
}

// The bare walk: every tag, every length, every number of a message and of what is embedded in it, no value kept.
uint64_t Walk(std::string_view message) {
  wire::Input in(message);
  uint64_t sum = 0, number;
  uint32_t tag;
  std::string_view part;
  while (!in.done() && in.ReadTag(&tag)) {
    switch (tag & 7) {
      case wire::kVarint:
        in.ReadVarint(&number);
        sum += number;
        break;
      case wire::kFixed64:
        in.ReadFixed64(&number);
        sum += number;
        break;
      case wire::kBytes: {
        in.ReadBytes(&part);
        const uint32_t field = tag >> 3;
        const bool entity = part.size() >= 6 && std::memcmp(part.data(), "\x6a\x04\x6a\x00\x72\x00", 6) == 0;
        // Property 14/15, key 13, path, value 5, embedded entity: messages. Names and texts: not.
        if (entity || (field >= 13 && field <= 16) || field == 5) {
          sum += Walk(part);
        } else {
          sum += part.size();
        }
        break;
      }
      case wire::kFixed32:
        in.next += 4;
        break;
      default:
        break;  // a group's begin or end: its fields follow
    }
  }
  return sum;
}

uint64_t FramingAndWalk(const MemoryFile& file, ByteRange range) {
  LogReader log(&file, range, range.begin, false);
  static thread_local ByteBuffer bytes;  // as a worker's, kept from slice to slice
  static thread_local Arena arena;
  static thread_local std::vector<LogRecord> records;
  std::vector<LostRange> lost;
  uint64_t sum = 0;
  do {
    arena.Reset();
    Must(log.Read(256 << 10, &bytes, &arena, &records, &lost));
    for (const LogRecord& record : records) sum += Walk(record.bytes);
  } while (!records.empty());
  return sum;
}

struct Parts {
  bool encode, digest, checksum;
};

uint64_t Records(const MemoryFile& file, ByteRange range, Parts parts) {
  auto decoder = *EntityProto().NewDecoder(&file, range, range.begin, DecodeOptions());
  TypedEncoder encoder{EncodeOptions()};
  static thread_local RecordBatch batch;  // as a worker's, kept from slice to slice
  static thread_local ByteBuffer out;
  uint64_t sum = 0;
  KindDigest digest;
  while (true) {
    Must(decoder->Read(&batch));
    if (batch.empty()) break;
    out.clear();
    for (const Record& record : batch.records) {
      if (parts.digest) {
        Hash128 hash;
        Must(encoder.Append(record, &out, &hash));
        digest.Add(hash);
      } else if (parts.encode) {
        encoder.AppendLine(record, &out);
      }
    }
    if (parts.checksum) sum += Crc32c(out.view());
    sum += out.size() + batch.records.size();
  }
  return sum + digest.sum.low;
}

// What a slice of the schema phase does.
uint64_t Sketch(const MemoryFile& file, ByteRange range) {
  auto decoder = *EntityProto().NewDecoder(&file, range, range.begin, DecodeOptions());
  static thread_local RecordBatch batch;  // as a worker's, kept from slice to slice
  std::map<KindName, uint32_t> slots;
  Sketcher sketcher;
  while (true) {
    Must(decoder->Read(&batch));
    if (batch.empty()) break;
    const Record* last = nullptr;
    for (Record& record : batch.records) {
      const bool same = last != nullptr && last->key->kind() == record.key->kind() && last->key->ns == record.key->ns;
      const auto next = static_cast<uint32_t>(slots.size());
      record.slot =
          same ? last->slot
               : slots.try_emplace({std::string(record.key->ns), std::string(record.key->kind())}, next).first->second;
      sketcher.Add(record);
      last = &record;
    }
  }
  uint64_t sum = 0;
  for (const auto& [name, sketch] : sketcher.Take()) sum += Encode(sketch).size() + sketch.records;
  return sum;
}

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// In MB/s.
struct Speed {
  double time = 0, cpu = 0;
};

Speed Run(const Files& files, int threads, const Kernel& kernel) {
  std::vector<std::pair<const MemoryFile*, ByteRange>> ranges;
  uint64_t total = 0;
  for (const auto& file : files) {
    constexpr uint64_t kSlice = 4 << 20;
    for (uint64_t at = 0; at < file->size(); at += kSlice)
      ranges.push_back({file.get(), {at, std::min(at + kSlice, file->size())}});
    total += file->size();
  }
  std::atomic<size_t> next = 0;
  std::atomic<uint64_t> sum = 0;
  const auto start = std::chrono::steady_clock::now();
  const double cpu_start = CpuSeconds();
  std::vector<std::thread> workers;
  for (int worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&] {
      for (size_t at; (at = next++) < ranges.size();) sum += kernel(*ranges[at].first, ranges[at].second);
    });
  }
  for (auto& worker : workers) worker.join();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double cpu_seconds = CpuSeconds() - cpu_start;
  if (sum == 1) std::puts("");  // keeps the sum alive
  const double megabytes = static_cast<double>(total) / 1e6;
  return {megabytes / seconds, megabytes / cpu_seconds};
}

uint64_t Copy(const MemoryFile& file, ByteRange range) {
  static thread_local std::vector<char> buffer(4 << 20);
  return *file.ReadAt(range.begin, buffer.data(), range.size()) + static_cast<unsigned char>(buffer[0]);
}

// The output files of an export's folder, or the files named themselves, in memory.
Files Load(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      names.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.path().filename().string().starts_with("output-")) names.push_back(entry.path().string());
    }
  }
  Files files;
  for (const std::string& name : names) {
    std::ifstream in(name, std::ios::binary);
    std::string bytes(std::filesystem::file_size(name), '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      Must(absl::NotFoundError("cannot read " + name));
    files.push_back(std::make_unique<MemoryFile>(name, std::move(bytes)));
  }
  return files;
}

}  // namespace
}  // namespace datahaul

int main(int argc, char** argv) {
  using namespace datahaul;
  int threads = 1, repeat = 5;
  std::string only;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--threads" && i + 1 < argc) {
      threads = std::atoi(argv[++i]);
    } else if (arg == "--repeat" && i + 1 < argc) {
      repeat = std::atoi(argv[++i]);
    } else if (arg == "--only" && i + 1 < argc) {
      only = argv[++i];
    } else {
      paths.push_back(arg);
    }
  }
  const Files files = Load(paths);
  const std::vector<std::pair<std::string, Kernel>> kernels = {
      {"copy", Copy},
      {"framing", Framing},
      {"wire_walk", FramingAndWalk},
      {"values", [](const MemoryFile& f, ByteRange r) { return Records(f, r, {false, false, false}); }},
      {"values+sketch", Sketch},
      {"values+text", [](const MemoryFile& f, ByteRange r) { return Records(f, r, {true, false, false}); }},
      {"typed_ndjson", [](const MemoryFile& f, ByteRange r) { return Records(f, r, {true, true, true}); }},
  };
  std::vector<Speed> best(kernels.size());
  for (int i = 0; i < repeat; ++i) {  // interleaved, so that a slow moment hits all
    for (size_t k = 0; k < kernels.size(); ++k) {
      if (!only.empty() && only != kernels[k].first) continue;
      const Speed speed = Run(files, threads, kernels[k].second);
      best[k] = {std::max(best[k].time, speed.time), std::max(best[k].cpu, speed.cpu)};
    }
  }
  for (size_t k = 0; k < kernels.size(); ++k) {
    if (best[k].time > 0) std::printf("%s %.0f %.0f\n", kernels[k].first.c_str(), best[k].time, best[k].cpu);
  }
}
