#ifndef DATAHAUL_OBJECTS_RETRYING_RETRYING_READER_H_
#define DATAHAUL_OBJECTS_RETRYING_RETRYING_READER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"
#include "retry/call.h"

namespace datahaul {

// `inner`, which may return fewer bytes than asked for where a connection breaks: read on from there. Each byte that
// arrives begins a new budget of attempts. Safe for concurrent use.
class RetryingReader final : public ByteReader {
 public:
  // `retrier` must outlive it.
  RetryingReader(std::unique_ptr<ByteReader> inner, Retrier* retrier) : inner_(std::move(inner)), retrier_(retrier) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override;
  uint64_t size() const override { return inner_->size(); }
  const std::string& uri() const override { return inner_->uri(); }
  std::string_view version() const override { return inner_->version(); }

 private:
  const std::unique_ptr<ByteReader> inner_;
  Retrier* const retrier_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_RETRYING_RETRYING_READER_H_
