#!/usr/bin/env python3
"""Reads a managed export and prints it as typed NDJSON: slow, small, and meant to be obviously correct.

usage: read_export.py PATH...
  PATH: an export's folder, its .overall_export_metadata, a partition's .export_metadata, or bare output files

Every CRC, and the counts of entities and bytes that the metadata holds, are checked. Any damage is an error (exit code 1)
that names file and byte. This is the yardstick for the real reader, and shares no code with it nor with make_export.py.
"""
import base64
import datetime
import json
import os
import re
import struct
import sys

try:
    from google_crc32c import value as crc32c
except ImportError:
    TABLE = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0x82F63B78 if byte & 1 else byte >> 1
        TABLE.append(byte)

    def crc32c(data):
        crc = 0xFFFFFFFF
        for byte in data:
            crc = crc >> 8 ^ TABLE[crc & 0xFF ^ byte]
        return crc ^ 0xFFFFFFFF


class Damage(Exception):
    """What is wrong, and where."""


# ------------------------------------------------------------ LevelDB log
BLOCK = 32768
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def masked(crc):
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def log_records(name, data):
    """Yields (offset of the first fragment, payload) of each record."""
    def bad(what):
        raise Damage(f"{name} at byte {at}: {what}")

    at, begin, parts = 0, 0, None          # parts: the fragments of a record that is not complete yet
    while at < len(data):
        room = BLOCK - at % BLOCK
        if room < 7:                       # no header fits: a zero trailer
            if any(data[at:at + room]):
                bad("block trailer is not zero")
            at += room
            continue
        if len(data) - at < 7:
            if any(data[at:]):
                bad(f"{len(data) - at} bytes left, too few for a header")
            break
        crc, length, kind = struct.unpack_from("<IHB", data, at)
        if kind == 0:
            if any(data[at:]):
                bad("zero fill that does not reach the end of the file")
            break
        if kind > LAST:
            bad(f"fragment type {kind}")
        payload = data[at + 7:at + 7 + length]
        if length > room - 7:
            bad(f"a fragment of {length} bytes reaches beyond its block")
        if len(payload) < length:
            bad(f"the file ends within a fragment of {length} bytes")
        found = masked(crc32c(data[at + 6:at + 7 + length]))       # the CRC covers the type byte, too
        if found != crc:
            bad(f"CRC is {found:08x}, expected {crc:08x}")
        if (parts is None) != (kind in (FULL, FIRST)):
            bad("a record begins inside another" if parts is not None else "a record's beginning is missing")
        if parts is None:
            begin, parts = at, []
        parts.append(payload)
        if kind in (FULL, LAST):
            yield begin, b"".join(parts)
            parts = None
        at += 7 + length
    if parts is not None:
        bad(f"the record that begins at byte {begin} has no end")


# ------------------------------------------------------------ protobuf wire format
VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)


def varint(data, at):
    value = 0
    for i in range(10):
        if at >= len(data):
            raise Damage("a varint is cut")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            if value >> 64:
                break
            return value, at
    raise Damage("a varint has more than 64 bits")


def wire_fields(data, at=0, group=None):
    """The fields from at on, as (number, wire type, value): int, 8 or 4 raw bytes, bytes, or a list of fields for a group."""
    fields = []
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise Damage(f"field number {number}")
        if wire == VARINT:
            value, at = varint(data, at)
        elif wire == GROUP:
            value, at = wire_fields(data, at, number)
        elif wire == END_GROUP:
            if number != group:
                raise Damage(f"group {group} ends as group {number}")
            return fields, at
        elif wire in (FIXED64, FIXED32, BYTES):
            if wire == BYTES:
                length, at = varint(data, at)
            else:
                length = 8 if wire == FIXED64 else 4
            value = data[at:at + length]
            if len(value) < length:
                raise Damage(f"field {number} is cut")
            at += length
        else:
            raise Damage(f"wire type {wire}")
        fields.append((number, wire, value))
    if group is not None:
        raise Damage(f"group {group} has no end")
    return fields, at


