// The typed values of every store, as small tagged structs whose strings are views.
//
// Nothing here owns memory: a Value, Field, Key or Record lives as long as the RecordBatch it came in. Strings and
// bytes may be read up to kSlack bytes past their end (see base/bytes.h). All types are trivially copyable.
#ifndef DATAHAUL_MODEL_VALUE_H_
#define DATAHAUL_MODEL_VALUE_H_

#include <cstdint>
#include <string_view>

namespace datahaul {

enum class Type : uint8_t {
  kNull,
  kBool,
  kInt,        // int64
  kDouble,     // raw bits: NaN payloads, infinities and -0.0 survive
  kTimestamp,  // microseconds since 1970 UTC, any int64
  kString,     // normally UTF-8; other bytes are kept
  kBytes,
  kReference,
  kGeoPoint,
  kArray,    // never directly inside an array
  kMap,      // also embedded entities
  kUser,     // App Engine user
  kDecimal,  // the last four: text, from SQL only
  kDate,
  kTime,
  kUuid,
};

// Datastore meanings, as stored (`entity.proto`, Property.Meaning). Others are carried as numbers.
namespace meaning {
inline constexpr uint16_t kNone = 0, kTimestamp = 7, kGeoPoint = 9, kBlob = 14, kText = 15, kByteString = 16,
                          kEntity = 19, kEmptyList = 24;
}

struct PathElement {
  enum class Id : uint8_t { kIncomplete, kNumber, kName };
  std::string_view kind;
  std::string_view name;  // with kName
  int64_t number = 0;     // with kNumber
  Id id = Id::kIncomplete;
};

struct Key {
  std::string_view app;       // as stored, with its location prefix; digests ignore it
  std::string_view database;  // "" = the default one
  std::string_view ns;        // "" = the default one
  const PathElement* path = nullptr;
  uint32_t size = 0;

  std::string_view kind() const { return size == 0 ? std::string_view() : path[size - 1].kind; }
};

struct GeoPoint {
  double latitude = 0;
  double longitude = 0;
};

// Absent members have data() == nullptr; an empty member has not.
struct User {
  std::string_view email, auth_domain, nickname, user_id, federated_identity, federated_provider;
  int64_t gaiaid = 0;
  bool has_gaiaid = false;
};

struct Value;
struct Field;
struct Shape;  // model/shape.h

// `fields` in stored order, names unique. `sorted[i]` is the index of the i-th field by name (bytewise = by code
// point).
struct Map {
  const Field* fields = nullptr;
  const uint32_t* sorted = nullptr;
  const Shape* shape = nullptr;  // null where the reader did not recognise it
  const Key* key = nullptr;      // an embedded entity's key; null if it has none (app "" and an empty path)
  uint32_t size = 0;
};

struct Value {
  Type type = Type::kNull;
  bool indexed = false;  // Datastore: stored as an indexed property. Never set on arrays: their elements say it
  uint16_t meaning = 0;  // as stored; equals ImpliedMeaning(type) where nothing unusual is going on
  uint32_t size = 0;     // of string, bytes, array
  union {
    bool boolean;
    int64_t integer = 0;  // kInt, kTimestamp
    double number;
    const char* chars;   // kString, kBytes, kDecimal, kDate, kTime, kUuid
    const Value* items;  // kArray
    const Map* map;
    const Key* reference;
    const GeoPoint* point;
    const User* user;
  };

  std::string_view text() const { return {chars, size}; }
};
static_assert(sizeof(Value) == 16);

struct Field {
  std::string_view name;
  Value value;
};
static_assert(sizeof(Field) == 32);

// The meaning that a store writes for a type when nobody asks for another.
constexpr uint16_t ImpliedMeaning(const Value& value) {
  switch (value.type) {
    case Type::kTimestamp:
      return meaning::kTimestamp;
    case Type::kGeoPoint:
      return meaning::kGeoPoint;
    case Type::kBytes:
      return meaning::kBlob;
    case Type::kMap:
      return meaning::kEntity;
    case Type::kArray:
      return value.size == 0 ? meaning::kEmptyList : meaning::kNone;
    default:
      return meaning::kNone;
  }
}

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_VALUE_H_
