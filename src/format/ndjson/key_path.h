// Keys as paths for people: users/ann/orders/5.
#ifndef DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_
#define DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_

#include <string_view>

#include "base/bytes.h"
#include "model/arena.h"
#include "model/value.h"

namespace datahaul {

// Appends the path of `key`, ready to stand inside a JSON string. Different paths give different texts: segments are
// percent-encoded (all but A-Z a-z 0-9 - . _ ~), numeric ids stand bare, and a name that is empty or looks like a
// number is put in quotes, which the JSON string escapes. An incomplete element has no segment behind its kind; further
// up in the path, where none is known to occur, an empty one.
void AppendKeyPath(const Key& key, ByteBuffer* out);

// The same, with "//database/namespace/" before it unless both are the defaults.
void AppendReferencePath(const Key& key, ByteBuffer* out);

// What AppendReferencePath writes as plain text, that is with quotes as they are: a table's reference.
void AppendReferenceText(const Key& key, ByteBuffer* out);

// Reads it back. What is not in `text` is in `arena`, and the app id "". False if it is malformed; *key is then
// unspecified.
bool ParseReferenceText(std::string_view text, Arena* arena, Key* key);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_
