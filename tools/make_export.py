#!/usr/bin/env python3
"""Writes a managed export, Firestore or Datastore style, of about MB megabytes or of exactly N records.

usage: make_export.py OUT_FOLDER MB [SEED] [options]
       make_export.py OUT_FOLDER --records N [options]      (MB is then not needed; to give a SEED write 0 before it)

Same arguments give the same bytes. It shares no code with the readers it tests (datahaul's own and tools/read_export.py).
"""
import argparse
import base64
import datetime
import itertools
import json
import os
import random
import struct

try:
    import google_crc32c
    crc32c = google_crc32c.value
except ImportError:
    def crc_tables():
        t0 = []
        for c in range(256):
            for _ in range(8):
                c = (c >> 1) ^ (0x82F63B78 if c & 1 else 0)
            t0.append(c)
        t1 = [t0[c & 255] ^ c >> 8 for c in t0]
        t2 = [t0[c & 255] ^ c >> 8 for c in t1]
        return t0, t1, t2, [t0[c & 255] ^ c >> 8 for c in t2]

    T0, T1, T2, T3 = crc_tables()       # Tn: a byte followed by n zero bytes

    def crc32c(data):
        c, words = 0xFFFFFFFF, len(data) // 4
        for w in struct.unpack_from(f"<{words}I", data):
            w ^= c
            c = T3[w & 255] ^ T2[w >> 8 & 255] ^ T1[w >> 16 & 255] ^ T0[w >> 24]
        for x in data[words * 4:]:
            c = c >> 8 ^ T0[(c ^ x) & 255]
        return c ^ 0xFFFFFFFF


# ------------------------------------------------------------ wire
def vi(n):
    n &= 0xFFFFFFFFFFFFFFFF
    if n < 128:
        return bytes((n,))
    o = bytearray()
    while n > 127:
        o.append(n & 127 | 128)
        n >>= 7
    o.append(n)
    return bytes(o)


def tag(f, w): return vi(f << 3 | w)
def ld(f, b): return tag(f, 2) + vi(len(b)) + b
def st(f, s): return ld(f, s.encode())
def num(f, n): return tag(f, 0) + vi(n)
def f64(f, x): return tag(f, 1) + struct.pack("<d", x)
def f32(f, n): return tag(f, 5) + struct.pack("<I", n)
def group(f, b): return tag(f, 3) + b + tag(f, 4)


# ------------------------------------------------------------ values
# A value is (type, payload). Types: null bool int dbl str ts geo bytes map arr ref, and for Datastore
#   ("user", {member: text or int})        ("refto", key)        ("entity", (key, properties)), an embedded entity with a key
#   ("rawstr", bytes)  a string that need not be UTF-8
# A key is (namespace, database, path); a path is a list of (kind, name | id | None), None = incomplete.
# Two wrappers say how a value is stored: ("indexed", value) and ("meaning", (n, value)).
def indexed(v): return ("indexed", v)
def meaning(n, v): return ("meaning", (n, v))


USER_FIELDS = (("email", 9), ("auth_domain", 10), ("nickname", 11), ("gaiaid", 18), ("user_id", 19), ("federated_identity", 21), ("federated_provider", 22))
MIN_TIME, MAX_TIME = -62135596800000000, 253402300799999999          # the years 1 to 9999


def civil(us):
    t = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us)
    return f"{t.year:04d}-{t.month:02d}-{t.day:02d}T{t.hour:02d}:{t.minute:02d}:{t.second:02d}.{t.microsecond:06d}Z"


def json_double(x): return "NaN" if x != x else "Infinity" if x == float("inf") else "-Infinity" if x == -float("inf") else x
def json_key(key): return {"namespace": key[0], "database": key[1], "path": [list(e) for e in key[2]]}
def base64_text(b): return base64.b64encode(b).decode()


def is_indexed(v):
    while v[0] == "meaning":
        v = v[1][1]
    return v[0] == "indexed"


