#include "objects/gcs/gcs_object.h"

#include <simdjson.h>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/answer.h"

namespace datahaul {
namespace {

using Element = simdjson::dom::element;

// Google writes 64-bit integers as texts; emulators don't always.
std::string TextOf(const Element& element, const char* name) {
  std::string_view text;
  if (element[name].get(text) == simdjson::SUCCESS) return std::string(text);
  uint64_t number = 0;
  return element[name].get(number) == simdjson::SUCCESS ? StrCat(number) : "";
}

absl::Status Malformed(std::string_view where, std::string_view expected) {
  return DataError(StrCat(where, ": expected ", expected, " as the answer, found something else; is the ",
                          "endpoint that of such a store?"));
}

absl::StatusOr<GcsObject> ObjectOf(std::string_view where, const Element& element) {
  GcsObject object{.name = TextOf(element, "name"), .generation = TextOf(element, "generation")};
  if (object.name.empty() || object.generation.empty()) return Malformed(where, "an object's name and generation");
  DH_ASSIGN_OR_RETURN(object.size, ParseSize(StrCat(where, ": ", object.name), TextOf(element, "size")));
  object.crc32c = ParseCrc32c(TextOf(element, "crc32c"));
  object.created = ParseTime(TextOf(element, "timeCreated"));
  return object;
}

}  // namespace

absl::StatusOr<GcsObject> ParseGcsObject(std::string_view where, const std::string& json) {
  simdjson::dom::parser parser;
  Element root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return Malformed(where, "an object");
  return ObjectOf(where, root);
}

absl::StatusOr<GcsPage> ParseGcsPage(std::string_view where, const std::string& json) {
  simdjson::dom::parser parser;
  Element root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS || !root.is_object()) return Malformed(where, "a listing");
  GcsPage page{.next = TextOf(root, "nextPageToken")};
  simdjson::dom::array items;
  const simdjson::error_code error = root["items"].get(items);
  if (error == simdjson::NO_SUCH_FIELD) return page;
  if (error != simdjson::SUCCESS) return Malformed(where, "a listing");
  for (const Element item : items) {
    DH_ASSIGN_OR_RETURN(GcsObject object, ObjectOf(where, item));
    page.objects.push_back(std::move(object));
  }
  return page;
}

absl::StatusOr<GcsRewrite> ParseGcsRewrite(std::string_view where, const std::string& json) {
  simdjson::dom::parser parser;
  Element root, resource;
  bool done = false;
  if (parser.parse(json).get(root) != simdjson::SUCCESS || root["done"].get(done) != simdjson::SUCCESS) {
    return Malformed(where, "how far a copy is");
  }
  GcsRewrite rewrite{.token = TextOf(root, "rewriteToken")};
  if (!done && !rewrite.token.empty()) return rewrite;
  if (!done || root["resource"].get(resource) != simdjson::SUCCESS) return Malformed(where, "a copy or its token");
  DH_ASSIGN_OR_RETURN(rewrite.done, ObjectOf(where, resource));
  return rewrite;
}

}  // namespace datahaul
