#include "report/difference_join.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "report/key_entry.h"

namespace datahaul {
namespace {

// A stream with its next entry in view, cut into kind-and-key and hash.
class EntryCursor {
 public:
  explicit EntryCursor(EntryStream& stream) : stream_(stream) {}

  absl::Status Advance() {
    DH_ASSIGN_OR_RETURN(const std::optional<std::string_view> next, stream_.Next());
    at_end_ = !next;
    entry_ = next.value_or(std::string_view());
    return absl::OkStatus();
  }
  bool at_end() const { return at_end_; }
  std::string_view group() const { return entry_.substr(0, entry_.size() - KeyEntry::kHashSize); }
  std::string_view hash() const { return entry_.substr(entry_.size() - KeyEntry::kHashSize); }
  bool in(std::string_view group_now) const { return !at_end_ && group() == group_now; }
  std::string_view entry() const { return entry_; }

 private:
  EntryStream& stream_;
  bool at_end_ = false;
  std::string_view entry_;
};

// Steps over all entries of one key on both sides, and counts.
absl::Status JoinKey(std::string_view group, EntryCursor& a, EntryCursor& b, Difference* difference) {
  uint64_t left_a = 0, left_b = 0;
  while (a.in(group) || b.in(group)) {
    const bool take_a = a.in(group) && (!b.in(group) || a.hash() <= b.hash());
    const bool take_b = b.in(group) && (!a.in(group) || b.hash() <= a.hash());
    difference->copies_a += take_a;
    difference->copies_b += take_b;
    left_a += take_a && !take_b;
    left_b += take_b && !take_a;
    if (take_a) DH_RETURN_IF_ERROR(a.Advance());
    if (take_b) DH_RETURN_IF_ERROR(b.Advance());
  }
  difference->changed = std::min(left_a, left_b);
  difference->missing = left_a - difference->changed;
  difference->extra = left_b - difference->changed;
  return absl::OkStatus();
}

}  // namespace

absl::Status JoinDifferences(EntryStream& a, EntryStream& b,
                             const std::function<absl::Status(const Difference&)>& found) {
  EntryCursor left(a), right(b);
  DH_RETURN_IF_ERROR(left.Advance());
  DH_RETURN_IF_ERROR(right.Advance());
  std::string first;
  while (!left.at_end() || !right.at_end()) {
    const bool use_left = !left.at_end() && (right.at_end() || left.group() <= right.group());
    first = use_left ? left.entry() : right.entry();
    const KeyEntry entry = KeyEntry::Parse(first);
    Difference difference{.kind = entry.kind, .key = entry.key};
    const std::string_view group = std::string_view(first).substr(0, first.size() - KeyEntry::kHashSize);
    DH_RETURN_IF_ERROR(JoinKey(group, left, right, &difference));
    if (difference.missing + difference.extra + difference.changed != 0) DH_RETURN_IF_ERROR(found(difference));
  }
  return absl::OkStatus();
}

}  // namespace datahaul
