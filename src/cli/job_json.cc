#include "cli/job_json.h"

#include "base/json_writer.h"
#include "cli/job_facts.h"
#include "cli/retry_name.h"
#include "report/units.h"

namespace datahaul {
namespace {

void WriteTime(std::string_view name, Micros time, JsonWriter* json) {
  json->Key(name);
  time == 0 ? json->Null() : json->Value(Rfc3339(time));
}

template <typename T>
void WriteOptional(std::string_view name, const std::optional<T>& value, JsonWriter* json) {
  json->Key(name);
  value ? json->Value(*value) : json->Null();
}

void WriteList(std::string_view name, const std::vector<std::string>& values, JsonWriter* json) {
  json->Key(name).BeginArray();
  for (const std::string& value : values) json->Value(value);
  json->EndArray();
}

void WriteTally(const Tally& tally, JsonWriter* json) {
  json->Field("read", tally.read).Field("written", tally.written);
  json->Field("filtered", tally.filtered).Field("rejected", tally.rejected);
}

void WriteSpec(const JobSpec& spec, JsonWriter* json) {
  json->Field("source", spec.source).Field("sink", spec.sink).Field("command", spec.command);
  json->Key("options").BeginObject();
  for (const auto& [name, value] : spec.options) json->Field(name, value);
  json->EndObject().Key("selection").BeginObject();
  WriteList("kinds", spec.selection.kinds, json);
  WriteList("namespaces", spec.selection.namespaces, json);
  WriteOptional("limit", spec.selection.limit, json);
  json->EndObject().Field("max_rejects", spec.max_rejects);
  json->Field("queue", spec.queue).Field("host", spec.host).Field("max_tasks", spec.most_leases);
}

void WriteKinds(const Job& job, JsonWriter* json) {
  json->Key("kinds").BeginArray();
  for (const auto& [name, tally] : job.counters.kinds) {
    json->BeginObject().Field("namespace", name.ns).Field("kind", name.kind);
    WriteTally(tally, json);
    if (const auto digest = job.digests.find(name); digest != job.digests.end()) {
      json->Field("digest", digest->second.sum.ToHex());
    }
    json->EndObject();
  }
  json->EndArray();
}

void WriteError(const Job& job, JsonWriter* json) {
  json->Key("error");
  if (job.error.empty()) {
    json->Null();
    return;
  }
  json->BeginObject().Field("message", job.error);
  json->Field("retry", RetryName(static_cast<Retry>(job.error_retry))).EndObject();
}

void WriteJob(const Job& job, Micros now, JobJsonDetail detail, JsonWriter* json) {
  json->BeginObject().Field("id", job.id).Field("state", ToString(job.state)).Field("phase", ToString(job.phase));
  WriteSpec(job.spec, json);
  WriteTime("created", job.created, json);
  WriteTime("updated", job.updated, json);
  WriteTime("finished", job.finished, json);
  json->Field("seconds", static_cast<double>(ElapsedTime(job, now)) / 1e6).Field("part_done", PartDone(job));
  json->Field("bytes_total", job.bytes_total);
  WriteOptional("records_promised", job.snapshot.records, json);
  WriteTally(job.counters.Total(), json);
  json->Key("counters").BeginObject();
  for (const auto& [name, value] : job.counters.named) json->Field(name, value);
  json->EndObject();
  if (detail == JobJsonDetail::kAll) WriteKinds(job, json);
  WriteList("notes", job.snapshot.notes, json);
  WriteError(job, json);
  json->EndObject();
}

std::string Line(JsonWriter& json) { return json.EndObject().text() + "\n"; }

}  // namespace

std::string JobJson(const Job& job, Micros now, JobJsonDetail detail) {
  JsonWriter json;
  WriteJob(job, now, detail, &json);
  return json.text();
}

std::string StartedEvent(const Job& job) {
  JsonWriter json;
  json.BeginObject().Field("type", "started").Field("job", job.id);
  json.Field("source", job.spec.source).Field("sink", job.spec.sink);
  return Line(json);
}

std::string ProgressEvent(const Job& job, double records_per_second, double bytes_per_second, Micros now) {
  JsonWriter json;
  json.BeginObject().Field("type", "progress").Field("job", job.id).Field("phase", ToString(job.phase));
  json.Field("seconds", static_cast<double>(ElapsedTime(job, now)) / 1e6).Field("part_done", PartDone(job));
  WriteTally(job.counters.Total(), &json);
  json.Field("scanned_bytes", Counter(job, "scanned_bytes"));
  json.Field("bytes_in", Counter(job, "bytes_in")).Field("bytes_out", Counter(job, "bytes_out"));
  json.Field("bytes_total", job.bytes_total);
  json.Field("records_per_second", records_per_second).Field("bytes_per_second", bytes_per_second);
  return Line(json);
}

std::string FinishedEvent(const Job& job, int exit_code, Micros now) {
  JsonWriter json;
  json.BeginObject().Field("type", "finished").Field("exit_code", exit_code).Key("job");
  json.Raw(JobJson(job, now, JobJsonDetail::kAll));
  return Line(json);
}

}  // namespace datahaul
