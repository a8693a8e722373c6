#include "io/compress.h"

#include <iterator>
#include <libdeflate.h>
#include <memory>
#include <string>
#include <zstd.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

struct Description {
  std::string_view name;
  std::string_view suffix;
  int default_level;
  int highest_level;
};

constexpr Description kDescriptions[] = {{"none", "", 0, 0}, {"gzip", ".gz", 6, 12}, {"zstd", ".zst", 3, 19}};

const Description& Describe(Compression compression) { return kDescriptions[static_cast<size_t>(compression)]; }

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

libdeflate_compressor* GzipCompressor(int level) {
  thread_local std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor;
  thread_local int level_made = 0;
  if (compressor == nullptr || level_made != level) {
    compressor.reset(libdeflate_alloc_compressor(level));
    level_made = level;
  }
  return compressor.get();
}

absl::Status OutOfMemory(Compression compression) {
  return absl::ResourceExhaustedError(
      StrCat("compressing with ", CompressionName(compression), ": not enough memory for its tables"));
}

absl::Status AppendGzipMember(int level, std::string_view in, ByteBuffer* out) {
  libdeflate_compressor* compressor = GzipCompressor(level);
  if (compressor == nullptr) return OutOfMemory(Compression::kGzip);
  const size_t room = libdeflate_gzip_compress_bound(compressor, in.size());
  out->Reserve(room);
  const size_t size = libdeflate_gzip_compress(compressor, in.data(), in.size(), out->end(), room);
  if (size == 0) return InternalError("compressing with gzip: the output outgrew its bound");
  out->Advance(size);
  return absl::OkStatus();
}

absl::Status ZstdError(size_t code) {
  return InternalError(StrCat("compressing with zstd: ", ZSTD_getErrorName(code)));
}

absl::Status AppendZstdFrame(int level, std::string_view in, ByteBuffer* out) {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  if (context == nullptr) return OutOfMemory(Compression::kZstd);
  const size_t set_level = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  if (ZSTD_isError(set_level)) return ZstdError(set_level);
  const size_t set_checksum = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  if (ZSTD_isError(set_checksum)) return ZstdError(set_checksum);
  const size_t room = ZSTD_compressBound(in.size());
  out->Reserve(room);
  const size_t size = ZSTD_compress2(context.get(), out->end(), room, in.data(), in.size());
  if (ZSTD_isError(size)) return ZstdError(size);
  out->Advance(size);
  return absl::OkStatus();
}

}  // namespace

std::string_view CompressionName(Compression compression) { return Describe(compression).name; }

std::string_view CompressionSuffix(Compression compression) { return Describe(compression).suffix; }

std::optional<Compression> ParseCompression(std::string_view name) {
  for (size_t i = 0; i < std::size(kDescriptions); ++i) {
    if (kDescriptions[i].name == name) return static_cast<Compression>(i);
  }
  return std::nullopt;
}

Compression CompressionOfFile(std::string_view name) {
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    if (name.ends_with(CompressionSuffix(compression))) return compression;
  }
  return Compression::kNone;
}

absl::Status CompressMember(Compression compression, int level, std::string_view in, ByteBuffer* out) {
  if (compression == Compression::kNone) {
    out->Append(in);
    return absl::OkStatus();
  }
  const Description& description = Describe(compression);
  if (level == kDefaultLevel) level = description.default_level;
  if (level < 1 || level > description.highest_level) {
    return UsageError(StrCat("compressing with ", description.name, ": expected a level from 1 to ",
                             description.highest_level, ", found ", level));
  }
  return compression == Compression::kGzip ? AppendGzipMember(level, in, out) : AppendZstdFrame(level, in, out);
}

}  // namespace datahaul
