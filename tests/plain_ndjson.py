"""What plain NDJSON must show of a record, worked out from its typed form and from the conventions, not from the program."""
import json
import re
from urllib.parse import quote


def segment(text):
    """A kind or name within a path: everything outside [A-Za-z0-9._-] percent-encoded (no test uses `~`, which quote() keeps)."""
    return quote(text, safe="")


def path_text(path):
    parts = []
    for kind, last in path:
        parts.append(segment(kind))
        if isinstance(last, int):
            parts.append(str(last))
        elif last is not None:
            parts.append(f'"{last}"' if re.fullmatch(r"-?[0-9]+", last) else segment(last))
    return "/".join(parts)


def reference_text(key):
    where = f"//{segment(key['database'])}/{segment(key['namespace'])}/" if key["database"] or key["namespace"] else ""
    return where + path_text(key["path"])


def number(x):
    return None if isinstance(x, str) else x          # NaN and infinities are strings in typed NDJSON and null here


def value(typed):
    form = next(k for k in typed if k not in ("indexed", "meaning"))
    v = typed[form]
    if form == "integerValue" or form == "timestampMicros":
        return int(v)
    if form == "doubleValue":
        return number(v)
    if form == "geoPointValue":
        return {"latitude": number(v["latitude"]), "longitude": number(v["longitude"])}
    if form == "referenceValue":
        return reference_text(v)
    if form == "arrayValue":
        return [value(e) for e in v["values"]]
    if form == "mapValue":
        inner = {"__key__": key_object(v["key"])} if "key" in v else {}
        return inner | fields(v["fields"])
    if form == "userValue":
        return {name: int(e) if name == "gaiaid" else e for name, e in v.items()}
    return v        # null, booleans, strings, base64 of bytes, RFC 3339 of timestamps: the same


def key_object(key):
    shown = {"database": key["database"]} if key["database"] else {}
    shown["namespace"] = key["namespace"]
    if key["path"]:
        kind, last = key["path"][-1]
        shown["kind"] = kind
        if last is not None:
            shown["id" if isinstance(last, int) else "name"] = last
    shown["path"] = path_text(key["path"])
    return shown


def fields(typed):
    return {"__key___" if name == "__key__" else name: value(v) for name, v in typed.items()}


def record(typed):
    return {"__key__": key_object(typed["key"])} | fields(typed["properties"])


def canonical(obj):
    """One text for equal objects: order of members does not count, 5 and 5.0 differ, every digit of a double counts."""
    return json.dumps(obj, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
