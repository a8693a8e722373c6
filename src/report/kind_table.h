// Values by (namespace, kind), for streams in which neighbours are mostly of one kind.
#ifndef DATAHAUL_REPORT_KIND_TABLE_H_
#define DATAHAUL_REPORT_KIND_TABLE_H_

#include <map>
#include <string>
#include <string_view>

#include "model/digest.h"

namespace datahaul {

// References stay valid for the table's life. Not safe for concurrent use.
template <typename T>
class KindTable {
 public:
  T& At(std::string_view ns, std::string_view kind) {
    if (last_ == nullptr || last_->first.kind != kind || last_->first.ns != ns) {
      last_ = &*kinds_.try_emplace(KindName{std::string(ns), std::string(kind)}).first;
    }
    return last_->second;
  }
  const std::map<KindName, T>& kinds() const { return kinds_; }
  std::map<KindName, T>& kinds() { return kinds_; }

 private:
  std::map<KindName, T> kinds_;
  typename std::map<KindName, T>::value_type* last_ = nullptr;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_KIND_TABLE_H_
