"""What tables must hold, worked out from typed NDJSON and docs/formats/tables.md, not from the program."""
import json
import re
from base64 import b64decode
from datetime import datetime, timedelta, timezone

import plain_ndjson

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MOST_LEVELS = 15
MOST_PLACES = (8000, 4000, 2000, 1000, 500)         # below a property, below a field of it, ...
MOST_PROPERTIES = 15_000
TYPES = {"booleanValue": "boolean", "integerValue": "integer", "doubleValue": "double", "stringValue": "string", "stringBytes": "string",
         "bytesValue": "bytes", "timestampValue": "timestamp", "timestampMicros": "timestamp", "referenceValue": "reference",
         "geoPointValue": "geoPoint", "userValue": "user", "decimalValue": "decimal", "dateValue": "date", "timeValue": "time",
         "uuidValue": "uuid", "arrayValue": "list", "mapValue": "struct"}
USER = ("email", "auth_domain", "nickname", "user_id", "federated_identity", "federated_provider", "gaiaid")
NESTED = {"list", "struct", "json", "geoPoint", "user", "variants"}
FORBIDDEN = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier")
KEYS = ("__key__", "__namespace__", "__id__", "__name__")


def form_of(typed):
    return next(k for k in typed if k not in ("indexed", "meaning"))


def kind_of(record):
    return record["key"]["namespace"], record["key"]["path"][-1][0]


# Plain values: what JSON text says.

def plain(typed):
    """As plain NDJSON has it, where times out of range are strings."""
    if form_of(typed) == "timestampMicros":
        return typed["timestampMicros"]
    if form_of(typed) == "arrayValue":
        return [plain(v) for v in typed["arrayValue"]["values"]]
    if form_of(typed) == "mapValue":
        inner = plain_ndjson.value({"mapValue": {**typed["mapValue"], "fields": {}}})
        if inner:
            inner["__key__"].setdefault("kind", "")
        return inner | plain_fields(typed["mapValue"]["fields"])
    return plain_ndjson.value(typed)


def plain_fields(fields):
    renamed = lambda name: name + "_" if name.startswith("__key__") and not name[7:].strip("_") else name  # noqa: E731
    return {renamed(name): plain(v) for name, v in fields.items()}


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(v) for name, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


def essence(line):
    """What a table keeps of a record whatever its columns: its key and its plain values."""
    record = json.loads(line)
    return plain_ndjson.canonical([record["key"], without_nulls(plain_fields(record["properties"]))])


# Columns: {"name", "field", "type", "children"}; keys have "key".

def clean(field):
    name = "".join(c if re.match(r"[A-Za-z0-9_]", c) or ord(c) >= 0x80 else "_" for c in field)
    if not name or name[0].isascii() and name[0].isdigit():
        name = "_" + name
    if name.lower().startswith(FORBIDDEN):
        name = "_" + name
    if len(name) > 300:
        hash_ = 0xCBF29CE484222325
        for b in field.encode():
            hash_ = (hash_ ^ b) * 0x100000001B3 % 2**64
        name = f"{name[:283]}_{hash_:016x}"
    return name


def lower(name):
    return "".join(c.lower() if c.isascii() else c for c in name)


def names(fields, reserved):
    """{field: name}; `fields` in bytewise order."""
    taken, result = {lower(r) for r in reserved}, {}
    for field in fields:
        if clean(field) == field and lower(field) not in taken:
            taken.add(lower(field))
            result[field] = field
    for field in fields:
        if field not in result:
            name, n = clean(field), 1
            while lower(name) in taken:
                n += 1
                suffix = f"_{n}"
                name = clean(field)[:300 - len(suffix)] + suffix
            taken.add(lower(name))
            result[field] = name
    return result


def column(type_, children=(), **more):
    return {"name": "", "field": "", "type": type_, "children": list(children), **more}


def places(values):
    """How many different places there are in these values' maps and lists."""
    fields, elements, count = {}, [], 0
    for v in values:
        if "mapValue" in v:
            for name, inner in v["mapValue"]["fields"].items():
                fields.setdefault(name, []).append(inner)
        elif "arrayValue" in v:
            elements += v["arrayValue"]["values"]
    for name, inner in fields.items():
        count += 1 + len(name.encode()) // 64 + places(inner)
    return count + (1 + places(elements) if elements else 0)


