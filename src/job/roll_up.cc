#include "job/roll_up.h"

#include <map>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr char kExtentBefore[] =
    "SELECT object, \"offset\", length, records, crc32c, ns, kind, mixed FROM extents "
    "WHERE job = ? AND object = ? AND \"offset\" < ? ORDER BY \"offset\" DESC LIMIT 1";
constexpr char kExtentAfter[] =
    "SELECT object, \"offset\", length, records, crc32c, ns, kind, mixed FROM extents "
    "WHERE job = ? AND object = ? AND \"offset\" >= ? ORDER BY \"offset\" LIMIT 1";

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

absl::StatusOr<std::optional<Extent>> Neighbour(Sql& db, std::string_view sql, int64_t job, const Extent& of) {
  Query query(db, sql, job, of.object, of.offset);
  std::optional<Extent> found;
  if (query.Next()) found = ExtentOf(query);
  DH_RETURN_IF_ERROR(query.status());
  return found;
}

absl::Status Overlap(const Extent& a, const Extent& b) {
  return InternalError(StrCat("storing a receipt for ", b.object, ": bytes [", b.offset, ", ", b.offset + b.length,
                              ") overlap [", a.offset, ", ", a.offset + a.length, ") of an earlier receipt"));
}

absl::Status StoreExtent(Sql& db, int64_t job, const Extent& extent) {
  return db.Run(
      "INSERT INTO extents(job, object, \"offset\", length, records, crc32c, ns, kind, mixed) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, object, \"offset\") DO UPDATE SET "
      "length = excluded.length, records = excluded.records, crc32c = excluded.crc32c, ns = excluded.ns, "
      "kind = excluded.kind, mixed = excluded.mixed",
      job, extent.object, extent.offset, extent.length, extent.records, extent.crc32c, extent.ns, extent.kind,
      extent.mixed);
}

// Joins with the neighbours on both sides where bytes adjoin, so that what is kept does not depend on the order in
// which slices come in.
absl::Status AddExtent(Sql& db, int64_t job, const Extent& extent) {
  if (extent.length == 0) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const std::optional<Extent> before, Neighbour(db, kExtentBefore, job, extent));
  DH_ASSIGN_OR_RETURN(const std::optional<Extent> after, Neighbour(db, kExtentAfter, job, extent));
  if (before && before->offset + before->length > extent.offset) return Overlap(*before, extent);
  if (after && extent.offset + extent.length > after->offset) return Overlap(*after, extent);

  std::vector<Extent> joined;
  if (before && before->offset + before->length == extent.offset) joined.push_back(*before);
  JoinExtent(joined, extent);
  if (after && extent.offset + extent.length == after->offset) {
    JoinExtent(joined, *after);
    DH_RETURN_IF_ERROR(db.Run("DELETE FROM extents WHERE job = ? AND object = ? AND \"offset\" = ?", job, after->object,
                              after->offset));
  }
  return StoreExtent(db, job, joined.back());
}

absl::StatusOr<KindDigest> StoredDigest(Sql& db, int64_t job, const KindName& name) {
  Query query(db, "SELECT digest_records, digest_low, digest_high FROM kinds WHERE job = ? AND ns = ? AND kind = ?",
              job, name.ns, name.kind);
  KindDigest digest;
  if (query.Next()) digest = {query.Uint(0), {query.Uint(1), query.Uint(2)}};
  DH_RETURN_IF_ERROR(query.status());
  return digest;
}

absl::Status AddKind(Sql& db, int64_t job, const KindName& name, const Tally& tally, const KindDigest& more) {
  DH_ASSIGN_OR_RETURN(KindDigest digest, StoredDigest(db, job, name));
  digest += more;
  return db.Run(
      "INSERT INTO kinds VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, ns, kind) DO UPDATE SET "
      "read = kinds.read + excluded.read, written = kinds.written + excluded.written, filtered = kinds.filtered + "
      "excluded.filtered, "
      "rejected = kinds.rejected + excluded.rejected, digest_records = excluded.digest_records, "
      "digest_low = excluded.digest_low, digest_high = excluded.digest_high",
      job, name.ns, name.kind, tally.read, tally.written, tally.filtered, tally.rejected, digest.records,
      digest.sum.low, digest.sum.high);
}

}  // namespace

absl::Status RollUp(Sql& db, int64_t job, const Step& step) {
  if (step.receipt) {
    for (const Extent& extent : step.receipt->extents) DH_RETURN_IF_ERROR(AddExtent(db, job, extent));
  }
  std::map<KindName, std::pair<Tally, KindDigest>> kinds;
  for (const auto& [name, tally] : step.counters.kinds) kinds[name].first = tally;
  for (const auto& [name, digest] : step.digests) kinds[name].second = digest;
  for (const auto& [name, sums] : kinds) DH_RETURN_IF_ERROR(AddKind(db, job, name, sums.first, sums.second));
  for (const auto& [name, value] : step.counters.named) {
    DH_RETURN_IF_ERROR(
        db.Run("INSERT INTO counters VALUES(?, ?, ?) ON CONFLICT (job, name) DO UPDATE SET value = counters.value + "
               "excluded.value",
               job, name, value));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Extent>> LoadExtents(Sql& db, int64_t job) {
  Query query(db,
              "SELECT object, \"offset\", length, records, crc32c, ns, kind, mixed FROM extents WHERE job = ? "
              "ORDER BY object, \"offset\"",
              job);
  std::vector<Extent> extents;
  while (query.Next()) extents.push_back(ExtentOf(query));
  DH_RETURN_IF_ERROR(query.status());
  return extents;
}

absl::Status LoadKinds(Sql& db, int64_t job, Counters* counters, Digests* digests) {
  Query query(db,
              "SELECT ns, kind, read, written, filtered, rejected, digest_records, digest_low, digest_high FROM kinds "
              "WHERE job = ? ORDER BY ns, kind",
              job);
  while (query.Next()) {
    const KindName name{std::string(query.Text(0)), std::string(query.Text(1))};
    counters->kinds.emplace_hint(counters->kinds.end(), name,
                                 Tally{query.Uint(2), query.Uint(3), query.Uint(4), query.Uint(5)});
    const KindDigest digest{query.Uint(6), {query.Uint(7), query.Uint(8)}};
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
  Query query(db, "SELECT name, value FROM counters WHERE job = ?", job);
  while (query.Next()) counters->named.emplace(query.Text(0), query.Uint(1));
  return query.status();
}

}  // namespace datahaul
