#ifndef DATAHAUL_REGISTRY_VERSION_H_
#define DATAHAUL_REGISTRY_VERSION_H_

namespace datahaul {

inline constexpr char kProgramVersion[] = "datahaul " DATAHAUL_VERSION;  // as --version and manifests say it

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_VERSION_H_
