#include "report/key_scan.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "format/ndjson/record_hasher.h"
#include "format/ndjson/typed_encoder.h"
#include "report/key_entry.h"
#include "report/kind_table.h"

namespace datahaul {
namespace {

class KeyVisitor final : public Visitor {
 public:
  KeyVisitor(const KeyScan& keys, ExternalSorter* sorter) : keys_(keys), sorter_(sorter) {}

  absl::Status Visit(const Record& record) override {
    const std::optional<uint32_t> number = NumberOf(*record.key);
    if (!number) return absl::OkStatus();
    key_text_.clear();
    encoder_.AppendKey(*record.key, &key_text_);
    if (keys_.wanted && !keys_.wanted(key_text_.view())) return absl::OkStatus();
    entry_.clear();
    KeyEntry::Append(*number, key_text_.view(), hasher_.HashRecord(record), &entry_);
    return sorter_->Add(entry_.view());
  }

 private:
  struct Number {
    bool known = false;
    std::optional<uint32_t> number;
  };

  std::optional<uint32_t> NumberOf(const Key& key) {
    Number& cached = numbers_.At(key.ns, key.kind());
    if (!cached.known) cached = {true, keys_.number_of(KindName{std::string(key.ns), std::string(key.kind())})};
    return cached.number;
  }

  const KeyScan& keys_;
  ExternalSorter* const sorter_;
  KindTable<Number> numbers_;
  RecordHasher hasher_;
  TypedEncoder encoder_{EncodeOptions()};
  ByteBuffer key_text_;
  ByteBuffer entry_;
};

}  // namespace

std::optional<uint32_t> NumberOfKind(const std::vector<KindName>& kinds, const KindName& name) {
  const auto it = std::lower_bound(kinds.begin(), kinds.end(), name);
  if (it == kinds.end() || *it != name) return std::nullopt;
  return static_cast<uint32_t>(it - kinds.begin());
}

absl::Status ScanKeys(Source& source, const Selection& selection, const ScanOptions& options, const KeyScan& keys,
                      ExternalSorter* sorter) {
  std::vector<std::unique_ptr<KeyVisitor>> visitors;
  return Scan(source, selection, options,
              [&](int) { return visitors.emplace_back(std::make_unique<KeyVisitor>(keys, sorter)).get(); })
      .status();
}

}  // namespace datahaul