class Store:
    """Encodes entities of one app, and says what typed NDJSON must show for them."""

    def __init__(self, app, database=""):
        self.app, self.database = app, database      # the database of entities and references that name none

    # ---- storage bytes
    def path(self, p):
        return b"".join(group(1, st(2, k) + (b"" if i is None else num(3, i) if isinstance(i, int) else st(4, i))) for k, i in p)

    def reference(self, key):
        ns, db, p = key
        return st(13, self.app) + ld(14, self.path(p)) + (st(20, ns) if ns else b"") + (st(23, db) if db else b"")

    def reference_value(self, key):
        ns, db, p = key
        e = b"".join(group(14, st(15, k) + (b"" if i is None else num(16, i) if isinstance(i, int) else st(17, i))) for k, i in p)
        return group(12, st(13, self.app) + e + (st(20, ns) if ns else b"") + (st(23, db) if db else b""))

    def user(self, u):
        return group(8, b"".join((num if n == "gaiaid" else st)(f, u[n]) for n, f in USER_FIELDS if n in u))

    def value(self, v):                                   # -> indexed, meaning, PropertyValue bytes
        t, x = v
        if t == "indexed": return (True,) + self.value(x)[1:]
        if t == "meaning": i, _, b = self.value(x[1]); return i, x[0], b
        if t == "null": return False, 0, b""
        if t == "bool": return False, 0, num(2, int(x))
        if t == "int": return False, 0, num(1, x)
        if t == "dbl": return False, 0, f64(4, x)
        if t == "str": return False, 0, st(3, x)
        if t == "rawstr": return False, 0, ld(3, x)
        if t == "ts": return False, 7, num(1, x)
        if t == "geo": return False, 9, group(5, f64(6, x[0]) + f64(7, x[1]))
        if t == "bytes": return False, 14, ld(3, x)
        if t == "map": return False, 19, ld(3, self.embedded(x))
        if t == "entity": return False, 19, ld(3, self.embedded(x[1], x[0]))
        if t == "ref": return False, 0, self.reference_value(("", self.database, x))
        if t == "refto": return False, 0, self.reference_value(x)
        if t == "user": return False, 0, self.user(x)
        raise ValueError(t)

    def property(self, name, v, multiple):
        i, m, b = self.value(v)
        return (14 if i else 15), (num(1, m) if m else b"") + st(3, name) + num(4, int(multiple)) + ld(5, b)

    def properties(self, d, interleave=False):
        # Indexed properties are EntityProto.property (14), the others raw_property (15). Empty lists are always 14.
        head, columns = [], []
        for n, v in d.items():
            if v[0] != "arr": columns.append([self.property(n, v, False)])
            elif v[1]: columns.append([self.property(n, e, True) for e in v[1]])
            else: head.append(ld(14, num(1, 24) + st(3, n) + num(4, 0) + ld(5, b"")))
        if interleave:      # one element of each list in turn: readers must group by name, not by neighbourhood
            columns = [[e for e in row if e] for row in itertools.zip_longest(*columns)]
        flat = list(itertools.chain.from_iterable(columns))
        return b"".join(head + [ld(f, b) for f, b in flat if f == 14] + [ld(f, b) for f, b in flat if f == 15])

    def embedded(self, d, key=None):
        return ld(13, self.reference(key) if key else st(13, "") + ld(14, b"")) + self.properties(d) + ld(16, b"")

    def entity(self, key, d, interleave=False):
        return ld(13, self.reference(key)) + self.properties(d, interleave) + ld(16, self.path(key[2][:1]))

    # ---- what typed NDJSON shows
    def json(self, v):
        t, x = v
        if t == "indexed": return {**self.json(x), "indexed": True}
        if t == "meaning": return {**self.json(x[1]), "meaning": x[0]}
        if t == "null": return {"nullValue": None}
        if t == "bool": return {"booleanValue": x}
        if t == "int": return {"integerValue": str(x)}
        if t == "dbl": return {"doubleValue": json_double(x)}
        if t == "str": return {"stringValue": x}
        if t == "rawstr": return {"stringBytes": base64_text(x)}
        if t == "ts": return {"timestampValue": civil(x)} if MIN_TIME <= x <= MAX_TIME else {"timestampMicros": str(x)}
        if t == "geo": return {"geoPointValue": {"latitude": json_double(x[0]), "longitude": json_double(x[1])}}
        if t == "bytes": return {"bytesValue": base64_text(x)}
        if t == "map": return {"mapValue": {"fields": {k: self.json(e) for k, e in x.items()}}}
        if t == "entity": return {"mapValue": {"fields": {k: self.json(e) for k, e in x[1].items()}, "key": json_key(x[0])}}
        if t == "arr": return {"arrayValue": {"values": [self.json(e) for e in sorted(x, key=is_indexed, reverse=True)]}}   # 14s come before 15s
        if t == "ref": return {"referenceValue": json_key(("", self.database, x))}
        if t == "refto": return {"referenceValue": json_key(x)}
        if t == "user": return {"userValue": {k: str(e) for k, e in x.items()}}
        raise ValueError(t)

    def json_entity(self, key, d):
        return {"key": json_key(key), "properties": {k: self.json(v) for k, v in d.items()}}


