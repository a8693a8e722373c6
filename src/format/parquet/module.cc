// What programs find in libdatahaul_parquet.so.
#include <malloc.h>

#include "format/module_interface.h"
#include "format/parquet/format.h"

extern "C" __attribute__((visibility("default"))) const datahaul::FormatModule* datahaul_format_module() {
#if defined(__GLIBC__)
  // Row groups come and go in large blocks. glibc would keep ever larger ones in its heaps, once for each thread, when
  // they are freed: a quarter of all memory.
  static const int told = mallopt(M_MMAP_THRESHOLD, 1 << 20) & mallopt(M_TRIM_THRESHOLD, 4 << 20);
  (void)told;
#endif
  static const datahaul::FormatModule module = {datahaul::kModuleBuild, &datahaul::Parquet()};
  return &module;
}
