#include "connector/objects/object_head.h"

#include "base/status.h"

namespace datahaul {

absl::StatusOr<std::string> ObjectHead::Of(const KindName& name) const {
  ByteBuffer plain, packed;
  format_->Prologue(name.ns, name.kind, encode_, &plain);
  if (plain.empty() || compression_ == Compression::kNone) return std::string(plain.view());
  DH_RETURN_IF_ERROR(CompressMember(compression_, kDefaultLevel, plain.view(), &packed));
  return std::string(packed.view());
}

}  // namespace datahaul