def json_line(o): return json.dumps(o, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


# ------------------------------------------------------------ LevelDB log
BLOCK = 32768


class Log:
    def __init__(self, path): self.f, self.n, self.payload = open(path, "wb", 1 << 20), 0, 0

    def add(self, b):
        self.payload += len(b)
        p, first = 0, True
        while True:
            left = BLOCK - self.n % BLOCK
            if left < 7:
                self.f.write(b"\0" * left)
                self.n += left
                left = BLOCK
            k = min(left - 7, len(b) - p)      # 0 when exactly 7 are left: a zero-length FIRST, which is legal
            last = p + k == len(b)
            t = 1 if first and last else 2 if first else 4 if last else 3
            d = b[p:p + k]
            c = crc32c(bytes((t,)) + d)
            self.f.write(struct.pack("<IHB", ((c >> 15 | c << 17) + 0xA282EAD8) & 0xFFFFFFFF, k, t) + d)
            self.n += 7 + k
            p += k
            first = False
            if last:
                return

    def end_after(self, size):
        """Where the file would end after a record of that size."""
        n = self.n
        while True:
            left = BLOCK - n % BLOCK
            if left < 7:
                n, left = n + left, BLOCK
            k = min(left - 7, size)
            n, size = n + 7 + k, size - k
            if not size:
                return n

    def close(self, pad=False):
        if pad and self.n % BLOCK:
            k = BLOCK - self.n % BLOCK
            self.f.write(b"\0" * k)
            self.n += k
        self.f.close()


# ------------------------------------------------------------ Firestore content
WORDS = ("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua "
         "größe naïve 東京 данные emoji😀 quote\" back\\slash").split()
ABC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
def ident(r): return "".join(r.choices(ABC, k=20))
def words(r, n): return " ".join(r.choices(WORDS, k=n))
def ts(r): return r.randrange(1_500_000_000_000_000, 1_760_000_000_000_000)


def user(r):
    return {"displayName": ("str", words(r, 2)), "email": ("str", ident(r).lower() + "@example.com"), "age": ("int", r.randrange(18, 90)),
            "score": ("dbl", r.uniform(-1000, 1000)), "active": ("bool", r.random() < .7), "createdAt": ("ts", ts(r)),
            "lastSeen": ("ts", ts(r)) if r.random() < .8 else ("null", None), "location": ("geo", (r.uniform(-90, 90), r.uniform(-180, 180))),
            "tags": ("arr", [("str", r.choice(WORDS)) for _ in range(r.randrange(0, 6))]), "bio": ("str", words(r, r.randrange(20, 60))),
            "address": ("map", {"street": ("str", words(r, 3)), "zip": ("str", str(r.randrange(10000, 99999))), "city": ("str", words(r, 1)), "floor": ("int", r.randrange(-3, 40))}),
            "avatar": ("bytes", r.randbytes(32)), "manager": ("ref", [("users", ident(r))])}


def order(r):
    return {"user": ("ref", [("users", ident(r))]), "placedAt": ("ts", ts(r)), "total": ("dbl", round(r.uniform(1, 5000), 2)), "currency": ("str", r.choice(("EUR", "USD", "JPY"))),
            "status": ("str", r.choice(("new", "paid", "shipped", "done"))), "number": ("int", r.getrandbits(48)), "note": ("str", words(r, r.randrange(0, 20))),
            "lines": ("arr", [("map", {"sku": ("str", ident(r)), "qty": ("int", r.randrange(1, 9)), "price": ("dbl", round(r.uniform(1, 500), 2)),
                      "opts": ("arr", [("str", r.choice(WORDS)) for _ in range(r.randrange(0, 3))])}) for _ in range(r.randrange(1, 6))]),
            "history": ("arr", [("ts", ts(r)) for _ in range(r.randrange(0, 5))])}


def event(r):
    return {"type": ("str", r.choice(("view", "click", "buy"))), "at": ("ts", ts(r)), "value": ("dbl", r.gauss(0, 1)), "count": ("int", r.randrange(-2**31, 2**31)),
            "flags": ("arr", [("bool", r.random() < .5) for _ in range(8)]), "samples": ("arr", [("dbl", r.random()) for _ in range(12)]),
            "payload": ("map", {"a": ("map", {"b": ("map", {"c": ("str", words(r, 4)), "n": ("null", None)})}), "list": ("arr", [("int", r.randrange(10**6)) for _ in range(5)])}),
            "text": ("str", words(r, r.randrange(10, 60)))}


def special():
    inf = float("inf")
    yield [("special", "doubles")], {"nan": ("dbl", float("nan")), "inf": ("dbl", inf), "ninf": ("dbl", -inf), "negzero": ("dbl", -0.0), "zero": ("dbl", 0.0), "tiny": ("dbl", 5e-324), "big": ("dbl", 1.7976931348623157e308), "tenth": ("dbl", 0.1), "whole": ("dbl", 5.0), "e22": ("dbl", 1e22), "e16": ("dbl", 1e16)}
    yield [("special", "ints")], {"min": ("int", -2**63), "max": ("int", 2**63 - 1), "neg": ("int", -1), "zero": ("int", 0)}
    yield [("special", "times")], {"epoch": ("ts", 0), "before": ("ts", -1), "year1": ("ts", -62135596800000000), "year9999": ("ts", 253402300799999999), "us": ("ts", 1700000000123456)}
    yield [("special", "empty")], {}
    yield [("special", "containers")], {"list": ("arr", []), "map": ("map", {}), "one": ("arr", [("int", 1)]), "nulls": ("arr", [("null", None), ("null", None)]), "inner": ("map", {"list": ("arr", []), "maps": ("arr", [("map", {}), ("map", {"x": ("arr", [])})])}),
        "mixed": ("arr", [("int", 1), ("str", "1"), ("dbl", 1.0), ("bool", True), ("null", None), ("ts", 1), ("bytes", b"\0"), ("geo", (1.0, -2.0)), ("ref", [("a", "b")]), ("map", {"k": ("int", 1)})])}
    yield [("special", "strings")], {"empty": ("str", ""), "controls": ("str", "".join(map(chr, range(32))) + "\x7f\u2028\u2029"), "astral": ("str", "\U0001F600\U0010FFFF"), "": ("str", "empty property name"), "dot.ted`name": ("str", "x")}
    yield [("special", "bytes")], {"empty": ("bytes", b""), "all": ("bytes", bytes(range(256)))}
    yield [("special", "refs"), ("sub", "x/y é"), ("deep", "1")], {"r": ("ref", [("a", "b"), ("c", "d")]), "id": ("ref", [("k", 12345678901234567)])}
    yield [("special", 42)], {"numeric": ("str", "id")}
    d = ("str", "bottom")
    for i in range(19): d = ("map", {"n": d})
    yield [("special", "deep")], {"d": d}
    for n in (32768 - 7, 32768 - 6, 32768, 65536, 1_000_000): yield [("special", f"long{n}")], {"s": ("str", "x" * n)}


def plain(v):
    """The value without bytes and without lists of maps."""
    t, x = v
    if t == "bytes": return ("str", base64_text(x))
    if t == "map": return (t, {k: plain(e) for k, e in x.items()})
    if t == "arr":
        if x and x[0][0] == "map": return ("map", {f"i{j}": plain(e) for j, e in enumerate(x)})
        return (t, [plain(e) for e in x])
    return v


def firestore_record(r, options):
    k = r.random()
    if k < .4: p, d = [("users", ident(r))], user(r)
    elif k < .75: p, d = [("users", ident(r)), ("orders", ident(r))], order(r)
    else: p, d = [("events", ident(r))], event(r)
    if options.simple: d = {k: plain(v) for k, v in d.items()}
    return ("", options.database, p), d


# ------------------------------------------------------------ Datastore content
def some_id(r): return r.randrange(1, 2**53) if r.random() < .5 else words(r, 1) + str(r.randrange(10**6))
def maybe(r, v): return indexed(v) if r.random() < .8 else v


def full_user(r):
    u = {"email": ident(r).lower() + "@example.com", "auth_domain": "example.com", "nickname": words(r, 1), "gaiaid": r.getrandbits(62),
         "user_id": str(r.getrandbits(60)), "federated_identity": "https://id.example/" + ident(r), "federated_provider": "https://id.example/"}
    return ("user", {k: v for k, v in u.items() if k in ("email", "auth_domain") or r.random() < .5})


def person(r, ns, db):
    return {"name": indexed(("str", words(r, 2))), "category": indexed(meaning(1, ("str", words(r, 1)))), "home": indexed(meaning(2, ("str", "https://example.com/" + ident(r)))),
            "email": indexed(meaning(8, ("str", ident(r) + "@example.com"))), "im": indexed(meaning(10, ("str", "sip " + ident(r)))), "phone": indexed(meaning(11, ("str", f"+49 {r.getrandbits(30)}"))),
            "address": indexed(meaning(12, ("str", words(r, 3)))), "rating": indexed(meaning(13, ("int", r.randrange(101)))), "picture": ("bytes", r.randbytes(24)),
            "bio": meaning(15, ("str", words(r, r.randrange(20, 60)))), "token": indexed(meaning(16, ("bytes", r.randbytes(8)))), "upload": indexed(meaning(17, ("str", ident(r)))),
            "born": indexed(("ts", ts(r))), "place": indexed(("geo", (r.uniform(-90, 90), r.uniform(-180, 180)))), "old place": indexed(meaning(0, ("geo", (r.uniform(-90, 90), 0.0)))),
            "account": maybe(r, full_user(r)), "boss": indexed(("refto", (ns, db, [("Person", some_id(r))]))), "score": maybe(r, ("dbl", r.gauss(0, 100))),
            "nothing": maybe(r, ("null", None)), "active": indexed(("bool", r.random() < .5)), "aliases": ("arr", [indexed(("str", words(r, 1))) for _ in range(r.randrange(4))])}


def task(r, ns, db):
    tags = [maybe(r, r.choice((("str", words(r, 1)), ("int", r.randrange(1000)), ("null", None), ("ts", ts(r)), meaning(15, ("str", words(r, 3)))))) for _ in range(r.randrange(7))]
    steps = [maybe(r, ("map", {"text": indexed(("str", words(r, 3))), "done": indexed(("bool", r.random() < .5)), "log": ("arr", [maybe(r, ("int", i)) for i in range(r.randrange(4))])})) for _ in range(r.randrange(4))]
    return {"done": indexed(("bool", r.random() < .5)), "priority": indexed(("int", r.randrange(-5, 5))), "tags": ("arr", tags), "steps": ("arr", steps),
            "times": ("arr", [maybe(r, ("ts", ts(r))) for _ in range(r.randrange(5))]), "description": meaning(15, ("str", words(r, r.randrange(5, 50)))), "estimate": maybe(r, ("dbl", r.expovariate(1)))}


def invoice(r, ns, db):
    customer = {"name": indexed(("str", words(r, 2))), "vat": ("str", ident(r)), "since": indexed(("ts", ts(r)))}
    return {"number": indexed(("int", r.getrandbits(50))), "due": indexed(("ts", ts(r))), "total": indexed(("dbl", round(r.uniform(1, 9999), 2))),
            "customer": maybe(r, ("entity", ((ns, db, [("Person", some_id(r) if r.random() < .5 else None)]), customer))),
            "lines": ("arr", [("map", {"sku": indexed(("str", ident(r))), "price": ("dbl", round(r.uniform(1, 500), 2))}) for _ in range(r.randrange(5))]),
            "paid by": maybe(r, ("refto", (ns, db, [("Person", some_id(r)), ("Account", some_id(r))])))}


def datastore_record(r, options):
    ns, db = r.choice(options.namespace_list), r.choice(options.database_list)
    k = r.random()
    if k < .35: return (ns, db, [("Person", some_id(r))]), person(r, ns, db)
    if k < .7: return (ns, db, [("Person", some_id(r)), ("Task", some_id(r))]), task(r, ns, db)
    return (ns, db, [("Invoice", some_id(r))]), invoice(r, ns, db)


def datastore_special(options):
    """One entity per corner of Datastore mode."""
    ns, db = options.namespace_list[-1], options.database_list[-1]
    def k(name, *rest): return (ns, db, [("Special", name), *rest])
    text = [meaning(n, ("str", f"meaning {n}")) for n in (1, 2, 8, 10, 11, 12, 15, 17)]
    all_types = [("null", None), ("bool", False), ("int", -2**63), ("dbl", -0.0), ("str", "é"), ("ts", -1), ("geo", (-90.0, 180.0)), ("bytes", b"\xff\0"),
                 ("map", {"m": indexed(("int", 1))}), ("refto", ("", "", [("K", 2**63 - 1)])), ("user", {"email": "e", "auth_domain": "a"})]
    yield k("meanings"), {f"m{n}": v for n, v in enumerate(text + [indexed(v) for v in text])}
    yield k("other meanings"), {"rating": indexed(meaning(13, ("int", -1))), "blob": ("bytes", b""), "bytestring": indexed(meaning(16, ("bytes", bytes(range(256))))), "raw bytestring": meaning(16, ("bytes", b"")),
        "geo 0": meaning(0, ("geo", (0.0, -0.0))), "geo 9": indexed(("geo", (float("nan"), float("inf")))), "empty text": meaning(15, ("str", ""))}
    yield k("indexed"), {f"t{i}": indexed(v) for i, v in enumerate(all_types)}
    yield k("unindexed"), {f"t{i}": v for i, v in enumerate(all_types)}
    yield k("lists"), {"all indexed": ("arr", [indexed(v) for v in all_types]), "all raw": ("arr", all_types), "split": ("arr", [indexed(v) if i % 2 else v for i, v in enumerate(all_types)]),
        "empty": ("arr", []), "one": ("arr", [indexed(("null", None))]), "texts": ("arr", text)}
    yield k("users"), {"none": ("user", {"email": "", "auth_domain": ""}), "all": indexed(("user", {"email": "ü@x", "auth_domain": "gmail.com", "nickname": "n\"\\", "gaiaid": -1, "user_id": "12", "federated_identity": "f", "federated_provider": "p"})),
        "zero": indexed(("user", {"email": "z", "auth_domain": "", "gaiaid": 0}))}
    yield k("embedded"), {"keyed": indexed(("entity", (("n2", "d2", [("A", "a"), ("B", 7)]), {"i": indexed(("int", 1)), "r": ("int", 2), "none": ("arr", [])}))),
        "incomplete": ("entity", ((ns, db, [("A", 1), ("Emb", None)]), {})), "namespace only": ("entity", (("n2", "", []), {"x": ("null", None)})),
        "nested": ("map", {"e": indexed(("entity", (("", "", [("E", None)]), {"deep": ("arr", [indexed(("entity", (("", "", [("F", "f")]), {}))), ("map", {})])})))})}
    yield k("references"), {"elsewhere": indexed(("refto", ("other", "d3", [("A", 1), ("B", "b/ü \"")]))), "default": ("refto", ("", "", [("A", -5)])), "incomplete": ("refto", (ns, db, [("A", None)]))}
    yield k("ids", ("Sub", 2**63 - 1), ("Sub", 1), ("Number", "1")), {}
    yield k("ids", ("Number", 1)), {"x": indexed(("int", 1))}
    yield k("ids", ("Number", -1)), {"x": indexed(("int", -1))}
    yield (ns, db, [("Größe & Co/ü", "a b/c%\"\\\n")]), {"kind": indexed(("str", "needs escapes in file names"))}
    yield (ns, db, [(".hidden", 1)]), {"__key__": indexed(("str", "a property called like the key")), "": indexed(("int", 0)), "n" * 1500: ("bool", True)}
    yield k("flattened"), {"items.name": ("arr", [indexed(("str", "a")), indexed(("str", "b"))]), "items.n": ("arr", [indexed(("int", 1)), indexed(("null", None))])}


def odd(options):
    """Values for which typed NDJSON has an escape form: not UTF-8, outside the years 1 to 9999, a meaning that does not fit its carrier."""
    ns, db = options.namespace_list[0], options.database_list[0]
    def k(name): return (ns, db, [("odd", name)])
    bad = [b"\xff\xfeabc", b"\xed\xa0\x80", b"\xc0\x80", b"abc\xe2\x82", b"\xf4\x90\x80\x80", b"\x80", b"ok then \xc3("]
    yield k("strings"), {**{f"s{i}": ("rawstr", b) for i, b in enumerate(bad)}, "text": meaning(15, ("rawstr", b"\xff")), "list": ("arr", [("str", "fine"), ("rawstr", b"\xfe"), ("str", "fine")]), "in map": ("map", {"s": ("rawstr", b"\xff")})}
    yield k("times"), {"min": ("ts", -2**63), "max": ("ts", 2**63 - 1), "year 0": ("ts", MIN_TIME - 1), "year 1": ("ts", MIN_TIME), "year 9999": ("ts", MAX_TIME), "year 10000": ("ts", MAX_TIME + 1), "list": ("arr", [("ts", MAX_TIME + 1), ("ts", 0)])}
    misfits = [(7, ("str", "x")), (7, ("null", None)), (7, ("bool", True)), (7, ("dbl", 1.5)), (9, ("int", 1)), (14, ("int", 1)), (14, ("refto", (ns, db, [("A", "a")]))), (16, ("bool", False)), (19, ("dbl", 2.0)), (19, ("null", None)),
               (24, ("str", "not a list")), (15, ("int", 5)), (13, ("str", "*****")), (3, ("str", "title")), (6, ("str", "author")), (18, ("int", 1700000000000000)), (18, ("str", "index value")),
               (20, ("user", {"email": "e", "auth_domain": "d"})), (5, ("geo", (1.0, 2.0))), (99, ("str", "unheard of"))]
    yield k("misfits"), {f"x{i}": meaning(n, v) for i, (n, v) in enumerate(misfits)}
    yield k("misfits in a list"), {"l": ("arr", [meaning(n, v) for n, v in misfits if n != 24])}


def unknown(store, options):
    """Records that hold more than typed NDJSON can express: yields key, the expressible properties, the record's bytes."""
    ns, db = options.namespace_list[0], options.database_list[0]
    reference, path = store.reference, store.path
    def key_of(name): return (ns, db, [("unknown", name)])
    def record(key, body, key_extra=b"", extra=b"", root=None):
        return ld(13, reference(key) + key_extra) + body + ld(16, path(key[2][:1]) if root is None else root) + extra
    def raw(name, value, before=b"", after=b"", multiple=0): return ld(15, before + st(3, name) + num(4, multiple) + ld(5, value) + after)

    one = {"n": ("int", 1)}
    n = raw("n", num(1, 1))
    for name, args in {
        "entity varint": dict(extra=num(99, 5)), "entity double": dict(extra=f64(99, 1.5)), "entity bytes": dict(extra=ld(99, b"\xff\0")), "entity fixed32": dict(extra=f32(99, 7)),
        "entity group": dict(extra=group(99, num(1, 2) + group(3, st(4, "x")))), "key field": dict(key_extra=num(98, 1)), "owner": dict(extra=ld(17, b"\x4a\x01e")),
        "root is another": dict(root=path([("other", "x")])), "root is longer": dict(root=path([("unknown", "root is longer"), ("more", 1)])), "root has a field": dict(root=path([("unknown", "root has a field")]) + num(9, 1)),
    }.items():
        yield key_of(name), one, record(key_of(name), n, **args)
    k = key_of("kind and kind_uri")
    yield k, one, num(4, 1) + st(5, "http://kind") + record(k, n)
    k = key_of("wrong wire type")
    yield k, one, record(k, n, extra=num(17, 3))
    k = key_of("path element field")
    element = group(1, st(2, "unknown") + st(4, k[2][0][1]) + num(7, 1))
    yield k, one, ld(13, st(13, store.app) + ld(14, element) + (st(20, ns) if ns else b"") + (st(23, db) if db else b"")) + n + ld(16, path(k[2]))
    for name, prop in {
        "property field": raw("n", num(1, 1), after=num(50, 1)), "meaning_uri": raw("n", num(1, 1), before=st(2, "uri")), "stashed": raw("n", num(1, 1), after=num(6, -1)),
        "computed": raw("n", num(1, 1), after=num(7, 1)), "value field": raw("n", num(1, 1) + ld(77, b"x")), "inside a list": raw("n", num(1, 1) + ld(77, b"x"), multiple=1),
    }.items():
        d = one if name != "inside a list" else {"n": ("arr", [("int", 1)])}
        yield key_of(name), d, record(key_of(name), prop)
    for name, v, extra in (("point field", ("geo", (1.0, 2.0)), group(5, f64(6, 1.0) + f64(7, 2.0) + num(8, 1))), ("user field", ("user", {"email": "e", "auth_domain": "a"}), group(8, st(9, "e") + st(10, "a") + num(50, 1))),
                           ("reference field", ("refto", ("", "", [("A", "a")])), group(12, st(13, store.app) + group(14, st(15, "A") + st(17, "a")) + num(24, 1))),
                           ("reference element field", ("refto", ("", "", [("A", "a")])), group(12, st(13, store.app) + group(14, st(15, "A") + st(17, "a") + num(18, 1))))):
        yield key_of(name), {"v": v}, record(key_of(name), raw("v", extra, before=num(1, 9) if v[0] == "geo" else b""))
    no_key = ld(13, st(13, "") + ld(14, b""))
    inner = no_key + n + ld(16, b"") + num(99, 1)
    outer = no_key + raw("m", ld(3, inner), before=num(1, 19)) + ld(16, b"")
    yield key_of("embedded field"), {"e": ("map", {"m": ("map", one)})}, record(key_of("embedded field"), raw("e", ld(3, outer), before=num(1, 19)))
    if options.unsettled:
        # Where it is a matter of taste what remains expressible: the last member of a value counts; a name that comes twice becomes a list.
        yield key_of("two members"), {"n": ("str", "s")}, record(key_of("two members"), raw("n", num(1, 1) + st(3, "s")))
        yield key_of("name twice"), {"n": ("arr", [("int", 1), ("int", 2)])}, record(key_of("name twice"), n + raw("n", num(1, 2)))


# ------------------------------------------------------------ schema of a kind, as BigQuery's loader needs it
PRIMITIVE = {"dbl": 0, "int": 1, "bool": 2, "str": 3, "rawstr": 3, "ts": 4, "user": 16, "geo": 17, "ref": 18, "refto": 18, "bytes": 14}
PRIMITIVE_OF_MEANING = {1: 7, 2: 6, 8: 10, 10: 11, 11: 8, 12: 9, 13: 5, 15: 13, 16: 15, 17: 12}


def note_schema(fields, d):
    """Adds what d shows: fields maps a name to {is_list: (primitive types, fields of the embedded)}."""
    for name, v in d.items():
        types = fields.setdefault(name, {})
        for e in v[1] if v[0] == "arr" else [v]:
            m = None
            while e[0] in ("indexed", "meaning"):
                if e[0] == "meaning": m, e = e[1]
                else: e = e[1]
            primitives, embedded = types.setdefault(v[0] == "arr", ([], {}))
            if e[0] in ("map", "entity"): note_schema(embedded, e[1] if e[0] == "map" else e[1][1])
            elif e[0] != "null":
                p = PRIMITIVE_OF_MEANING.get(m, PRIMITIVE[e[0]])
                if p not in primitives: primitives.append(p)


def schema_bytes(kind, fields):
    def type_bytes(is_list, t): return ld(2, num(1, int(is_list)) + b"".join(num(2, p) for p in t[0]) + (ld(3, schema_bytes("", t[1])) if t[1] else b""))
    return st(1, kind) + b"".join(ld(2, st(1, n) + b"".join(type_bytes(*t) for t in types.items())) for n, types in fields.items())


# ------------------------------------------------------------ the export
class Partition:
    """One folder of output files with its metadata: everything, one kind, one namespace, or one kind of one namespace."""

    def __init__(self, options, kind, ns):
        self.kind, self.ns, self.count, self.fields = kind, ns, 0, {}
        place = "all_namespaces" if ns is None else f"namespace_{ns}" if ns else "default_namespace"
        what = "all_kinds" if kind is None else "kind_" + kind.replace("/", "%2F")
        self.metadata = f"{place}/{what}/{place}_{what}.export_metadata"
        folder = os.path.join(options.out, place, what)
        os.makedirs(folder, exist_ok=True)
        total = options.files + options.empty_files
        empty = set(sorted(range(total), key=lambda i: (i % 2 == 0, i))[:options.empty_files])    # output-1, output-3, ... first
        self.names = [f"output-{i}" for i in range(total)]
        for i in empty: open(os.path.join(folder, self.names[i]), "wb").close()
        self.logs = [Log(os.path.join(folder, self.names[i])) for i in range(total) if i not in empty]

    def bytes(self, emulator): return sum(l.n if emulator else l.payload for l in self.logs)


def parse(argv):
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("out")
    a.add_argument("mb", type=float, nargs="?", default=0)
    a.add_argument("seed", type=int, nargs="?", default=1)
    a.add_argument("--records", type=int, help="exactly that many ordinary records instead of MB megabytes")
    a.add_argument("--files", type=int, default=8, help="outputs in each partition")
    a.add_argument("--truth", help="also write the expected typed NDJSON (write order; sort it bytewise to compare)")
    a.add_argument("--emulator", action="store_true", help="emulator conventions: its app name, byte count = file bytes, kind_info without schema")
    a.add_argument("--pad", action="store_true", help="zero-fill every output to a multiple of 32768 (what production wrote until about 2023)")
    a.add_argument("--database", default="", help="of all records that name no other")
    c = a.add_argument_group("content")
    c.add_argument("--simple", action="store_true", help="no bytes, no arrays of maps, no special values (some readers crash on them)")
    c.add_argument("--special", action="store_true", help="one entity per corner value first (NaN, -0.0, int64 limits, ...; with --datastore also its own)")
    c.add_argument("--small", action="store_true", help="with --special, leave out the records of 32 KB and more")
    c.add_argument("--datastore", action="store_true", help="Datastore mode: indexed properties, meanings, users, numeric ids, namespaces, ...")
    c.add_argument("--namespaces", help="comma-separated, for --datastore (default: the default one, ns1, Tenant-2.eu)")
    c.add_argument("--databases", help="comma-separated, for --datastore (default: --database alone)")
    c.add_argument("--odd", action="store_true", help="strings that are not UTF-8, times outside years 1-9999, meanings that do not fit")
    c.add_argument("--unknown", action="store_true", help="records with unknown fields and others that typed NDJSON can't express")
    c.add_argument("--unsettled", action="store_true", help="with --unknown, also records whose expressible part is a matter of taste")
    c.add_argument("--big", type=int, default=0, help="that many records of about 1 MB")
    c.add_argument("--zero-fragments", type=int, default=0, help="that many times, a record of over 32 KB that leaves exactly 7 bytes in its last block: the next one begins with a zero-length fragment")
    f = a.add_argument_group("form")
    f.add_argument("--partitions", choices=("all", "kind", "namespace", "both"), default="all", help="one folder for each kind, namespace, or both")
    f.add_argument("--one-record", action="store_true", help="all partitions in one record of the overall file")
    f.add_argument("--empty-files", type=int, default=0, help="that many more outputs, of zero length, in each partition")
    f.add_argument("--backslash", action="store_true", help="backslashes in the overall file's paths (the emulator on Windows)")
    f.add_argument("--no-overall", action="store_true", help="no overall metadata file")
    f.add_argument("--no-metadata", action="store_true", help="no metadata files at all: bare outputs")
    a = a.parse_intermixed_args(argv)
    a.namespace_list = a.namespaces.split(",") if a.namespaces is not None else ["", "ns1", "Tenant-2.eu"] if a.datastore else [""]
    a.database_list = a.databases.split(",") if a.databases is not None else [a.database]
    return a


def main(argv=None):
    a = parse(argv)
    r = random.Random(a.seed)
    # The Datastore emulator writes the bare project id, the Firestore emulator "dev~".
    store = Store(("" if a.emulator and a.datastore else "dev~" if a.emulator else "s~") + "bench-project", a.database)
    name = "firestore_export" if a.emulator else "2025-01-02T03:04:05_6789"
    os.makedirs(a.out, exist_ok=True)
    truth = open(a.truth, "w", encoding="utf-8", newline="\n") if a.truth else None
    partitions = {}
    written = [0] * a.files                                   # bytes, over all partitions, in the i-th outputs

    def partition_of(key):
        which = (key[2][-1][0] if a.partitions in ("kind", "both") else None, key[0] if a.partitions in ("namespace", "both") else None)
        if which not in partitions: partitions[which] = Partition(a, *which)
        return partitions[which]

    def put(i, key, d, interleave=False, whole=None):
        p = partition_of(key)
        log, before = p.logs[i], p.logs[i].n
        log.add(whole or store.entity(key, d, interleave))
        written[i] += log.n - before
        p.count += 1
        if p.kind is not None: note_schema(p.fields, d)
        if truth:
            o = store.json_entity(key, d)
            if whole: o["unknown"] = base64_text(whole)
            truth.write(json_line(o))

    if a.partitions == "all": partition_of(("", "", [("", "")]))         # an export without records has a partition, too
    if a.special:
        for p, d in special():
            if not (a.small and str(p[0][1]).startswith("long")): put(0, ("", a.database, p), d)
        if a.datastore:
            for j, (key, d) in enumerate(datastore_special(a)): put(j % a.files, key, d, interleave=j % 2 == 0)
    if a.odd:
        for j, (key, d) in enumerate(odd(a)): put(j % a.files, key, d)
    if a.unknown:
        for j, (key, d, whole) in enumerate(unknown(store, a)): put(j % a.files, key, d, whole=whole)
    for j in range(a.zero_fragments):
        key = (a.namespace_list[0], a.database_list[0], [("filler", j + 1)])
        log = partition_of(key).logs[0]
        overhead = len(store.entity(key, {"s": ("str", "x" * BLOCK)})) - BLOCK       # the same for all lengths from 16384 on
        length = next(n for n in range(BLOCK, 3 * BLOCK) if log.end_after(overhead + n) % BLOCK == BLOCK - 7)
        put(0, key, {"s": ("str", "x" * length)})
        put(0, (key[0], key[1], [("filler", f"after {j + 1}")]), {"n": ("int", j)})
    for j in range(a.big):
        size = 1_000_000
        d = ({"s": ("str", words(r, size // 8))}, {"b": ("bytes", r.randbytes(size))}, {"l": ("arr", [("map", {"text": ("str", words(r, 8)), "n": ("int", i)}) for i in range(size // 100)])})[j % 3]
        put(j % a.files, (a.namespace_list[0], a.database_list[0], [("big", j + 1)]), d)
    record = datastore_record if a.datastore else firestore_record
    n = 0
    for i in range(a.files):
        if a.records is not None:
            for _ in range(a.records * (i + 1) // a.files - a.records * i // a.files):
                put(i, *record(r, a), interleave=a.datastore and n % 3 == 0)
                n += 1
        else:
            want = int(a.mb * 1e6)
            while written[i] < want * (i + 1) // a.files - want * i // a.files:
                put(i, *record(r, a), interleave=a.datastore and n % 3 == 0)
                n += 1
    if truth: truth.close()

    everything = list(partitions.values())
    for p in everything:
        for log in p.logs: log.close(a.pad)
    if not a.no_metadata:
        write_metadata(a, name, everything)
    files = sum(len(p.names) for p in everything)
    print(f"{sum(p.count for p in everything)} entities, {sum(p.bytes(True) for p in everything)} file bytes, {sum(p.bytes(False) for p in everything)} payload bytes in {files} files")


def write_metadata(a, name, partitions):
    start = 1735787045006789
    entries = []
    for p in partitions:
        outputs = b"".join(st(2, n) for n in p.names)
        m = ld(1, st(1, name) + num(2, start) + num(3, start + 9_000_000))
        if a.emulator: m += ld(2, st(1, p.kind or "") + outputs)
        elif p.kind is None: m += ld(2, st(1, "__all__") + outputs + ld(3, st(1, "__all__")) + (num(5, -1176175783) if a.datastore else b""))
        else: m += ld(2, st(1, p.kind) + outputs + ld(3, schema_bytes(p.kind, p.fields)) + num(5, -1176175783))      # 5: production's checksum, unknown to all
        with open(os.path.join(a.out, *p.metadata.split("/")), "wb") as f: f.write(m)
        blank = st(2, "") if a.emulator and a.datastore else b""
        which = (num(1, 2) + blank if p.kind is None else num(1, 1) + st(2, p.kind)) + (num(3, 3) if p.ns is None else num(3, 2) + st(4, p.ns))
        if blank and p.ns is None: which += st(4, "")
        path = p.metadata.replace("/", "\\") if a.backslash else p.metadata
        entries.append(ld(1, ld(1, which) + st(2, path) + num(3, p.count) + num(4, p.bytes(a.emulator))))
    if a.no_overall: return
    overall = Log(os.path.join(a.out, name + ".overall_export_metadata"))
    overall.add(b"3")
    for record in [b"".join(entries)] if a.one_record else entries: overall.add(record)
    overall.close()


if __name__ == "__main__":
    main()
