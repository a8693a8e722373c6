// Keys as paths for people: users/ann/orders/5.
#ifndef DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_
#define DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_

#include "base/bytes.h"
#include "model/value.h"

namespace datahaul {

// Appends the path of `key`, ready to stand inside a JSON string. Different paths give different texts: segments are
// percent-encoded (all but A-Z a-z 0-9 - . _ ~), numeric ids stand bare, and a name that is empty or looks like a
// number is put in quotes, which the JSON string escapes. An incomplete element has no segment behind its kind; further
// up in the path, where none is known to occur, an empty one.
void AppendKeyPath(const Key& key, ByteBuffer* out);

// The same, with "//database/namespace/" before it unless both are the defaults.
void AppendReferencePath(const Key& key, ByteBuffer* out);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_
