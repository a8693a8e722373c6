#!/usr/bin/env python3
"""Makes the generated samples under testdata/exports again, and their truth under testdata/truth.

usage: make_testdata.py [TESTDATA_FOLDER]

The samples that others wrote (emulators, App Engine SDK) are not touched. Running it changes nothing unless the generator changed.
"""
import os
import shutil
import sys

import make_export
from make_export import Log, ld, num

SAMPLES = {
    "special": "--records 4 --special --small --files 2",
    "datastore-mode": "--records 6 --datastore --special --small --odd --unknown --files 3 --databases ,db2",
    "partitions": "--records 12 --datastore --files 2 --partitions both --empty-files 1",
    "partitions-one-record": "--records 9 --files 1 --partitions kind --one-record",
    "padded": "--records 5 --files 1 --pad",
    "no-overall": "--records 5 --files 2 --no-overall",
    "no-metadata": "--records 5 --files 11 --no-metadata",
    "backslash": "--records 5 --files 2 --emulator --backslash",
    "zero-fragment": "--records 2 --files 1 --zero-fragments 1 --emulator",
}


def make(folder, name, options):
    out = os.path.join(folder, "exports", name)
    shutil.rmtree(out, ignore_errors=True)
    truth = [] if name.startswith("corrupt") else ["--truth", os.path.join(folder, "truth", name + ".typed.ndjson")]
    make_export.main([out, *options.split(), *truth])
    return out


def damage(folder, name, change):
    """A small good export in which `change` is made to the bytes of its only output."""
    out = make(folder, "corrupt-" + name, "--records 8 --files 1")
    path = os.path.join(out, "all_namespaces", "all_kinds", "output-0")
    with open(path, "rb") as f: data = bytearray(f.read())
    with open(path, "wb") as f: f.write(change(data))


def record_starts(data):
    """Offsets of the records of an output smaller than a block."""
    at, starts = 0, []
    while at < len(data):
        starts.append(at)
        at += 7 + int.from_bytes(data[at + 4:at + 6], "little")
    return starts


def flip(data):
    data[record_starts(data)[3] + 50] ^= 0x10
    return data


def hole(data):
    at = record_starts(data)[4] - 20          # the end of one record and the beginning of the next
    data[at:at + 64] = bytes(64)
    return data


def framed(data, change):
    """The same output with `change` made to its fourth record's payload and a correct CRC around it."""
    starts = record_starts(data) + [len(data)]
    payloads = [bytes(data[a + 7:b]) for a, b in zip(starts, starts[1:])]
    payloads[3] = change(payloads[3])
    log = Log(os.devnull)
    log.f.close()
    log.f = Buffer()
    for p in payloads: log.add(p)
    return log.f.data


class Buffer:
    def __init__(self): self.data = b""
    def write(self, b): self.data += b


def bad_name(payload):
    """The bio of a user, the status of an order or the type of an event gets a name that is not UTF-8."""
    for name in (b"bio", b"status", b"type"):
        payload = payload.replace(ld(3, name) + num(4, 0), ld(3, name[:-1] + b"\xff") + num(4, 0))
    return payload


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "testdata")
    os.makedirs(os.path.join(folder, "truth"), exist_ok=True)
    for name, options in SAMPLES.items(): make(folder, name, options)
    damage(folder, "crc", flip)
    damage(folder, "cut", lambda data: data[:-30])
    damage(folder, "hole", hole)
    damage(folder, "count", lambda data: data[:record_starts(data)[-1]])          # whole records, but one fewer than announced
    damage(folder, "entity", lambda data: framed(data, lambda payload: payload[:-1] + b"\x14"))      # the path's last group ends as another
    damage(folder, "name", lambda data: framed(data, bad_name))


if __name__ == "__main__":
    main()
