#include "job/roll_up.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

// The last that begins before, and those that begin within or right behind. Locked: who joins an extent must know that
// nobody else does.
constexpr char kNeighbours[] =
    "SELECT object, \"offset\", length, records, crc32c, ns, kind, mixed FROM extents WHERE job = ?1 AND object = ?2 "
    "AND \"offset\" >= coalesce((SELECT max(\"offset\") FROM extents WHERE job = ?1 AND object = ?2 AND \"offset\" < "
    "?3), ?3) "
    "AND \"offset\" <= ?4 ORDER BY \"offset\" FOR UPDATE";
constexpr size_t kMostAtOnce = 64;   // extents whose neighbours are asked for together
constexpr size_t kMostCounters = 6;  // added to by one statement

Extent ExtentOf(const Query& row) {
  Extent extent;
  extent.object = row.Text(0);
  extent.offset = row.Uint(1);
  extent.length = row.Uint(2);
  extent.records = row.Uint(3);
  extent.crc32c = static_cast<uint32_t>(row.Uint(4));
  extent.ns = row.Text(5);
  extent.kind = row.Text(6);
  extent.mixed = row.Int(7) != 0;
  return extent;
}

absl::StatusOr<std::vector<Extent>> ReadExtents(Query& query) {
  std::vector<Extent> extents;
  while (query.Next()) extents.push_back(ExtentOf(query));
  DH_RETURN_IF_ERROR(query.status());
  return extents;
}

absl::Status Overlap(const Extent& a, const Extent& b) {
  return InternalError(StrCat("storing a receipt for ", b.object, ": bytes [", b.offset, ", ", b.offset + b.length,
                              ") overlap [", a.offset, ", ", a.offset + a.length, ") of an earlier receipt"));
}

absl::Status InsertExtent(Sql& db, int64_t job, const Extent& extent) {
  return db.Run(
      "INSERT INTO extents(job, object, \"offset\", length, records, crc32c, ns, kind, mixed) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
      job, extent.object, extent.offset, extent.length, extent.records, extent.crc32c, extent.ns, extent.kind,
      extent.mixed);
}

absl::Status UpdateExtent(Sql& db, int64_t job, const Extent& extent) {
  return db.Run(
      "UPDATE extents SET length = ?, records = ?, crc32c = ?, ns = ?, kind = ?, mixed = ? "
      "WHERE job = ? AND object = ? AND \"offset\" = ?",
      extent.length, extent.records, extent.crc32c, extent.ns, extent.kind, extent.mixed, job, extent.object,
      extent.offset);
}

// Joins with the neighbours on both sides where bytes adjoin, so that what is kept does not depend on the order in
// which slices come in.
absl::Status AddExtent(Sql& db, int64_t job, const Extent& extent, const std::vector<Extent>& neighbours) {
  std::vector<Extent> joined;
  bool continues = false, added = false;
  for (const Extent& other : neighbours) {
    const bool before = other.offset < extent.offset;
    const uint64_t end = before ? other.offset + other.length : extent.offset + extent.length;
    const uint64_t begin = before ? extent.offset : other.offset;
    if (end > begin) return Overlap(other, extent);
    if (end < begin) continue;
    if (before) {
      continues = true;
      joined.push_back(other);
      continue;
    }
    JoinExtent(joined, extent);
    added = true;
    JoinExtent(joined, other);
    DH_RETURN_IF_ERROR(
        db.Run("DELETE FROM extents WHERE job = ? AND object = ? AND \"offset\" = ?", job, other.object, other.offset));
  }
  if (!added) JoinExtent(joined, extent);
  return continues ? UpdateExtent(db, job, joined.back()) : InsertExtent(db, job, joined.back());
}

