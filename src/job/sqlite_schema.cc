#include "job/sqlite_schema.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <memory>
#include <string>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"

#include "base/status.h"
#include "base/text.h"
#include "job/schema_version.h"

namespace datahaul {
namespace {

// The n-th entry takes a file from version n to n + 1. Published entries are never edited: add one.
//
// A task's row lives until the task is done, so that the open task with the lowest seq is the first row of its phase.
// Sums modulo 2^128 are kept in four parts of 32 bits, each summed without a carry: 2^31 steps fit. Unsigned numbers
// are stored as the signed ones of the same bits. What steps add is spread over stripes (roll_up.h).
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE jobs(
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, request TEXT UNIQUE,
  state INTEGER NOT NULL, phase INTEGER NOT NULL, ordered INTEGER NOT NULL DEFAULT 0,
  source TEXT NOT NULL, sink TEXT NOT NULL, command TEXT NOT NULL, spec BLOB NOT NULL, snapshot BLOB NOT NULL,
  error TEXT NOT NULL DEFAULT '', error_retry INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,
  shards INTEGER NOT NULL DEFAULT 0, shards_done INTEGER NOT NULL DEFAULT 0, bytes_total INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0);
CREATE INDEX workable_jobs ON jobs(key) WHERE state <= 1;
CREATE TABLE tasks(
  job INTEGER NOT NULL, phase INTEGER NOT NULL, seq INTEGER NOT NULL,
  ns TEXT NOT NULL, range BLOB NOT NULL, bytes INTEGER NOT NULL,
  cursor BLOB NOT NULL, slice INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0,
  worker TEXT, fence INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(job, phase, seq)) WITHOUT ROWID;
CREATE INDEX leases ON tasks(job, worker) WHERE worker IS NOT NULL;
CREATE TABLE extents(
  job INTEGER NOT NULL, object TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, records INTEGER NOT NULL,
  crc32c INTEGER NOT NULL, ns TEXT NOT NULL, kind TEXT NOT NULL, mixed INTEGER NOT NULL,
  PRIMARY KEY(job, object, offset)) WITHOUT ROWID;
CREATE TABLE kinds(
  job INTEGER NOT NULL, ns TEXT NOT NULL, kind TEXT NOT NULL,
  read INTEGER NOT NULL, written INTEGER NOT NULL, filtered INTEGER NOT NULL, rejected INTEGER NOT NULL,
  digest_records INTEGER NOT NULL, digest_low INTEGER NOT NULL, digest_high INTEGER NOT NULL,
  PRIMARY KEY(job, ns, kind)) WITHOUT ROWID;
CREATE TABLE counters(
  job INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY(job, name)) WITHOUT ROWID;
)sql",
    // The phases scan and schema come before write (which was 1) and close.
    R"sql(
UPDATE jobs SET phase = phase + 2 WHERE phase >= 1;
UPDATE tasks SET phase = phase + 2 WHERE phase >= 1;
ALTER TABLE jobs ADD COLUMN ordered_scan INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sketches(
  job INTEGER NOT NULL, ns TEXT NOT NULL, kind TEXT NOT NULL, sketch BLOB NOT NULL, PRIMARY KEY(job, ns, kind));
CREATE TABLE schemas(job INTEGER PRIMARY KEY, json TEXT NOT NULL);
)sql",
    // Workers: queues, limits, fair shares; who may work on a job. State 6 is new: moved to another store.
    R"sql(
ALTER TABLE jobs ADD COLUMN queue TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN program TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN most_leases INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN served INTEGER NOT NULL DEFAULT 0;
CREATE TABLE queues(name TEXT PRIMARY KEY, most_leases INTEGER NOT NULL);
)sql",
    // Sums in stripes.
    R"sql(
