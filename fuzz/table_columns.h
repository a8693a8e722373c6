// Columns of every type, for fuzz targets.
#ifndef DATAHAUL_FUZZ_TABLE_COLUMNS_H_
#define DATAHAUL_FUZZ_TABLE_COLUMNS_H_

#include <string>
#include <string_view>

#include "fuzz/check.h"

#include "model/schema.h"
#include "model/schema_json.h"

namespace datahaul {

// Of one kind; made once.
inline const KindSchema& EveryColumn() {
  static const KindSchema kind = [] {
    constexpr std::string_view kColumns =
        R"({"kinds":[{"namespace":"","kind":"a","columns":[)"
        R"({"name":"__key__","field":"","type":"reference","key":true},)"
        R"({"name":"__namespace__","field":"","type":"string","key":true},)"
        R"({"name":"__id__","field":"","type":"integer","key":true},)"
        R"({"name":"__name__","field":"","type":"string","key":true},)"
        R"({"name":"__deleted__","field":"","type":"boolean","key":true},)"
        R"({"name":"b","type":"boolean"},)"
        R"({"name":"bytes","type":"bytes","indexed":true},)"
        R"({"name":"d","type":"double"},)"
        R"({"name":"date","type":"date"},)"
        R"({"name":"decimal","type":"decimal"},)"
        R"({"name":"g","type":"geoPoint"},)"
        R"({"name":"i","type":"integer","meaning":4},)"
        R"({"name":"j","type":"json"},)"
        R"({"name":"l","type":"list","children":[{"name":"element","field":"","type":"double"}]},)"
        R"({"name":"ll","type":"list","children":[{"name":"element","field":"","type":"struct","wrapped":true,"children":[)"
        R"({"name":"values","field":"","type":"list","children":[{"name":"element","field":"","type":"string"}]}]}]},)"
        R"({"name":"m","type":"struct","children":[{"name":"__key__","field":"","type":"reference","key":true},)"
        R"({"name":"_key_","field":"__key__","type":"integer"},{"name":"s","type":"string","indexed":true},)"
        R"({"name":"t","type":"timestamp"},{"name":"u","type":"user"}]},)"
        R"({"name":"r","type":"reference"},)"
        R"({"name":"s","type":"string","meaning":15},)"
        R"({"name":"t","type":"timestamp"},)"
        R"({"name":"time","type":"time"},)"
        R"({"name":"u","type":"user"},)"
        R"({"name":"uuid","type":"uuid"},)"
        R"({"name":"v","type":"variants","children":[{"name":"integer","field":"","type":"integer"},)"
        R"({"name":"double","field":"","type":"double"},{"name":"string","field":"","type":"string"},)"
        R"({"name":"list","field":"","type":"list","children":[{"name":"element","field":"","type":"json"}]},)"
        R"({"name":"struct","field":"","type":"struct","children":[{"name":"x","type":"bytes"}]}]}]}]})";
    auto schema = ParseSchemaJson(kColumns, "the fuzz target");
    Check(schema.ok(), "the columns are a schema");
    return schema->kinds.begin()->second;
  }();
  return kind;
}

}  // namespace datahaul

#endif  // DATAHAUL_FUZZ_TABLE_COLUMNS_H_
