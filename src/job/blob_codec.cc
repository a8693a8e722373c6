#include "job/blob_codec.h"

#include <functional>

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

// A field is its tag (1 byte), the length of its value (4 bytes) and the value; numbers are 8 bytes. Tags are never
// reused.
enum SpecTag : uint8_t {
  kSource = 1,
  kSink = 2,
  kOptionName = 3,  // followed by its value
  kOptionValue = 4,
  kKind = 5,
  kNamespace = 6,
  kLimit = 7,
  kMaxRejects = 8,
  kCommand = 9,
  kQueue = 10,
  kHost = 11,
  kMostLeases = 12,
};
enum SnapshotTag : uint8_t {
  kState = 1,
  kObjects = 2,
  kBytes = 3,
  kRecords = 4,
  kNote = 5,
  kPayloadBytes = 7,
  kNamedNamespace = 8,  // followed by the kind
  kNamedKind = 9,
  kSpool = 10,
  kSpooled = 11,
};

void Put(std::string& blob, uint8_t tag, std::string_view value) {
  char length[4];
  StoreLE<uint32_t>(length, static_cast<uint32_t>(value.size()));
  blob += static_cast<char>(tag);
  blob.append(length, sizeof length).append(value);
}

void PutNumber(std::string& blob, uint8_t tag, uint64_t number) {
  char value[8];
  StoreLE<uint64_t>(value, number);
  Put(blob, tag, {value, sizeof value});
}

uint64_t Number(std::string_view value) { return value.size() == 8 ? LoadLE<uint64_t>(value.data()) : 0; }

// Calls `field` for each; it returns false for a tag that it does not know.
absl::Status ForEachField(std::string_view blob, std::string_view what,
                          const std::function<bool(uint8_t tag, std::string_view value)>& field) {
  constexpr size_t kHead = 5;
  while (!blob.empty()) {
    const uint64_t length = blob.size() < kHead ? 0 : LoadLE<uint32_t>(blob.data() + 1);
    if (blob.size() < kHead || length > blob.size() - kHead) {
      return DataError(StrCat("reading a job's ", what, ": the job store is damaged: a field is cut off"));
    }
    const uint8_t tag = static_cast<uint8_t>(blob[0]);
    if (!field(tag, blob.substr(kHead, length))) {
      return DataError(
          StrCat("reading a job's ", what, ": unknown field ", int{tag}, "; was it written by a newer datahaul?"));
    }
    blob.remove_prefix(kHead + length);
  }
  return absl::OkStatus();
}

bool SetSpecField(JobSpec& spec, uint8_t tag, std::string_view value) {
  switch (tag) {
    case kSource:
      spec.source = value;
      return true;
    case kSink:
      spec.sink = value;
      return true;
    case kOptionName:
      spec.options.emplace_back(value, "");
      return true;
    case kOptionValue:
      if (!spec.options.empty()) spec.options.back().second = value;
      return !spec.options.empty();
    case kKind:
      spec.selection.kinds.emplace_back(value);
      return true;
    case kNamespace:
      spec.selection.namespaces.emplace_back(value);
      return true;
    case kLimit:
      spec.selection.limit = Number(value);
      return true;
    case kMaxRejects:
      spec.max_rejects = Number(value);
      return true;
    case kCommand:
      spec.command = value;
      return true;
    case kQueue:
      spec.queue = value;
      return true;
    case kHost:
      spec.host = value;
      return true;
    case kMostLeases:
      spec.most_leases = Number(value);
      return true;
    default:
      return false;
  }
}

// Three numbers, the length of the namespace (4 bytes), the namespace and the kind.
constexpr size_t kSpooledHead = 28;

std::string SpooledField(const KindName& name, const KindDigest& digest) {
  char head[kSpooledHead];
  StoreLE<uint64_t>(head, digest.records);
  StoreLE<uint64_t>(head + 8, digest.sum.low);
  StoreLE<uint64_t>(head + 16, digest.sum.high);
  StoreLE<uint32_t>(head + 24, static_cast<uint32_t>(name.ns.size()));
  return StrCat(std::string_view(head, sizeof head), name.ns, name.kind);
}