// Of different objects each, so that they are no neighbours of each other.
absl::Status AddExtents(Sql& db, int64_t job, const std::vector<Extent>& extents) {
  std::vector<Query> asked;
  for (const Extent& extent : extents) {
    asked.emplace_back(db, kNeighbours, job, extent.object, extent.offset, extent.offset + extent.length);
  }
  std::vector<std::vector<Extent>> neighbours;
  for (Query& query : asked) {
    DH_ASSIGN_OR_RETURN(neighbours.emplace_back(), ReadExtents(query));
  }
  for (size_t i = 0; i < extents.size(); ++i) {
    DH_RETURN_IF_ERROR(AddExtent(db, job, extents[i], neighbours[i]));
  }
  return absl::OkStatus();
}

// By object and offset, joined where they adjoin.
std::vector<Extent> Joined(std::vector<Extent> extents) {
  std::erase_if(extents, [](const Extent& extent) { return extent.length == 0; });
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.object, a.offset) < std::tie(b.object, b.offset);
  });
  std::vector<Extent> joined;
  for (const Extent& extent : extents) JoinExtent(joined, extent);
  return joined;
}

absl::Status AddReceipt(Sql& db, int64_t job, const Receipt& receipt) {
  std::vector<Extent> left = Joined(receipt.extents);
  while (!left.empty()) {
    std::vector<Extent> now, later;
    for (Extent& extent : left) {
      const bool at_once = now.size() < kMostAtOnce && (now.empty() || now.back().object != extent.object);
      (at_once ? now : later).push_back(std::move(extent));
    }
    DH_RETURN_IF_ERROR(AddExtents(db, job, now));
    left = std::move(later);
  }
  return absl::OkStatus();
}

absl::Status AddKind(Sql& db, int64_t job, uint64_t stripe, const KindName& name, const Tally& tally,
                     const KindDigest& digest) {
  const auto part = [](uint64_t half, int at) { return (half >> (32 * at)) & 0xFFFFFFFF; };
  return db.Run(
      "INSERT INTO kinds VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, ns, kind, stripe) DO UPDATE "
      "SET read = kinds.read + excluded.read, written = kinds.written + excluded.written, "
      "filtered = kinds.filtered + excluded.filtered, rejected = kinds.rejected + excluded.rejected, "
      "digest_records = kinds.digest_records + excluded.digest_records, "
      "digest_0 = kinds.digest_0 + excluded.digest_0, digest_1 = kinds.digest_1 + excluded.digest_1, "
      "digest_2 = kinds.digest_2 + excluded.digest_2, digest_3 = kinds.digest_3 + excluded.digest_3",
      job, name.ns, name.kind, stripe, tally.read, tally.written, tally.filtered, tally.rejected, digest.records,
      part(digest.sum.low, 0), part(digest.sum.low, 1), part(digest.sum.high, 0), part(digest.sum.high, 1));
}

// The four parts of a sum modulo 2^128, from column `first` on.
Hash128 SumOf(const Query& row, int first) {
  unsigned __int128 sum = 0;
  for (int part = 3; part >= 0; --part) sum = (sum << 32) + row.Uint(first + part);
  return {static_cast<uint64_t>(sum), static_cast<uint64_t>(sum >> 64)};
}

// A statement that adds to so many counters.
std::string_view CountersSql(size_t count) {
  static const std::vector<std::string>& statements = *new std::vector<std::string>([] {
    std::vector<std::string> all;
    std::string rows;
    for (size_t i = 0; i < kMostCounters; ++i) {
      StrAppend(&rows, i == 0 ? "" : ", ", "(?, ?, ?, ?)");
      all.push_back(StrCat("INSERT INTO counters VALUES ", rows,
                           " ON CONFLICT (job, name, stripe) DO UPDATE SET value = counters.value + excluded.value"));
    }
    return all;
  }());
  return statements[count - 1];
}

