// The hash of a record, of which digests are made: XXH3-128 over its canonical form, which is its typed NDJSON line
// without the newline and without app ids. docs/formats/digest.md specifies it.
#ifndef DATAHAUL_FORMAT_NDJSON_RECORD_HASHER_H_
#define DATAHAUL_FORMAT_NDJSON_RECORD_HASHER_H_

#include <string_view>

#include "format/ndjson/typed_encoder.h"
#include "model/digest.h"
#include "model/record.h"

namespace datahaul {

// XXH3-128 of a typed NDJSON line without its newline. Safe for concurrent use.
Hash128 HashLine(std::string_view line);

// Keeps scratch memory: reuse one per thread. Not safe for concurrent use.
class RecordHasher {
 public:
  Hash128 HashRecord(const Record& record);  // key and contents
  Hash128 HashKey(const Key& key);           // the key object alone

  // For who writes the record that was hashed last in another form: the texts of its numbers, and whether all strings
  // in it are known to be UTF-8.
  DoubleTexts* doubles() { return &doubles_; }
  bool texts_are_utf8() const { return texts_are_utf8_; }

 private:
  DoubleTexts doubles_;
  TypedEncoder encoder_{EncodeOptions(), &doubles_};
  bool texts_are_utf8_ = false;
  ByteBuffer scratch_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_RECORD_HASHER_H_