bool SetSpooled(Digests& spooled, std::string_view value) {
  if (value.size() < kSpooledHead || LoadLE<uint32_t>(value.data() + 24) > value.size() - kSpooledHead) return false;
  const KindDigest digest{LoadLE<uint64_t>(value.data()),
                          {LoadLE<uint64_t>(value.data() + 8), LoadLE<uint64_t>(value.data() + 16)}};
  const size_t ns = LoadLE<uint32_t>(value.data() + 24);
  const std::string_view names = value.substr(kSpooledHead);
  return spooled.try_emplace({std::string(names.substr(0, ns)), std::string(names.substr(ns))}, digest).second;
}

bool SetSnapshotField(Snapshot& snapshot, uint8_t tag, std::string_view value) {
  switch (tag) {
    case kState:
      snapshot.state = value;
      return true;
    case kObjects:
      snapshot.objects = Number(value);
      return true;
    case kBytes:
      snapshot.bytes = Number(value);
      return true;
    case kRecords:
      snapshot.records = Number(value);
      return true;
    case kNote:
      snapshot.notes.emplace_back(value);
      return true;
    case kPayloadBytes:
      snapshot.payload_bytes = Number(value);
      return true;
    case kNamedNamespace:
      snapshot.kinds.emplace_back().ns = value;
      return true;
    case kNamedKind:
      if (!snapshot.kinds.empty()) snapshot.kinds.back().kind = value;
      return !snapshot.kinds.empty();
    case kSpool:
      snapshot.spool = static_cast<Snapshot::Spool>(Number(value));
      return snapshot.spool <= Snapshot::Spool::kWhole;
    case kSpooled:
      return SetSpooled(snapshot.spooled, value);
    default:
      return false;
  }
}

}  // namespace

std::string EncodeSpec(const JobSpec& spec) {
  std::string blob;
  Put(blob, kSource, spec.source);
  Put(blob, kSink, spec.sink);
  for (const auto& [name, value] : spec.options) {
    Put(blob, kOptionName, name);
    Put(blob, kOptionValue, value);
  }
  for (const std::string& kind : spec.selection.kinds) Put(blob, kKind, kind);
  for (const std::string& ns : spec.selection.namespaces) Put(blob, kNamespace, ns);
  if (spec.selection.limit) PutNumber(blob, kLimit, *spec.selection.limit);
  PutNumber(blob, kMaxRejects, spec.max_rejects);
  Put(blob, kCommand, spec.command);
  if (!spec.queue.empty()) Put(blob, kQueue, spec.queue);
  if (!spec.host.empty()) Put(blob, kHost, spec.host);
  if (spec.most_leases != 0) PutNumber(blob, kMostLeases, spec.most_leases);
  return blob;
}

absl::StatusOr<JobSpec> DecodeSpec(std::string_view blob) {
  JobSpec spec;
  DH_RETURN_IF_ERROR(ForEachField(
      blob, "description", [&spec](uint8_t tag, std::string_view value) { return SetSpecField(spec, tag, value); }));
  return spec;
}

std::string EncodeSnapshot(const Snapshot& snapshot) {
  std::string blob;
  Put(blob, kState, snapshot.state);
  PutNumber(blob, kObjects, snapshot.objects);
  PutNumber(blob, kBytes, snapshot.bytes);
  if (snapshot.records) PutNumber(blob, kRecords, *snapshot.records);
  if (snapshot.payload_bytes) PutNumber(blob, kPayloadBytes, *snapshot.payload_bytes);
  for (const KindName& name : snapshot.kinds) {
    Put(blob, kNamedNamespace, name.ns);
    Put(blob, kNamedKind, name.kind);
  }
  for (const std::string& note : snapshot.notes) Put(blob, kNote, note);
  if (snapshot.spool != Snapshot::Spool::kNone) PutNumber(blob, kSpool, static_cast<uint64_t>(snapshot.spool));
  for (const auto& [name, digest] : snapshot.spooled) Put(blob, kSpooled, SpooledField(name, digest));
  return blob;
}

absl::StatusOr<Snapshot> DecodeSnapshot(std::string_view blob) {
  Snapshot snapshot;
  DH_RETURN_IF_ERROR(ForEachField(blob, "snapshot", [&snapshot](uint8_t tag, std::string_view value) {
    return SetSnapshotField(snapshot, tag, value);
  }));
  return snapshot;
}

}  // namespace datahaul
