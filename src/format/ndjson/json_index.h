// Where the tokens of JSON text begin, found with vector instructions.
#ifndef DATAHAUL_FORMAT_NDJSON_JSON_INDEX_H_
#define DATAHAUL_FORMAT_NDJSON_JSON_INDEX_H_

#include <cstdint>
#include <memory>
#include <string_view>

namespace datahaul {

// The first stage of simdjson, for the best instruction set of this machine. A token is one of {}[]:, or the first
// character of anything else that is not white space: a string's opening quote, a number, a literal.
// Not safe for concurrent use.
class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();

  // Indexes `text`, which may be several JSON texts and must be readable kSlack bytes past its end. False if it is not
  // UTF-8, has a control character inside a string or ends inside one; problem() then says which.
  bool Index(std::string_view text);

  // Offsets of the tokens, ascending; then the text's size. Valid until the next Index.
  const uint32_t* tokens() const { return tokens_; }
  std::string_view problem() const { return problem_; }

 private:
  struct Scanner;
  const std::unique_ptr<Scanner> scanner_;
  const uint32_t* tokens_ = nullptr;
  std::string_view problem_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_JSON_INDEX_H_