def members(by_field, reserved, policy, level, depth):
    fields = sorted(by_field, key=str.encode)
    named = names(fields, reserved)
    return [{**place(by_field[f], policy, level, depth), "name": named[f], "field": f} for f in fields]


def by_field(maps):
    result = {}
    for m in maps:
        for name, v in m.items():
            result.setdefault(name, []).append(v)
    return result


def place(values, policy, level, depth):
    """The column for these values, without a name. `level`: structures around it; `depth`: fields and lists around it."""
    if places(values) > MOST_PLACES[min(depth, len(MOST_PLACES) - 1)]:
        return column("json")
    types = {}
    for v in values:
        if "nullValue" not in v:
            types.setdefault(TYPES[form_of(v)], []).append(v)
    if not types:
        return column("string")
    if len(types) == 1:
        return of_type(*types.popitem(), policy, level, depth)
    if policy == "widen" and set(types) == {"integer", "double"} and all(exact(v) for v in types["integer"]):
        return column("double")
    if policy == "variants" and level + 2 <= MOST_LEVELS and not ("struct" in types and all(map(bare, types["struct"]))):
        return column("variants", [(lambda c: {**c, "name": c["type"]})(of_type(t, vs, policy, level + 1, depth)) for t, vs in types.items()])
    return column("json")


def exact(v):
    n = int(v["integerValue"])
    return int(float(n)) == n


def bare(v):
    return not v["mapValue"]["fields"] and "key" not in v["mapValue"]


def of_type(type_, values, policy, level, depth):
    if type_ == "list":
        elements = [e for v in values for e in v["arrayValue"]["values"]]
        return column("list", [{**(place(elements, policy, level, depth + 1)), "name": "element"}])
    if type_ == "struct":
        if all(map(bare, values)) or level >= MOST_LEVELS:
            return column("json")
        keyed = [{**column("reference"), "name": "__key__", "key": True}] if any("key" in v["mapValue"] for v in values) else []
        fields = by_field(v["mapValue"]["fields"] for v in values)
        return column("struct", keyed + members(fields, ["__key__"] if keyed else [], policy, level + 1, depth + 1))
    if type_ in ("geoPoint", "user") and level >= MOST_LEVELS:
        return column("json")
    return column(type_)


def plan(records, policy="json"):
    """{(namespace, kind): columns} for records as typed NDJSON has them."""
    kinds = {}
    for r in records:
        kinds.setdefault(kind_of(r), []).append(r)
    result = {}
    for name, rs in kinds.items():
        types = ["reference", "string", "integer", "string"]
        columns = [{**column(t), "name": n, "key": True} for n, t in zip(KEYS, types)]
        if any("op" in r for r in rs):
            columns.append({**column("boolean"), "name": "__deleted__", "key": True})
        fields = by_field(r.get("properties", {}) for r in rs)
        if len(fields) > MOST_PROPERTIES:
            columns.append({**column("json"), "name": "__properties__"})
        else:
            columns += members(fields, [*KEYS, "__deleted__", "__properties__"], policy, 0, 0)
        result[name] = columns
    return result


def shape(c):
    """What of a column, of the program or of this model, must agree. Variants may stand in any order."""
    children = [shape(child) for child in c.get("children", [])]
    return [c["name"], c.get("field", c["name"]), c["type"], bool(c.get("key")), sorted(children) if c["type"] == "variants" else children]


# Rows, in a form in which equal ones are equal: {column name: value}. Structures are objects with all their members.

def mark(x):
    """Integers, doubles, bytes and texts stay apart, NaN equals NaN, -0.0 differs from 0.0."""
    if isinstance(x, float):
        return {"double": repr(x)}
    return {"bytes": bytes(x).hex()} if isinstance(x, (bytes, bytearray, memoryview)) else x


def micros(typed):
    if "timestampMicros" in typed:
        return int(typed["timestampMicros"])
    date, fraction = re.fullmatch(r"(.*)\.([0-9]{6})Z", typed["timestampValue"]).groups()
    whole = datetime.fromisoformat(date).replace(tzinfo=timezone.utc) - EPOCH
    return whole // timedelta(seconds=1) * 1_000_000 + int(fraction)


