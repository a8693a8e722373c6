// Answers of object stores: XML that is read is written, and read again, as the same; and whatever a store answers, a
// listing has only what is below the folder that was listed, in order.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/check.h"

#include "base/text.h"
#include "objects/azure/azure_store.h"
#include "objects/gcs/gcs_store.h"
#include "objects/s3/s3_store.h"
#include "objects/xml.h"
#include "testing/fake_http.h"
#include "testing/sim_clock.h"

namespace datahaul {
namespace {

std::string Written(const XmlElement& element) {
  std::string text = StrCat("<", element.name, ">", XmlText(element.text));
  for (const XmlElement& child : element.children) text += Written(child);
  return StrCat(text, "</", element.name, ">");
}

bool Same(const XmlElement& a, const XmlElement& b) {
  if (a.name != b.name || a.text != b.text || a.children.size() != b.children.size()) return false;
  for (size_t i = 0; i < a.children.size(); ++i) {
    if (!Same(a.children[i], b.children[i])) return false;
  }
  return true;
}

// Line ends are read as \n, unless they are written as entities: XmlText has no need to.
bool HasLineEnds(std::string_view text) { return text.find('\r') != text.npos || text.find("&#") != text.npos; }

void CheckXml(std::string_view document) {
  const absl::StatusOr<XmlElement> root = ParseXml(document);
  if (!root.ok() || HasLineEnds(document)) return;
  const absl::StatusOr<XmlElement> again = ParseXml(Written(*root));
  Check(again.ok() && Same(*root, *again), "what was written reads as the same");
}

void CheckListing(std::string_view body) {
  SimClock clock;
  int pages = 0;
  FakeHttp http([&](const HttpRequest&) {
    return ++pages > 3 ? HttpResponse{.status = 200, .body = "<ListBucketResult/>"}
                       : HttpResponse{.status = 200, .body = std::string(body)};
  });
  const Environment environment = [](const char* name) -> std::string {
    return std::string_view(name).starts_with("AWS_") ? "x" : "";
  };
  const auto store = S3Store::New(&http, &clock, environment, {.region = "r", .endpoint = "http://127.0.0.1:1"});
  const auto objects = (*store)->List("s3://bucket/folder");
  if (!objects.ok()) return;
  for (size_t i = 0; i < objects->size(); ++i) {
    const ObjectInfo& object = (*objects)[i];
    Check(object.uri == StrCat("s3://bucket/folder/", object.name), "objects are below the folder");
    Check(i == 0 || (*objects)[i - 1].name <= object.name, "objects are in order");
  }
}

// What is said to be an upload can be used as one; nothing of one is listed.
void CheckGoogle(std::string_view body) {
  SimClock clock;
  int pages = 0;
  FakeHttp http(
      [&](const HttpRequest&) { return HttpResponse{.status = 200, .body = ++pages > 3 ? "{}" : std::string(body)}; });
  const Environment environment = [](const char*) { return std::string(); };
  const auto store = GcsStore::New(&http, &clock, environment, {.endpoint = "http://127.0.0.1:1"});
  const auto objects = (*store)->List("gs://bucket");
  for (size_t i = 0; objects.ok() && i < objects->size(); ++i) {
    const ObjectInfo& object = (*objects)[i];
    Check(object.uri == StrCat("gs://bucket/", object.name), "objects are in the bucket");
    Check(!object.name.starts_with(kGcsUploads), "nothing of an upload is listed");
    Check(i == 0 || (*objects)[i - 1].name <= object.name, "objects are in order");
  }
  pages = 0;
  const auto uploads = (*store)->ListUploads("gs://bucket/folder");
  for (size_t i = 0; uploads.ok() && i < uploads->size(); ++i) {
    const auto upload = ParseGcsUpload((*uploads)[i].upload);
    Check(upload.ok() && ToText(upload->object) == (*uploads)[i].uri, "handles name their objects");
  }
}

// Likewise.
void CheckAzure(std::string_view body) {
  SimClock clock;
  int pages = 0;
  FakeHttp http([&](const HttpRequest&) {
    return HttpResponse{.status = 200,
                        .body = ++pages > 3 ? "<EnumerationResults><Blobs/></EnumerationResults>" : std::string(body)};
  });
  const Environment environment = [](const char* name) -> std::string {
    return std::string_view(name) == "AZURE_STORAGE_CONNECTION_STRING" ? "UseDevelopmentStorage=true" : "";
  };
  const auto store = AzureStore::New(&http, &clock, environment, {});
  const auto objects = (*store)->List("az://container/folder");
  for (size_t i = 0; objects.ok() && i < objects->size(); ++i) {
    const ObjectInfo& object = (*objects)[i];
    Check(object.uri == StrCat("az://container/folder/", object.name), "objects are below the folder");
    Check(!AzureUploads::IsUploadKey(object.name), "nothing of an upload is listed");
    Check(i == 0 || (*objects)[i - 1].name <= object.name, "objects are in order");
  }
  pages = 0;
  const auto uploads = (*store)->ListUploads("az://container/folder");
  for (size_t i = 0; uploads.ok() && i < uploads->size(); ++i) {
    const UploadInfo& upload = (*uploads)[i];
    Check(upload.upload.ends_with(StrCat(" ", upload.uri)), "handles name their objects");
    Check(upload.uri.starts_with("az://container/folder"), "uploads are at and below the folder");
  }
}

}  // namespace
}  // namespace datahaul

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  datahaul::CheckXml(text);
  datahaul::CheckListing(text);
  datahaul::CheckGoogle(text);
  datahaul::CheckAzure(text);
  return 0;
}
