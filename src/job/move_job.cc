#include "job/move_job.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "job/blob_codec.h"
#include "job/job_transaction.h"

namespace datahaul {
namespace {

// What a column holds: a number, text, or bytes.
struct Field {
  char type = 'i';
  int64_t number = 0;
  std::string bytes;
};
using FieldRow = std::vector<Field>;

// A table of rows that belong to a job. `types` has a letter for each column that `select` names after the job's key;
// `insert` takes them in the same order behind the new key.
struct Table {
  std::string_view select, insert, types;
};

constexpr Table kTables[] = {
    {"SELECT phase, seq, ns, range, bytes, cursor, slice, attempts, not_before, fence FROM tasks WHERE job = ?",
     "INSERT INTO tasks(job, phase, seq, ns, range, bytes, cursor, slice, attempts, not_before, fence) "
     "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
     "iitbibiiii"},
    {"SELECT object, \"offset\", length, records, crc32c, ns, kind, mixed FROM extents WHERE job = ?",
     "INSERT INTO extents(job, object, \"offset\", length, records, crc32c, ns, kind, mixed) "
     "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
     "tiiiitti"},
    {"SELECT ns, kind, stripe, read, written, filtered, rejected, digest_records, digest_0, digest_1, digest_2, "
     "digest_3 FROM kinds WHERE job = ?",
     "INSERT INTO kinds VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "ttiiiiiiiiii"},
    {"SELECT name, stripe, value FROM counters WHERE job = ?", "INSERT INTO counters VALUES(?, ?, ?, ?)", "tii"},
    {"SELECT stripe, updated, shards_done FROM progress WHERE job = ?", "INSERT INTO progress VALUES(?, ?, ?, ?)",
     "iii"},
    {"SELECT ns, kind, sketch FROM sketches WHERE job = ?", "INSERT INTO sketches VALUES(?, ?, ?, ?)", "ttb"},
    {"SELECT json FROM schemas WHERE job = ?", "INSERT INTO schemas VALUES(?, ?)", "t"},
};

// The job's own row; its id, state, queue and host are set apart.
constexpr Table kJob = {
    "SELECT request, phase, ordered, source, sink, command, snapshot, created, shards, shards_done, bytes_total, "
    "cancel_requested, epoch, ordered_scan, most_leases FROM jobs WHERE key = ?",
    "INSERT INTO jobs(id, state, queue, host, spec, updated, request, phase, ordered, source, sink, command, snapshot, "
    "created, shards, shards_done, bytes_total, cancel_requested, epoch, ordered_scan, most_leases) "
    "VALUES(?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "tiitttbiiiiiiii"};

struct WholeJob {
  std::string id;
  JobSpec spec;
  FieldRow row;
  std::vector<std::vector<FieldRow>> tables;
};

absl::StatusOr<std::vector<FieldRow>> Load(Sql& db, const Table& table, int64_t key) {
  Query query(db, table.select, key);
  std::vector<FieldRow> rows;
  while (query.Next()) {
    FieldRow& row = rows.emplace_back();
    for (int column = 0; column < static_cast<int>(table.types.size()); ++column) {
      Field& field = row.emplace_back();
      field.type = table.types[static_cast<size_t>(column)];
      field.type == 'i' ? void(field.number = query.Int(column)) : void(field.bytes = query.Text(column));
    }
  }
  DH_RETURN_IF_ERROR(query.status());
  return rows;
}

std::vector<SqlValue> ValuesOf(const FieldRow& row) {
  std::vector<SqlValue> values;
  for (const Field& field : row) {
    values.push_back(field.type == 'i'   ? SqlValue::Of(field.number)
                     : field.type == 't' ? SqlValue::Of(std::string_view(field.bytes))
                                         : SqlValue::Of(Blob{field.bytes}));
  }
  return values;
}

absl::StatusOr<WholeJob> LoadWhole(Sql& db, const std::string& id) {
  WholeJob whole{.id = id, .spec = {}, .row = {}, .tables = {}};
  int64_t key = 0;
  {
    Query query(db, "SELECT key, spec FROM jobs WHERE id = ?", id);
    query.Next();
    DH_RETURN_IF_ERROR(query.status());
    key = query.Int(0);
    DH_ASSIGN_OR_RETURN(whole.spec, DecodeSpec(query.Text(1)));
  }
  DH_ASSIGN_OR_RETURN(std::vector<FieldRow> rows, Load(db, kJob, key));
  if (rows.empty()) return InternalError(StrCat("moving job ", id, ": its row is gone"));
  whole.row = std::move(rows[0]);
  for (const Table& table : kTables) {
    DH_ASSIGN_OR_RETURN(whole.tables.emplace_back(), Load(db, table, key));
  }
  return whole;
}

absl::Status Store(Sql& db, const WholeJob& job) {
  const std::string spec = EncodeSpec(job.spec);
  const JobState state = job.spec.queue.empty() ? JobState::kInterrupted : JobState::kQueued;
  std::vector<SqlValue> values = {SqlValue::Of(std::string_view(job.id)),
                                  SqlValue::Of(state),
                                  SqlValue::Of(std::string_view(job.spec.queue)),
                                  SqlValue::Of(std::string_view(job.spec.host)),
                                  SqlValue::Of(Blob{spec}),
                                  SqlValue::Of(db.Now())};
  for (const SqlValue& value : ValuesOf(job.row)) values.push_back(value);
  DH_RETURN_IF_ERROR(db.Run(kJob.insert, values));
  int64_t key = 0;
  {
    Query query(db, "SELECT key FROM jobs WHERE id = ?", job.id);
    if (query.Next()) key = query.Int(0);
    DH_RETURN_IF_ERROR(query.status());
  }
  for (size_t i = 0; i < job.tables.size(); ++i) {
    for (const FieldRow& row : job.tables[i]) {
      values = {SqlValue::Of(key)};
      for (const SqlValue& value : ValuesOf(row)) values.push_back(value);
      DH_RETURN_IF_ERROR(db.Run(kTables[i].insert, values));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> IsThere(Sql& db, const std::string& id) {
  Query query(db, "SELECT 1 FROM jobs WHERE id = ?", id);
  const bool there = query.Next();
  DH_RETURN_IF_ERROR(query.status());
  return there;
}

}  // namespace

absl::StatusOr<std::string> MoveJob(SqlDatabase& from, SqlDatabase& to, std::string_view job,
                                    const MoveOptions& options) {
  if (from.name() == to.name()) return UsageError(StrCat("moving job ", job, ": both stores are ", to.name()));
  std::string id;
  DH_RETURN_IF_ERROR(from.Write([&](Sql& db) -> absl::Status {
    DH_ASSIGN_OR_RETURN(id, JobTransaction(db, options.is_gone).Depart(job, to.name()));
    return absl::OkStatus();
  }));
  DH_RETURN_IF_ERROR(from.MakeDurable());
  WholeJob whole;
  DH_RETURN_IF_ERROR(from.Read([&](Sql& db) -> absl::Status {
    DH_ASSIGN_OR_RETURN(whole, LoadWhole(db, id));
    return absl::OkStatus();
  }));
  whole.spec.host = options.host;
  whole.spec.queue = options.queue;
  DH_RETURN_IF_ERROR(to.Write([&](Sql& db) -> absl::Status {
    DH_ASSIGN_OR_RETURN(const bool there, IsThere(db, id));
    return there ? absl::OkStatus() : Store(db, whole);
  }));
  DH_RETURN_IF_ERROR(to.MakeDurable());
  if (!options.queue.empty()) to.Wake(options.queue);
  return id;
}

}  // namespace datahaul
