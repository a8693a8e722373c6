#include "format/ndjson/json_index.h"

#include <algorithm>
#include <bit>
#include <new>
#include <simdjson.h>

#include "base/bytes.h"

namespace datahaul {
namespace {

// What is kept for the next text. An index takes four bytes for each byte of text: one giant record must not hold that
// for ever.
constexpr size_t kSmallest = 4 << 10;
constexpr size_t kLargestKept = 1 << 20;

static_assert(simdjson::SIMDJSON_PADDING <= kSlack);

std::string_view ProblemOf(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "bytes that are not UTF-8";
    case simdjson::UNESCAPED_CHARS:
      return "a control character in a string";
    case simdjson::UNCLOSED_STRING:
      return "a string without an end";
    default:
      return simdjson::error_message(error);
  }
}

}  // namespace

struct JsonIndex::Scanner {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;

  bool Fits(size_t size) const {
    return implementation != nullptr && implementation->capacity() >= size &&
           (implementation->capacity() <= kLargestKept || size > kLargestKept);
  }

  void MakeRoom(size_t size) {
    if (Fits(size)) return;
    constexpr size_t kUnusedDepth = 1;
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        std::bit_ceil(std::max(size, kSmallest)), kUnusedDepth, implementation);
    if (error != simdjson::SUCCESS) throw std::bad_alloc();
  }
};

JsonIndex::JsonIndex() : scanner_(std::make_unique<Scanner>()) {}
JsonIndex::~JsonIndex() = default;

bool JsonIndex::Index(std::string_view text) {
  static constexpr uint32_t kNoTokens[] = {0};
  scanner_->MakeRoom(text.size());
  auto& implementation = *scanner_->implementation;
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  const simdjson::error_code error = implementation.stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS && error != simdjson::EMPTY) {
    tokens_ = kNoTokens;
    problem_ = ProblemOf(error);
    return false;
  }
  const size_t count = error == simdjson::EMPTY ? 0 : implementation.n_structural_indexes;
  implementation.structural_indexes[count] = static_cast<uint32_t>(text.size());
  tokens_ = implementation.structural_indexes.get();
  return true;
}

}  // namespace datahaul