CREATE TABLE striped_kinds(
  job INTEGER NOT NULL, ns TEXT NOT NULL, kind TEXT NOT NULL, stripe INTEGER NOT NULL,
  read INTEGER NOT NULL, written INTEGER NOT NULL, filtered INTEGER NOT NULL, rejected INTEGER NOT NULL,
  digest_records INTEGER NOT NULL, digest_0 INTEGER NOT NULL, digest_1 INTEGER NOT NULL, digest_2 INTEGER NOT NULL,
  digest_3 INTEGER NOT NULL, PRIMARY KEY(job, ns, kind, stripe)) WITHOUT ROWID;
INSERT INTO striped_kinds SELECT job, ns, kind, 0, read, written, filtered, rejected, digest_records,
  digest_low & 4294967295, (digest_low >> 32) & 4294967295, digest_high & 4294967295, (digest_high >> 32) & 4294967295
  FROM kinds;
DROP TABLE kinds;
ALTER TABLE striped_kinds RENAME TO kinds;
CREATE TABLE striped_counters(
  job INTEGER NOT NULL, name TEXT NOT NULL, stripe INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY(job, name, stripe)) WITHOUT ROWID;
INSERT INTO striped_counters SELECT job, name, 0, value FROM counters;
DROP TABLE counters;
ALTER TABLE striped_counters RENAME TO counters;
CREATE TABLE progress(
  job INTEGER NOT NULL, stripe INTEGER NOT NULL, updated INTEGER NOT NULL, shards_done INTEGER NOT NULL,
  PRIMARY KEY(job, stripe)) WITHOUT ROWID;
)sql"};
constexpr int64_t kVersion = std::size(kMigrations);

absl::Status CheckVersion(Sqlite& db, int64_t version) {
  if (version > kVersion) return TablesAreNewer(db, version, kVersion, "--data-dir");
  if (version > 0) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const int64_t tables, ReadNumber(db, "SELECT count(*) FROM sqlite_master"));
  if (tables == 0) return absl::OkStatus();
  return HumanError(StrCat("job store ", db.path(), ": this is another program's database; use another --data-dir"));
}

// In one file when it is closed, and not yet synced.
absl::Status CreateUnsynced(const std::string& path) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Sqlite> db, Sqlite::Open(path));
  DH_RETURN_IF_ERROR(db->Execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL"));
  return MigrateJobStore(*db);
}

absl::Status SyncFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoError(errno, StrCat("opening ", path));
  const absl::Status status = ::fsync(file) == 0 ? absl::OkStatus() : ErrnoError(errno, StrCat("syncing ", path));
  ::close(file);
  return status;
}

}  // namespace

absl::Status CreateJobStoreFile(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return absl::OkStatus();
  static std::atomic<int> next = 0;
  const std::string unfinished = StrCat(path, ".", ::getpid(), ".", next++, ".new");
  const auto remove = absl::MakeCleanup([&unfinished] { ::unlink(unfinished.c_str()); });
  DH_RETURN_IF_ERROR(Annotate(CreateUnsynced(unfinished), StrCat("creating job store ", path)));
  DH_RETURN_IF_ERROR(SyncFile(unfinished));
  // Whoever was first has made the same. (SQLite syncs the folder when it then creates the log.)
  if (::link(unfinished.c_str(), path.c_str()) == 0 || errno == EEXIST) return absl::OkStatus();
  return ErrnoError(errno, StrCat("creating job store ", path));
}

absl::Status MigrateJobStore(Sqlite& db) {
  DH_ASSIGN_OR_RETURN(int64_t version, ReadNumber(db, "PRAGMA user_version"));
  DH_RETURN_IF_ERROR(CheckVersion(db, version));
  if (version == kVersion) return absl::OkStatus();
  SqliteTransaction transaction(db);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(version, ReadNumber(db, "PRAGMA user_version"));  // another process may have been faster
  for (; version < kVersion; ++version) DH_RETURN_IF_ERROR(db.Execute(kMigrations[version]));
  DH_RETURN_IF_ERROR(db.Execute(StrCat("PRAGMA user_version = ", version)));
  return transaction.Commit();
}

}  // namespace datahaul