def message(data):
    return wire_fields(data)[0]


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def utf8(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Damage(f"{what} is not UTF-8: {data!r}") from None


# ------------------------------------------------------------ EntityProto
IMPLIED_MEANING = {"timestampValue": 7, "timestampMicros": 7, "geoPointValue": 9, "bytesValue": 14, "mapValue": 19, "arrayValue": 24}
USER = {9: (BYTES, "email"), 10: (BYTES, "auth_domain"), 11: (BYTES, "nickname"), 18: (VARINT, "gaiaid"),
        19: (BYTES, "user_id"), 21: (BYTES, "federated_identity"), 22: (BYTES, "federated_provider")}


def base64_text(data):
    return base64.b64encode(data).decode("ascii")


def json_double(data):
    x = struct.unpack("<d", data)[0]
    return "NaN" if x != x else {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(x, x)


class Entity:
    """One record. `complete` turns False when it holds something that the typed form can't express."""

    def __init__(self, data):
        self.complete = True
        key, properties = self.entity(message(data), top=True)
        self.json = {"key": key, "properties": properties}
        if not self.complete:
            self.json["unknown"] = base64_text(data)

    def split(self, fields, known, repeated=()):
        """Sorts fields into {name: value or, if repeated, list}. What is not known makes the record incomplete."""
        found = {name: [] for name in repeated}
        for number, wire, value in fields:
            if number not in known or known[number][0] != wire:
                self.complete = False
                continue
            name = known[number][1]
            if name in repeated:
                found[name].append(value)
            else:
                if name in found:
                    self.complete = False
                found[name] = value
        return found

    def entity(self, fields, top=False):
        known = {13: (BYTES, "key"), 16: (BYTES, "entity_group")}
        listed = []                                         # (indexed, Property), in the order of the record
        rest = []
        for number, wire, value in fields:
            if number in (14, 15) and wire == BYTES:
                listed.append((number == 14, value))
            else:
                rest.append((number, wire, value))
        found = self.split(rest, known)                     # kind 4, kind_uri 5 and owner 17 have no typed form
        if top and "key" not in found:
            raise Damage("an entity without a key")
        key, key_fields = self.reference(message(found.get("key", b"")))
        if top and not key["path"]:
            raise Damage("an entity whose key has no path")
        root = message(found.get("entity_group", b""))
        if root and root != key_fields[:1]:
            self.complete = False
        return key, self.properties(listed)

    def reference(self, fields):
        found = self.split(fields, {13: (BYTES, "app"), 14: (BYTES, "path"), 20: (BYTES, "namespace"), 23: (BYTES, "database")})
        path_fields = message(found.get("path", b""))
        elements = self.split(path_fields, {1: (GROUP, "element")}, repeated=("element",))["element"]
        path = [self.path_element(e, kind=2, number=3, name=4) for e in elements]
        return self.key(found, path), path_fields

    def key(self, found, path):
        return {"namespace": utf8(found.get("namespace", b""), "a namespace"), "database": utf8(found.get("database", b""), "a database"), "path": path}

    def path_element(self, fields, kind, number, name):
        found = self.split(fields, {kind: (BYTES, "kind"), number: (VARINT, "id"), name: (BYTES, "name")})
        if "id" in found and "name" in found:
            self.complete = False
        last = signed(found["id"]) if "id" in found else utf8(found["name"], "a key's name") if "name" in found else None
        return [utf8(found.get("kind", b""), "a kind"), last]

    def properties(self, listed):
        values, multiple_of = {}, {}                        # both by name, in file order
        for indexed, data in listed:
            found = self.split(message(data), {1: (VARINT, "meaning"), 3: (BYTES, "name"), 4: (VARINT, "multiple"), 5: (BYTES, "value")})
            if "name" not in found:
                raise Damage("a property without a name")
            name = utf8(found["name"], "a property's name")
            multiple = found.get("multiple", 0) != 0
            values.setdefault(name, []).append(self.value(found.get("meaning", 0), message(found.get("value", b"")), indexed, multiple))
            multiple_of.setdefault(name, []).append(multiple)
        properties = {}
        for name, elements in values.items():
            if all(multiple_of[name]):
                properties[name] = {"arrayValue": {"values": elements}}
            elif len(elements) == 1:
                properties[name] = elements[0]
            else:
                # The same name again without `multiple`: every value is shown, as a list, but that is not what is stored.
                self.complete = False
                properties[name] = {"arrayValue": {"values": elements}}
        return properties

    def value(self, meaning, fields, indexed, multiple):
        """A PropertyValue as its JSON object."""
        members = {1: VARINT, 2: VARINT, 3: BYTES, 4: FIXED64, 5: GROUP, 8: GROUP, 12: GROUP}
        known = [(number, value) for number, wire, value in fields if members.get(number) == wire]
        if len(known) < len(fields) or len(known) > 1:
            self.complete = False
        number, value = known[-1] if known else (0, None)   # of several the last counts
        if number == 0:
            json_value = {"arrayValue": {"values": []}} if meaning == 24 and not multiple else {"nullValue": None}
        elif number == 1:
            json_value = self.timestamp(signed(value)) if meaning == 7 else {"integerValue": str(signed(value))}
        elif number == 2:
            json_value = {"booleanValue": value != 0}
        elif number == 3:
            json_value = self.string(meaning, value)
        elif number == 4:
            json_value = {"doubleValue": json_double(value)}
        elif number == 5:
            found = self.split(value, {6: (FIXED64, "x"), 7: (FIXED64, "y")})
            json_value = {"geoPointValue": {"latitude": json_double(found.get("x", bytes(8))), "longitude": json_double(found.get("y", bytes(8)))}}
        elif number == 8:
            found = self.split(value, USER)
            json_value = {"userValue": {name: str(signed(x)) if name == "gaiaid" else utf8(x, f"a user's {name}") for name, x in found.items()}}
        else:
            found = self.split(value, {13: (BYTES, "app"), 14: (GROUP, "element"), 20: (BYTES, "namespace"), 23: (BYTES, "database")}, repeated=("element",))
            path = [self.path_element(e, kind=15, number=16, name=17) for e in found["element"]]
            json_value = {"referenceValue": self.key(found, path)}
        form, = json_value
        if meaning != IMPLIED_MEANING.get(form, 0):
            json_value["meaning"] = meaning
        if indexed and form != "arrayValue":
            json_value["indexed"] = True
        return json_value

    def timestamp(self, micros):
        try:
            time = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)
        except OverflowError:                               # Python's years are 1 to 9999, too
            return {"timestampMicros": str(micros)}
        return {"timestampValue": time.isoformat(timespec="microseconds") + "Z"}

    def string(self, meaning, data):
        if meaning in (14, 16):
            return {"bytesValue": base64_text(data)}
        if meaning == 19:
            fields = message(data)
            key, properties = self.entity(fields)
            value = {"fields": properties}
            # A plain map's key holds an empty app and an empty path.
            if any(member for number, wire, bytes_ in fields if (number, wire) == (13, BYTES) for _, _, member in message(bytes_)):
                value["key"] = key
            return {"mapValue": value}
        try:
            return {"stringValue": data.decode("utf-8")}
        except UnicodeDecodeError:
            return {"stringBytes": base64_text(data)}


# ------------------------------------------------------------ the files of an export
OUTPUT, PARTITION = r"output-\d+", r".*\.export_metadata"


def read(path):
    with open(path, "rb") as f:
        return f.read()


def all_of(fields, number, wire=BYTES):
    return [value for n, w, value in fields if (n, w) == (number, wire)]


def output_number(name):
    return int(re.search(r"\d*$", name).group() or 0)


def read_outputs(paths):
    """(the entities' JSON, sum of payload bytes, sum of file bytes)"""
    entities, payload, size = [], 0, 0
    for path in paths:
        data = read(path)
        size += len(data)
        for at, record in log_records(path, data):
            payload += len(record)
            try:
                entities.append(Entity(record).json)
            except Damage as e:
                raise Damage(f"{path}, record at byte {at}: {e}") from None
    return entities, payload, size


def refuse_unlisted(path, listed, found):
    """Metadata that was cut may list less than there is, and be well-formed."""
    unlisted = {os.path.normpath(p) for p in found} - {os.path.normpath(p) for p in listed}
    if unlisted:
        raise Damage(f"{path} does not list {min(unlisted)}")


def files_below(folder, pattern):
    return sorted(os.path.join(place, n) for place, _, files in os.walk(folder) for n in files if re.fullmatch(pattern, n))


def partition_outputs(path):
    folder = os.path.dirname(path)
    try:
        names = [utf8(name, "a file name") for info in all_of(message(read(path)), 2) for name in all_of(message(info), 2)]
    except Damage as e:
        raise Damage(f"{path}: {e}") from None
    if len(set(names)) < len(names):
        raise Damage(f"{path}: an output is listed twice")
    outputs = [os.path.join(folder, name) for name in names]
    refuse_unlisted(path, outputs, [os.path.join(folder, n) for n in os.listdir(folder or ".") if re.fullmatch(OUTPUT, n)])
    return outputs


def read_overall(path):
    records = [record for _, record in log_records(path, read(path))]
    if not records or records[0] != b"3":
        raise Damage(f"{path}: the first record is not the byte 0x33")
    folder, entities, partitions = os.path.dirname(path), [], []
    for fields in [message(entry) for record in records[1:] for entry in all_of(message(record), 1)]:
        (place,), (count,), (size,) = all_of(fields, 2), all_of(fields, 3, VARINT) or [0], all_of(fields, 4, VARINT) or [0]
        partition = os.path.join(folder, *re.split(r"[/\\]", utf8(place, "a path")))
        partitions.append(partition)
        found, payload, files = read_outputs(partition_outputs(partition))
        if len(found) != count:
            raise Damage(f"{path}: {count} entities announced in {partition}, {len(found)} found")
        if size not in (payload, files):                    # production counts payload, the emulators count file bytes
            raise Damage(f"{path}: {size} bytes announced in {partition}, {payload} found ({files} with framing)")
        entities += found
    refuse_unlisted(path, partitions, files_below(folder, PARTITION))
    return entities


def read_export(path):
    """The entities of an export as JSON objects, in file order."""
    if os.path.isfile(path):
        if path.endswith(".overall_export_metadata"):
            return read_overall(path)
        return read_outputs(partition_outputs(path) if path.endswith(".export_metadata") else [path])[0]
    overall = [os.path.join(path, n) for n in os.listdir(path) if n.endswith(".overall_export_metadata")]
    if len(overall) > 1:
        raise Damage(f"{path} holds {len(overall)} overall metadata files: name one")
    if overall:
        return read_overall(overall[0])
    partitions = files_below(path, PARTITION)
    if partitions:
        return [e for p in partitions for e in read_export(p)]
    outputs = files_below(path, OUTPUT)
    if not outputs:
        raise Damage(f"{path}: no export found")
    return read_outputs(sorted(outputs, key=lambda p: (os.path.dirname(p), output_number(p))))[0]


def json_line(entity):
    return json.dumps(entity, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    try:
        for path in sys.argv[1:]:
            for entity in read_export(path):
                sys.stdout.buffer.write(json_line(entity).encode("utf-8") + b"\n")
    except (Damage, OSError) as e:
        sys.exit(f"read_export: {e}")


if __name__ == "__main__":
    main()
