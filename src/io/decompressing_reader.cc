#include "io/decompressing_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "io/stream_decompressor.h"

namespace datahaul {
namespace {

constexpr size_t kInput = 64 << 10;
constexpr size_t kWindow = 256 << 10;
constexpr size_t kKept = kWindow / 2;

class DecompressingReader final : public ByteReader {
 public:
  DecompressingReader(const ByteReader* compressed, Compression compression,
                      std::unique_ptr<StreamDecompressor> decompressor)
      : compressed_(compressed),
        compression_(compression),
        decompressor_(std::move(decompressor)),
        input_(new char[kInput]),
        window_(new char[kWindow]) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    const std::lock_guard lock(mutex_);
    if (offset < window_begin_) Restart();
    size_t done = 0;
    while (done < size) {
      const size_t got = CopyFromWindow(offset + done, out + done, size - done);
      done += got;
      if (got > 0) continue;
      if (at_end_) break;
      DH_RETURN_IF_ERROR(Refill());
    }
    return done;
  }

  uint64_t size() const override {
    const std::lock_guard lock(mutex_);
    return size_;
  }

  const std::string& uri() const override { return compressed_->uri(); }

 private:
  uint64_t window_end() const { return window_begin_ + window_size_; }

  size_t CopyFromWindow(uint64_t offset, char* out, size_t size) const {
    if (offset >= window_end()) return 0;
    const size_t n = static_cast<size_t>(std::min<uint64_t>(size, window_end() - offset));
    std::memcpy(out, window_.get() + (offset - window_begin_), n);
    return n;
  }

  void Restart() const {
    decompressor_->Reset();
    input_begin_ = input_used_ = input_size_ = 0;
    window_begin_ = window_size_ = 0;
    at_end_ = false;
    damage_ = absl::OkStatus();
  }

  // Adds at least a byte to the window, or sets at_end_.
  absl::Status Refill() const {
    DH_RETURN_IF_ERROR(damage_);  // a decompressor is of no use after an error
    if (window_size_ == kWindow) DropOldest();
    const size_t before = window_size_;
    while (window_size_ == before && !at_end_) {
      if (input_used_ == input_size_) DH_RETURN_IF_ERROR(RefillInput());
      // Even with no input left there may be output that the window had no room for.
      DH_RETURN_IF_ERROR(Decompress());
      if (input_size_ == 0 && window_size_ == before) DH_RETURN_IF_ERROR(End());
    }
    return absl::OkStatus();
  }

  void DropOldest() const {
    const size_t dropped = window_size_ - kKept;
    std::memmove(window_.get(), window_.get() + dropped, kKept);
    window_begin_ += dropped;
    window_size_ = kKept;
  }

  absl::Status RefillInput() const {
    const uint64_t offset = input_begin_ + input_size_;
    auto size = compressed_->ReadAt(offset, input_.get(), kInput);
    if (!size.ok()) return std::move(size).status();
    input_begin_ = offset;
    input_size_ = *size;
    input_used_ = 0;
    return absl::OkStatus();
  }

  absl::Status Decompress() const {
    const StreamDecompressor::Progress progress = decompressor_->Decompress(
        {input_.get() + input_used_, input_size_ - input_used_}, window_.get() + window_size_, kWindow - window_size_);
    input_used_ += progress.consumed;
    window_size_ += progress.produced;
    return progress.damage == nullptr ? absl::OkStatus() : Damaged(progress.damage);
  }

  absl::Status End() const {
    if (!decompressor_->between_members()) return Damaged("the end of the file in the middle of it");
    at_end_ = true;
    size_ = window_end();
    return absl::OkStatus();
  }

  absl::Status Damaged(std::string_view found) const {
    const std::string_view unit = compression_ == Compression::kGzip ? "gzip member" : "zstd frame";
    damage_ = DataError(StrCat("decompressing ", uri(), " at compressed byte ", input_begin_ + input_used_,
                               ": expected an undamaged ", unit, ", found: ", found));
    return damage_;
  }

  const ByteReader* const compressed_;
  const Compression compression_;

  // Reading moves all of this, which a ByteReader's user need not know.
  mutable std::mutex mutex_;
  const std::unique_ptr<StreamDecompressor> decompressor_;
  const std::unique_ptr<char[]> input_;   // [input_used_, input_size_) is yet to be decompressed
  const std::unique_ptr<char[]> window_;  // the last decompressed bytes
  mutable uint64_t input_begin_ = 0;      // offset of input_ in the compressed object
  mutable size_t input_used_ = 0, input_size_ = 0;
  mutable uint64_t window_begin_ = 0;  // offset of window_ in the decompressed bytes
  mutable size_t window_size_ = 0;
  mutable bool at_end_ = false;
  mutable absl::Status damage_;
  mutable uint64_t size_ = kUnknownSize;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteReader>> NewDecompressingReader(const ByteReader* compressed,
                                                                   Compression compression) {
  if (compression == Compression::kNone) {
    return UsageError(StrCat("decompressing ", compressed->uri(), ": expected gzip or zstd, found none"));
  }
  auto decompressor = NewStreamDecompressor(compression);
  if (decompressor == nullptr) {
    return absl::ResourceExhaustedError(StrCat("decompressing ", compressed->uri(), ": not enough memory"));
  }
  return std::make_unique<DecompressingReader>(compressed, compression, std::move(decompressor));
}

}  // namespace datahaul