absl::Status AddNamed(Sql& db, int64_t job, uint64_t stripe, const std::map<std::string, uint64_t>& named) {
  std::vector<SqlValue> values;
  for (auto next = named.begin(); next != named.end();) {
    values.clear();
    size_t count = 0;
    for (; next != named.end() && count < kMostCounters; ++next, ++count) {
      const auto& [name, value] = *next;
      values.insert(values.end(), {SqlValue::Of(job), SqlValue::Of(std::string_view(name)), SqlValue::Of(stripe),
                                   SqlValue::Of(value)});
    }
    DH_RETURN_IF_ERROR(db.Run(CountersSql(count), values));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RollUp(Sql& db, int64_t job, uint64_t stripe, const Step& step) {
  if (step.receipt) DH_RETURN_IF_ERROR(AddReceipt(db, job, *step.receipt));
  std::map<KindName, std::pair<Tally, KindDigest>> kinds;
  for (const auto& [name, tally] : step.counters.kinds) kinds[name].first = tally;
  for (const auto& [name, digest] : step.digests) kinds[name].second = digest;
  for (const auto& [name, sums] : kinds) {
    DH_RETURN_IF_ERROR(AddKind(db, job, stripe, name, sums.first, sums.second));
  }
  return AddNamed(db, job, stripe, step.counters.named);
}

absl::Status DropReceipts(Sql& db, int64_t job) {
  DH_RETURN_IF_ERROR(db.Run("DELETE FROM extents WHERE job = ?", job));
  return db.Run(
      "UPDATE kinds SET digest_records = 0, digest_0 = 0, digest_1 = 0, digest_2 = 0, digest_3 = 0 WHERE job = ?", job);
}

absl::Status AddProgress(Sql& db, int64_t job, uint64_t stripe, uint64_t shards_done) {
  return db.Run(
      "INSERT INTO progress VALUES(?, ?, ?, ?) ON CONFLICT (job, stripe) DO UPDATE SET updated = excluded.updated, "
      "shards_done = progress.shards_done + excluded.shards_done",
      job, stripe, db.Now(), shards_done);
}

absl::StatusOr<std::vector<Extent>> LoadExtents(Sql& db, int64_t job) {
  Query query(db,
              "SELECT object, \"offset\", length, records, crc32c, ns, kind, mixed FROM extents WHERE job = ? "
              "ORDER BY object, \"offset\"",
              job);
  return ReadExtents(query);
}

absl::Status LoadKinds(Sql& db, int64_t job, Counters* counters, Digests* digests) {
  Query query(db,
              "SELECT ns, kind, CAST(sum(read) AS bigint), CAST(sum(written) AS bigint), "
              "CAST(sum(filtered) AS bigint), CAST(sum(rejected) AS bigint), CAST(sum(digest_records) AS bigint), "
              "CAST(sum(digest_0) AS bigint), CAST(sum(digest_1) AS bigint), CAST(sum(digest_2) AS bigint), "
              "CAST(sum(digest_3) AS bigint) FROM kinds WHERE job = ? GROUP BY ns, kind ORDER BY ns, kind",
              job);
  while (query.Next()) {
    const KindName name{std::string(query.Text(0)), std::string(query.Text(1))};
    counters->kinds.emplace_hint(counters->kinds.end(), name,
                                 Tally{query.Uint(2), query.Uint(3), query.Uint(4), query.Uint(5)});
    const KindDigest digest{query.Uint(6), SumOf(query, 7)};
    if (digest.records != 0) digests->emplace_hint(digests->end(), name, digest);
  }
  return query.status();
}

absl::Status LoadTotal(Sql& db, int64_t job, Counters* counters) {
  Query query(
      db,
      "SELECT CAST(coalesce(sum(read), 0) AS bigint), CAST(coalesce(sum(written), 0) AS bigint), "
      "CAST(coalesce(sum(filtered), 0) AS bigint), CAST(coalesce(sum(rejected), 0) AS bigint) FROM kinds WHERE job = ?",
      job);
  if (query.Next()) counters->kinds[KindName()] = {query.Uint(0), query.Uint(1), query.Uint(2), query.Uint(3)};
  return query.status();
}

absl::Status LoadNamed(Sql& db, int64_t job, Counters* counters) {
  Query query(db, "SELECT name, CAST(sum(value) AS bigint) FROM counters WHERE job = ? GROUP BY name ORDER BY name",
              job);
  while (query.Next()) counters->named.emplace(query.Text(0), query.Uint(1));
  return query.status();
}

}  // namespace datahaul
