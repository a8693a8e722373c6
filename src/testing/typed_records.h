// Records from typed NDJSON, for tests of what looks at records.
#ifndef DATAHAUL_TESTING_TYPED_RECORDS_H_
#define DATAHAUL_TESTING_TYPED_RECORDS_H_

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/text.h"
#include "format/ndjson/format.h"
#include "io/memory_reader.h"
#include "model/record.h"

namespace datahaul {

// Owns what its records point into. Lines that are no records fail the test.
class TypedRecords {
 public:
  explicit TypedRecords(std::string lines) : lines_(std::move(lines)), reader_("memory://records", lines_) {
    auto decoder = TypedNdjson().NewDecoder(&reader_, {0, lines_.size()}, 0, DecodeOptions());
    EXPECT_TRUE(decoder.ok()) << decoder.status();
    std::map<std::pair<std::string, std::string>, uint32_t> slots;
    while (true) {
      RecordBatch& batch = batches_.emplace_back();
      EXPECT_TRUE((*decoder)->Read(&batch).ok());
      for (const Reject& reject : batch.rejects) ADD_FAILURE() << reject.reason;
      for (Record& record : batch.records) {
        const auto next = static_cast<uint32_t>(slots.size());
        record.slot =
            slots.try_emplace({std::string(record.key->ns), std::string(record.key->kind())}, next).first->second;
        records_.push_back(record);
      }
      if (batch.input_bytes == 0) break;
    }
  }
  TypedRecords(const TypedRecords&) = delete;
  TypedRecords& operator=(const TypedRecords&) = delete;

  // slots are numbered by (namespace, kind) in order of appearance
  const std::vector<Record>& records() const { return records_; }

 private:
  const std::string lines_;
  const MemoryReader reader_;
  std::deque<RecordBatch> batches_;
  std::vector<Record> records_;
};

// The line of a record of `kind` with id `id` and these properties: R"({"n":{"integerValue":"7"}})".
inline std::string TypedLine(std::string_view kind, int64_t id, std::string_view properties) {
  return StrCat(R"({"key":{"database":"","namespace":"","path":[[")", kind, R"(",)", id, R"(]]},"properties":)",
                properties, "}\n");
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_TYPED_RECORDS_H_
