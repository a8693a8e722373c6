// Keys as paths for people: users/ann/orders/5.
#ifndef DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_
#define DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "model/arena.h"
#include "model/value.h"

namespace datahaul {

// How a key is spelled. Different paths give different texts: segments are percent-encoded (all but A-Z a-z 0-9
// - . _ ~), numeric ids stand bare, and a name that is empty or looks like a number is put in quotes. An incomplete
// element has no segment behind its kind; further up in the path, where none is known to occur, an empty one.
//
// `quote` is how a double quote is written where the text goes, at most 3 bytes. The writers need KeyTextRoom(key)
// bytes at `out` and return the new end.
inline constexpr std::string_view kQuote = "\"", kQuoteInJson = "\\\"", kQuoteInJsonTwice = "\\\"\"";
size_t KeyTextRoom(const Key& key);
char* WriteKeyPath(char* out, const Key& key, std::string_view quote);
// The same, with "//database/namespace/" before it unless both are the defaults.
char* WriteReference(char* out, const Key& key, std::string_view quote);

// What WriteReference writes as plain text: a table's reference.
void AppendReferenceText(const Key& key, ByteBuffer* out);

// Reads it back. What is not in `text` is in `arena`, and the app id "". False if it is malformed; *key is then
// unspecified.
bool ParseReferenceText(std::string_view text, Arena* arena, Key* key);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_KEY_PATH_H_
