#include "io/stream_decompressor.h"

#include <algorithm>
#include <climits>
#include <utility>
#include <zlib.h>
#include <zstd.h>

namespace datahaul {
namespace {

class GzipDecompressor final : public StreamDecompressor {
 public:
  ~GzipDecompressor() override { inflateEnd(&stream_); }

  bool Init() {
    constexpr int kLargestWindowWithGzipHeader = 15 + 16;
    return inflateInit2(&stream_, kLargestWindowWithGzipHeader) == Z_OK;
  }

  Progress Decompress(std::string_view in, char* out, size_t room) override {
    if (between_members_ && !in.empty()) {
      inflateReset(&stream_);
      between_members_ = false;
    }
    SetBuffers(in, out, room);
    const uInt in_before = stream_.avail_in, out_before = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    Progress progress{in_before - stream_.avail_in, out_before - stream_.avail_out, nullptr};
    if (result == Z_STREAM_END) {
      between_members_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {  // the latter only asks for more input or room
      progress.damage = stream_.msg != nullptr ? stream_.msg : zError(result);
    }
    return progress;
  }

  bool between_members() const override { return between_members_; }

  void Reset() override {
    inflateReset(&stream_);
    between_members_ = true;
  }

 private:
  void SetBuffers(std::string_view in, char* out, size_t room) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min<size_t>(in.size(), UINT_MAX));
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(room, UINT_MAX));
  }

  z_stream stream_{};
  bool between_members_ = true;
};

class ZstdDecompressor final : public StreamDecompressor {
 public:
  ~ZstdDecompressor() override { ZSTD_freeDCtx(context_); }

  bool Init() {
    context_ = ZSTD_createDCtx();
    return context_ != nullptr;
  }

  Progress Decompress(std::string_view in, char* out, size_t room) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out, room, 0};
    const size_t result = ZSTD_decompressStream(context_, &output, &input);
    Progress progress{input.pos, output.pos, nullptr};
    if (ZSTD_isError(result)) {
      progress.damage = ZSTD_getErrorName(result);
    } else if (input.pos > 0 || output.pos > 0) {
      between_frames_ = result == 0;
    }
    return progress;
  }

  bool between_members() const override { return between_frames_; }

  void Reset() override {
    ZSTD_DCtx_reset(context_, ZSTD_reset_session_only);
    between_frames_ = true;
  }

 private:
  ZSTD_DCtx* context_ = nullptr;
  bool between_frames_ = true;
};

template <typename Decompressor>
std::unique_ptr<StreamDecompressor> Make() {
  auto decompressor = std::make_unique<Decompressor>();
  if (!decompressor->Init()) return nullptr;
  return decompressor;
}

}  // namespace

std::unique_ptr<StreamDecompressor> NewStreamDecompressor(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return nullptr;
    case Compression::kGzip:
      return Make<GzipDecompressor>();
    case Compression::kZstd:
      return Make<ZstdDecompressor>();
  }
  return nullptr;
}

}  // namespace datahaul
