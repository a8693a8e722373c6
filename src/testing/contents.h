// What readers and decoders hand out, in a form that can be compared.
#ifndef DATAHAUL_TESTING_CONTENTS_H_
#define DATAHAUL_TESTING_CONTENTS_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "base/text.h"
#include "format/ndjson/typed_encoder.h"
#include "model/record.h"

namespace datahaul {

struct Contents {
  std::vector<std::string> records;  // as typed NDJSON with full keys, which loses nothing
  std::vector<uint64_t> offsets;     // of the records
  std::vector<std::string> rejects, lost;

  void Add(const RecordBatch& batch) {
    TypedEncoder encoder({.full_keys = true});
    for (const Record& record : batch.records) {
      ByteBuffer line;
      encoder.AppendLine(record, &line);
      records.emplace_back(line.view());
      offsets.push_back(record.offset);
    }
    for (const Reject& reject : batch.rejects) {
      rejects.push_back(StrCat(reject.object, " ", reject.offset, "+", reject.length, " \"", reject.ns, "\" ",
                               reject.kind, ": ", reject.reason, ": ", reject.bytes));
    }
    for (const LostRange& range : batch.lost) {
      lost.push_back(StrCat(range.object, " ", range.begin, "-", range.end, ": ", range.reason));
    }
  }
  void Add(const Contents& more) {
    Append(more.records, &records);
    Append(more.offsets, &offsets);
    Append(more.rejects, &rejects);
    Append(more.lost, &lost);
  }
  // All but what `begin` holds too, which is its beginning.
  Contents After(const Contents& begin) const {
    return {Tail(records, begin.records), Tail(offsets, begin.offsets), Tail(rejects, begin.rejects),
            Tail(lost, begin.lost)};
  }
  bool whole() const { return rejects.empty() && lost.empty(); }

  bool operator==(const Contents&) const = default;
  friend void PrintTo(const Contents& contents, std::ostream* out) {
    *out << contents.records.size() << " records";
    for (const std::string& line : contents.records) *out << "\n  " << line.substr(0, 100);
    for (const std::string& reject : contents.rejects) *out << "\n  rejected " << reject.substr(0, 200);
    for (const std::string& range : contents.lost) *out << "\n  lost " << range;
  }

 private:
  template <typename T>
  static void Append(const std::vector<T>& from, std::vector<T>* to) {
    to->insert(to->end(), from.begin(), from.end());
  }
  template <typename T>
  static std::vector<T> Tail(const std::vector<T>& all, const std::vector<T>& begin) {
    return {all.begin() + static_cast<ptrdiff_t>(begin.size()), all.end()};
  }
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_CONTENTS_H_
