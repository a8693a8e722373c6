// How a program and a module that it loads while it runs know each other.
//
// A module is a shared library with one C function, FormatModuleFunction. It has copies of its own of all that it uses;
// what crosses the border are src/model's types and interfaces, which both must have compiled alike. Tables of absl
// (flat_hash_map and its kin) must not cross it: their hashes differ from library to library.
#ifndef DATAHAUL_FORMAT_MODULE_INTERFACE_H_
#define DATAHAUL_FORMAT_MODULE_INTERFACE_H_

#include <interface_hash.h>

#include "model/format.h"

namespace datahaul {

// `build` stays the first member: it is all that is looked at before it is known to match.
struct FormatModule {
  const char* build;
  const Format* format;  // lives as long as the process
};

using FormatModuleFunction = const FormatModule*();
inline constexpr char kFormatModuleFunction[] = "datahaul_format_module";

#ifdef NDEBUG
#define DATAHAUL_BUILD_KIND "release"
#else
#define DATAHAUL_BUILD_KIND "debug"
#endif

// Equal where program and module fit together: same interfaces, same compiler.
inline constexpr char kModuleBuild[] =
    "interface " DATAHAUL_INTERFACE_HASH ", " DATAHAUL_BUILD_KIND ", compiler " __VERSION__;

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_MODULE_INTERFACE_H_
