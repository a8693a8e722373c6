// How fast Google's C++ protobuf parses the records of an export: generated EntityProto on an arena, embedded entities
// included. Only parsing is timed: the files are read and unframed before.
//
//   protobuf_peer [--repeat N] PATH...       PATH: output files, or folders to search for output-*
//
// Prints one line a repeat: "protobuf_parse <MB/s>", where MB are 10^6 bytes of the files.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "entity.pb.h"
#include <google/protobuf/arena.h>

namespace {

using datahaul::peer::EntityProto;
using datahaul::peer::Property;

constexpr size_t kBlock = 32768;
constexpr size_t kHeader = 7;

struct Input {
  std::deque<std::string> files;   // whole files
  std::deque<std::string> joined;  // records that were fragmented
  std::vector<std::string_view> records;
  uint64_t bytes = 0;
};

// Framing only; the checksums are the other programs' business.
void Unframe(std::string_view file, Input* input) {
  enum { kZero, kFull, kFirst, kMiddle, kLast };
  std::string pending;
  for (size_t at = 0; at < file.size();) {
    if (kBlock - at % kBlock < kHeader) {
      at += kBlock - at % kBlock;
      continue;
    }
    if (at + kHeader > file.size()) throw std::runtime_error("a cut record header");
    size_t length = static_cast<uint8_t>(file[at + 4]) | static_cast<size_t>(static_cast<uint8_t>(file[at + 5])) << 8;
    int type = file[at + 6];
    if (type == kZero) return;
    if (at + kHeader + length > file.size()) throw std::runtime_error("a cut record");
    std::string_view data = file.substr(at + kHeader, length);
    at += kHeader + length;
    if (type == kFull) {
      input->records.push_back(data);
      continue;
    }
    if (type == kFirst) pending.clear();
    pending.append(data);
    if (type == kLast) input->records.push_back(input->joined.emplace_back(std::move(pending)));
  }
}

void Load(const std::filesystem::path& path, Input* input) {
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.path().filename().string().starts_with("output-"))
        found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    for (const auto& file : found) Load(file, input);
    return;
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("can't open " + path.string());
  std::string& data = input->files.emplace_back(std::filesystem::file_size(path), '\0');
  stream.read(data.data(), static_cast<std::streamsize>(data.size()));
  input->bytes += data.size();
  Unframe(data, input);
}

uint64_t Parse(std::string_view bytes, google::protobuf::Arena* arena);

// Parses what is embedded in these properties; returns the number of properties seen, so that the work is used.
uint64_t ParseEmbedded(const google::protobuf::RepeatedPtrField<Property>& properties, google::protobuf::Arena* arena) {
  uint64_t seen = 0;
  for (const Property& property : properties) {
    ++seen;
    if (property.meaning() == Property::ENTITY_PROTO) seen += Parse(property.value().string_value(), arena);
  }
  return seen;
}

uint64_t Parse(std::string_view bytes, google::protobuf::Arena* arena) {
  auto* entity = google::protobuf::Arena::CreateMessage<EntityProto>(arena);
  if (!entity->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw std::runtime_error("a record that does not parse");
  return ParseEmbedded(entity->property(), arena) + ParseEmbedded(entity->raw_property(), arena);
}

}  // namespace

int main(int argc, char** argv) try {
  int repeat = 5;
  Input input;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--repeat") == 0 && i + 1 < argc) {
      repeat = std::atoi(argv[++i]);
    } else {
      Load(argv[i], &input);
    }
  }
  if (input.records.empty()) {
    std::fputs("usage: protobuf_peer [--repeat N] PATH...\n", stderr);
    return 2;
  }

  std::vector<char> first_block(1 << 20);  // big enough for nearly every record: the arena then allocates nothing
  google::protobuf::ArenaOptions options;
  options.initial_block = first_block.data();
  options.initial_block_size = first_block.size();
  google::protobuf::Arena arena(options);
  for (int i = 0; i < repeat; ++i) {
    uint64_t properties = 0;
    auto start = std::chrono::steady_clock::now();
    for (std::string_view record : input.records) {
      properties += Parse(record, &arena);
      arena.Reset();
    }
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("protobuf_parse %.1f\n", static_cast<double>(input.bytes) / 1e6 / took.count());
    std::fprintf(stderr, "%zu records, %llu properties, %.1f MB\n", input.records.size(),
                 static_cast<unsigned long long>(properties), static_cast<double>(input.bytes) / 1e6);
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "protobuf_peer: %s\n", e.what());
  return 1;
}