def cell(c, typed):
    """A Parquet cell."""
    if typed is None or "nullValue" in typed:
        return None
    form = form_of(typed)
    value = typed[form]
    kind = c["type"]
    if kind == "json":
        return plain_ndjson.canonical(plain(typed))
    if kind == "variants":
        return {v["name"]: cell(v, typed) if v is variant_of(c, typed) else None for v in c["children"]}
    if kind == "list":
        return [cell(c["children"][0], e) for e in value["values"]]
    if kind == "struct":
        return {m["name"]: reference(value.get("key")) if m.get("key") else cell(m, value["fields"].get(m["field"])) for m in c["children"]}
    if kind == "geoPoint":
        return {name: mark(float(value[name])) for name in ("latitude", "longitude")}
    if kind == "user":
        return {name: int(value[name]) if name == "gaiaid" and name in value else value.get(name) for name in USER}
    if kind == "timestamp":
        return micros(typed)
    if kind == "reference":
        return reference(value)
    if kind == "integer":
        return int(value)
    if kind == "double":
        return mark(float(value))
    if kind == "bytes":
        return mark(b64decode(value))
    return value


def reference(key):
    return None if key is None else plain_ndjson.reference_text(key)


def variant_of(c, typed):
    type_ = TYPES[form_of(typed)]
    return next(v for v in c["children"] if v["type"] == type_)


def key_cell(name, record):
    last = record["key"]["path"][-1][1]
    return {"__key__": reference(record["key"]), "__namespace__": record["key"]["namespace"], "__deleted__": "op" in record,
            "__id__": last if isinstance(last, int) else None, "__name__": last if isinstance(last, str) else None}[name]


def field_of(c, record):
    if c["name"] == "__properties__" and not c["field"]:
        return {"mapValue": {"fields": record.get("properties", {})}}
    return record.get("properties", {}).get(c["field"])


def row(columns, record):
    """A record as Parquet has it."""
    return {c["name"]: key_cell(c["name"], record) if c.get("key") else cell(c, field_of(c, record)) for c in columns}


def nested(c, typed):
    """What stands within a CSV cell's JSON: the plain value, but that one of several types says which one it is."""
    if c["type"] == "variants" and "nullValue" not in typed:
        variant = variant_of(c, typed)
        return {variant["name"]: nested(variant, typed)}
    if c["type"] == "list" and "arrayValue" in typed:
        return [nested(c["children"][0], e) for e in typed["arrayValue"]["values"]]
    if c["type"] == "struct" and "mapValue" in typed:
        inner = plain({"mapValue": {**typed["mapValue"], "fields": {}}})
        for m in c["children"]:
            if not m.get("key") and m["field"] in typed["mapValue"]["fields"]:
                name, = plain_fields({m["field"]: {"nullValue": None}})
                inner[name] = nested(m, typed["mapValue"]["fields"][m["field"]])
        return inner
    return plain(typed)


def text(c, typed):
    """A CSV cell, None for null; JSON in canonical form."""
    if typed is None or "nullValue" in typed:
        return None
    value = typed[form_of(typed)]
    kind = c["type"]
    if kind in NESTED:
        return plain_ndjson.canonical(nested(c, typed))
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "double":
        return repr(float(value)) if value not in ("NaN", "Infinity", "-Infinity") else value
    return reference(value) if kind == "reference" else value


def text_row(columns, record):
    """A record as CSV has it."""
    show = lambda x: None if x is None else str(x).lower() if isinstance(x, bool) else str(x)  # noqa: E731
    return {c["name"]: show(key_cell(c["name"], record)) if c.get("key") else text(c, field_of(c, record)) for c in columns}


def found(c, value):
    """A value that a reader returned, in the form of cell() and text(): JSON text in canonical form."""
    if value is None:
        return None
    if c["type"] == "json":
        return plain_ndjson.canonical(json.loads(value))
    if isinstance(value, list):
        return [found(c["children"][0], v) for v in value]
    if isinstance(value, dict):
        inner = {m["name"]: m for m in c["children"]}
        return {name: found(inner.get(name, column("")), v) for name, v in value.items()}
    return mark(value)


def found_text(c, value):
    return plain_ndjson.canonical(json.loads(value)) if value is not None and c["type"] in NESTED else value
