#include "job/sqlite_database.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"

#include "base/status.h"

namespace datahaul {
namespace {

constexpr Micros kPoll = 200'000;

}  // namespace

absl::Status SqliteDatabase::Write(const Body& body) {
  std::lock_guard lock(mutex_);
  db_->SetNow(clock_->Now());
  SqliteTransaction transaction(*db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_RETURN_IF_ERROR(body(*db_));
  return transaction.Commit();
}

absl::Status SqliteDatabase::Read(const Body& body) {
  std::lock_guard lock(mutex_);
  SqliteTransaction transaction(*db_);
  DH_RETURN_IF_ERROR(transaction.BeginRead());
  db_->SetNow(clock_->Now());
  return body(*db_);
}

absl::Status SqliteDatabase::MakeDurable() {
  std::lock_guard lock(mutex_);
  DH_RETURN_IF_ERROR(db_->Execute("PRAGMA synchronous = FULL"));
  const auto lazy_again = absl::MakeCleanup([this] { (void)db_->Execute("PRAGMA synchronous = NORMAL"); });
  // Any write will do: the log is synced as a whole.
  return db_->Run("UPDATE jobs SET updated = updated WHERE key = (SELECT max(key) FROM jobs)");
}

void SqliteDatabase::WaitForWake(std::span<const std::string>, Micros most) { clock_->Sleep(std::min(most, kPoll)); }

}  // namespace datahaul
