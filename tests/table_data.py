"""Data with planted conflicts, as typed NDJSON: what a planner of columns gets wrong."""
import base64
import json
import random


def null():
    return {"nullValue": None}


def boolean(b):
    return {"booleanValue": b}


def integer(n):
    return {"integerValue": str(n)}


def double(x):
    return {"doubleValue": x}


def string(s):
    return {"stringValue": s}


def binary(b):
    return {"bytesValue": base64.b64encode(b).decode()}


def time(t):
    return {"timestampValue": t}


def geo(latitude, longitude):
    return {"geoPointValue": {"latitude": latitude, "longitude": longitude}}


def key(*path, namespace="", database=""):
    return {"database": database, "namespace": namespace, "path": [list(p) for p in path]}


def ref(*path, **where):
    return {"referenceValue": key(*path, **where)}


def array(*values):
    return {"arrayValue": {"values": list(values)}}


def struct(fields=None, key=None, **more):
    return {"mapValue": {"fields": {**(fields or {}), **more}, **({"key": key} if key else {})}}


def record(kind, last, properties=None, namespace="", **more):
    return {"key": key((kind, last), namespace=namespace), "properties": {**(properties or {}), **more}}


def write(folder, records):
    """A data set of one file without a manifest. Returns its folder."""
    folder.mkdir(parents=True)
    with open(folder / "data.typed.ndjson", "w", encoding="utf-8") as f:
        for r in records:
            f.write(json.dumps(r, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n")
    return folder


def of(kind, *properties):
    return [record(kind, i + 1, p) for i, p in enumerate(properties)]


def integers_and_strings():
    return of("K", {"v": integer(-(2**63))}, {"v": string("12")}, {"v": null()}, {}, {"v": integer(2**63 - 1)}, {"v": string("")},
              {"m": struct(x=integer(1), y=string("a"))}, {"m": struct(x=string("1"))}, {"l": array(integer(1), string("2"), null())})


def scalars_and_lists():
    return of("K", {"v": integer(1)}, {"v": array(integer(1), integer(2))}, {"v": array()}, {"v": null()}, {"w": array(string("a"), null(), string(""))},
              {"w": array()}, {"x": array(struct(a=integer(1)), string("s"))}, {"x": string("alone")}, {"b": array(boolean(True), boolean(False))},
              {"t": array(time("0001-01-01T00:00:00.000000Z"), time("9999-12-31T23:59:59.999999Z"))}, {"r": array(ref(("A", 1)), ref(("B", "2")))})


def maps_and_scalars():
    return of("K", {"v": struct(a=integer(1))}, {"v": string("{}")}, {"v": struct()}, {"v": null()}, {"w": struct(a=string("x"), b=null())},
              {"w": struct()}, {"w": null()}, {"e": struct()}, {"e": integer(1)}, {"k": struct(key=key(("Part", 7)), a=integer(1))},
              {"k": struct(a=integer(2))}, {"g": geo(1.5, -0.0)}, {"g": struct(latitude=double(1.0), longitude=double(2.0))}, {"g2": geo(90.0, -180.0)})


def nested_lists():
    def down(n):
        return array(struct(l=down(n - 1), n=integer(n))) if n else array(integer(1), integer(2))

    def maps(n):
        return struct(m=maps(n - 1)) if n else struct(x=integer(1))

    return of("K", {"l": down(3)}, {"l": down(7)}, {"l": array(struct(), struct(l=array()), null())}, {"deep": down(20)}, {"maps": maps(14)}, {"deeper": maps(16)},
              {"mixed": array(struct(l=array(integer(1))), struct(l=array(string("a"))))})


def many_fields(n=12_000):
    r = random.Random(5)
    wide = [record("Wide", i + 1, {f"f{j}": (integer(j), string(f"s{j}"), double(j / 7))[j % 3] for j in range(i, n, 4)}) for i in range(4)]
    return wide + [record("Wide", 5, {f"f{r.randrange(n)}": null(), "f1": string("")})]


def data_for_names():
    ids = {f"user-{i}": integer(i) for i in range(9_000)}
    many = {f"p{i}": integer(i) for i in range(16_000)}
    return [record("Ids", 1, {"m": struct(ids), "n": integer(1)}), record("Ids", 2, {"m": struct(other=string("x"))}), record("Open", 1, many), record("Open", 2, n=string("x"))]


def colliding_names():
    long = "n" * 299
    names = ["a b", "a-b", "a_b", "A_B", "a.b", "a_b_2", "", "_", "9", "_9", "__key__", "__id__", "__NAME__", "__deleted__", "__properties__", "_TABLE_x", "_partition",
             "größe", "GRÖSSE", "Größe", "日本", "tab\tnew\nline", 'quo"te', "a,b", long + "xy", long + "xz", long + "é", "ü" * 310, "Case", "case", "CASE"]
    fields = {name: string(f"value of {i}") for i, name in enumerate(names)}
    return of("K", fields, {"m": struct(fields)}, {"l": array(struct({"a b": integer(1), "a_b": integer(2)}, key=key(("P", 1))), struct({"__key__": integer(3)}))},
              {name: integer(1) if i % 5 == 0 else v for i, (name, v) in enumerate(fields.items())})


def long_strings():
    r = random.Random(7)
    texts = ["x" * 200_000, "".join(r.choice('ab,"\r\n\t;\\é€😀 ') for _ in range(60_000)), '"' * 200_000, "=" + "1" * 200_000, "\r\n" * 100_000]
    return of("K", *({"s": string(t), "b": binary(r.randbytes(200_000)), "l": array(string(t), string("short")), "m": struct(s=string(t[::-1]))} for t in texts), {"s": string("")}, {})


def late_field():
    return [record("K", i + 1, n=integer(i)) for i in range(5_000)] + [record("K", 5_001, n=integer(0), late=struct(x=array(string("only here"))))]


def integers_and_doubles():
    return of("K", {"exact": integer(2**53), "inexact": integer(2**53 + 1), "d": double(0.5)}, {"exact": double(0.1), "inexact": double(-0.0), "d": double("NaN")},
              {"exact": integer(-5), "inexact": integer(-(2**63)), "d": double("-Infinity")}, {"exact": null(), "l": array(integer(1), double(1.0), null())},
              {"exact": double(5e-324), "l": array(double("Infinity")), "m": struct(x=integer(1))}, {"m": struct(x=double(1e22))}, {"three": integer(1)}, {"three": double(1.0)}, {"three": string("1")})


def nothing():
    return of("K", {"n": null(), "l": array(), "m": struct(), "ln": array(null(), null()), "lm": array(struct(), null()), "mn": struct(x=null()), "ll": struct(x=array())},
              {}, {"n": null()}, {"m": null(), "l": null(), "lm": array()}) + [record("Bare", "only a key"), record("Bare", None)]


def many_kinds():
    return [record(kind, i, {"n": integer(i), kind: string(namespace)}, namespace=namespace) for kind in ("A", "a", "A/B", "ü", "_rejects", "x.csv") for namespace in ("", "ns1", "x.parquet")
            for i in (1, 2)] + [{"key": key(("Root", 1), ("Deep", "a/b"), namespace="ns1", database="db"), "properties": {}}]


NOT_FINITE = ("NaN", "Infinity", "-Infinity")


def every_type(n=60, seed=3, nested_doubles=(0.1, -0.0, 5e-324, 1e22)):
    """Random records whose columns keep everything: one type, flag and meaning a field. No nulls but in lists."""
    r = random.Random(seed)

    def scalar(i, doubles=nested_doubles):
        text = lambda: "".join(r.choice("az09 ,\"'\r\n\té€😀\\=") for _ in range(r.randrange(8)))  # noqa: E731
        return [lambda: boolean(r.random() < 0.5), lambda: integer(r.choice([0, -1, 2**63 - 1, -(2**63), r.randrange(10**6)])),
                lambda: double(r.choice([*doubles, r.random()])), lambda: string(text()),
                lambda: binary(r.randbytes(r.randrange(5))), lambda: time(f"{r.randrange(1, 10_000):04}-02-03T04:05:06.{r.randrange(10**6):06}Z"),
                lambda: ref(("A", r.randrange(1, 99)), ("B", text() or "b"), namespace=r.choice(["", "n s"])), lambda: geo(r.uniform(-90, 90), r.uniform(-180, 180)),
                lambda: {"userValue": {"email": text(), **({"gaiaid": str(r.randrange(2**62))} if r.random() < 0.5 else {})}},
                lambda: {"decimalValue": f"{r.randrange(10**9)}.50"}, lambda: {"dateValue": "2024-02-29"}, lambda: {"timeValue": "23:59:59.5"},
                lambda: {"uuidValue": "123e4567-e89b-12d3-a456-426614174000"}][i]()

    def some(fields):
        return {name: f() for name, f in fields.items() if r.random() < 0.6}

    scalars = {f"s{i}": (lambda i=i: scalar(i)) for i in range(13)}
    not_finite = {"double": lambda: scalar(2, NOT_FINITE)}
    lists = {f"l{i}": (lambda i=i: array(*(null() if r.random() < 0.1 else scalar(i) for _ in range(r.randrange(4))))) for i in range(13)}
    maps = {"m": lambda: struct(some(scalars)), "k": lambda: struct(some(scalars), key=key(("P", r.randrange(1, 9)))) if r.random() < 0.7 else struct(),
            "lm": lambda: array(*(struct(some(scalars | lists)) for _ in range(r.randrange(3)))), "indexed": lambda: {**string("i"), "indexed": True},
            "meaning": lambda: {**string("m"), "meaning": 15}}
    return [record("All", i + 1, some(scalars | not_finite | lists | maps)) for i in range(n)] + [{"key": key(("All", "gone")), "op": "delete"}]


CONFLICTS = {
    "integers and strings": integers_and_strings, "scalars and lists": scalars_and_lists, "maps and scalars": maps_and_scalars, "nested lists": nested_lists,
    "12,000 fields": many_fields, "names that are data": data_for_names, "names that collide": colliding_names, "200 KB strings": long_strings,
    "a late field": late_field, "integers and doubles": integers_and_doubles, "nothing": nothing, "kinds and namespaces": many_kinds, "every type": every_type,
    "every type, not finite": lambda: every_type(nested_doubles=NOT_FINITE),
}
