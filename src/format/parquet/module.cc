// What programs find in libdatahaul_parquet.so.
#include "format/module_interface.h"
#include "format/parquet/format.h"

extern "C" __attribute__((visibility("default"))) const datahaul::FormatModule* datahaul_format_module() {
  static const datahaul::FormatModule module = {datahaul::kModuleBuild, &datahaul::Parquet()};
  return &module;
}
