#ifndef DATAHAUL_CONNECTOR_OBJECTS_DATA_SET_H_
#define DATAHAUL_CONNECTOR_OBJECTS_DATA_SET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/compress.h"
#include "layout/files/find_files.h"
#include "layout/managed_export/inventory.h"
#include "model/digest.h"
#include "model/format.h"
#include "model/schema.h"
#include "model/selection.h"

namespace datahaul {

struct DataObject {
  std::string uri;
  uint64_t size = 0;  // as stored, that is compressed
  Compression compression = Compression::kNone;
  std::optional<KindName> only;  // all of its records are of this kind
  std::string version;           // as the store listed it; "" if it has none, or the job is of an older program
  bool operator==(const DataObject&) const = default;
};

// Objects that are wanted together or not at all.
struct DataPart {
  std::optional<std::string> kind, ns;  // all records are of this kind, this namespace; absent = may be of any
  std::optional<uint64_t> records;      // in all objects; absent = not known
  std::optional<uint64_t> bytes;        // the objects' sizes, or else RecordBatch::payload_bytes; absent = not known
  std::vector<DataObject> objects;      // in order
};

// What a source reads: the objects of a layout, whichever it is.
struct DataSet {
  std::vector<DataPart> parts;
  std::vector<KindName> kinds;  // named by the metadata, with records or without
  // Of tables: what they were written with, where that is known.
  std::shared_ptr<const Schema> schema;
  std::optional<CsvOptions> csv;
  std::vector<std::string> notes;
};

DataSet ToDataSet(const Inventory& inventory);
DataSet ToDataSet(const FileSet& files);

// False if no record of `part` can be selected.
bool MayMatch(const DataPart& part, const Selection& selection);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_DATA_SET_H_
