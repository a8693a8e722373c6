#!/usr/bin/env python3
"""Makes the exports that the benchmarks read, once, below a folder; what is there already is kept.

usage: inputs.py FOLDER [NAME...]     NAME: 1record 20mb 20mb-simple 200mb 200mb-one 1gb 2gb 2gb-one (default: all)

The big ones are pieces of 200 MB with seeds of their own (made in parallel), merged into one export; the "-one" ones
hold the same records in the same order in a single output file; 20mb-simple has neither bytes nor arrays of maps, on
which some readers crash.
"""
import concurrent.futures, os, re, shutil, struct, subprocess, sys

GENERATOR = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools", "make_export.py")
NAMES = ["1record", "20mb", "20mb-simple", "200mb", "200mb-one", "1gb", "2gb", "2gb-one"]
PIECE_MB, PIECE_FILES = 200, 8
PART = "all_namespaces/all_kinds"
METADATA = PART + "/all_namespaces_all_kinds.export_metadata"
EXPORT_NAME = "2025-01-02T03:04:05_6789"
BLOCK = 32768


# ------------------------------------------------------------ the little of the format that merging needs
def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes((n,))


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def mask(crc):
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class Log:
    """A LevelDB log being written."""

    def __init__(self, path):
        import google_crc32c
        self.crc, self.file, self.size = google_crc32c.value, open(path, "wb", 1 << 20), 0

    def add(self, record):
        at, first = 0, True
        while True:
            left = BLOCK - self.size % BLOCK
            if left < 7:
                self.file.write(b"\0" * left)
                self.size += left
                left = BLOCK
            take = min(left - 7, len(record) - at)
            last = at + take == len(record)
            kind = 1 if first and last else 2 if first else 4 if last else 3
            data = bytes((kind,)) + record[at:at + take]
            self.file.write(struct.pack("<IH", mask(self.crc(data)), take) + data)
            self.size += 7 + take
            at, first = at + take, False
            if last:
                return

    def close(self):
        self.file.close()


def records(path):
    """The records of a log known to be sound."""
    with open(path, "rb") as f:
        data = f.read()
    at, parts = 0, []
    while at < len(data):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
            continue
        length, kind = struct.unpack_from("<HB", data, at + 4)
        if kind == 0:
            return
        parts.append(data[at + 7:at + 7 + length])
        at += 7 + length
        if kind in (1, 4):
            yield b"".join(parts)
            parts = []


def write_metadata(folder, files, entities, payload):
    start = 1735787045006789
    outputs = b"".join(field(2, f"output-{i}") for i in range(files))
    info = field(1, field(1, EXPORT_NAME) + field(2, start) + field(3, start + 9_000_000))
    with open(os.path.join(folder, METADATA), "wb") as f:
        f.write(info + field(2, field(1, "__all__") + outputs + field(3, field(1, "__all__"))))
    log = Log(os.path.join(folder, EXPORT_NAME + ".overall_export_metadata"))
    log.add(b"3")
    log.add(field(1, field(1, field(1, 2) + field(3, 3)) + field(2, METADATA) + field(3, entities) + field(4, payload)))
    log.close()


# ------------------------------------------------------------ making them
def generate(folder, mb, seed, files, *flags):
    """Runs the generator; returns (entities, payload bytes)."""
    out = subprocess.run([sys.executable, GENERATOR, folder, str(mb), str(seed), "--files", str(files), *flags],
                         check=True, capture_output=True, text=True).stdout
    entities, payload = re.match(r"(\d+) entities, \d+ file bytes, (\d+) payload bytes", out).groups()
    return int(entities), int(payload)


def merge(folder, pieces, workers):
    """One export of so many generated pieces."""
    parts = [f"{folder}.piece{i}" for i in range(pieces)]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        counts = list(pool.map(lambda i: generate(parts[i], PIECE_MB, 1 + i, PIECE_FILES), range(pieces)))
    os.makedirs(os.path.join(folder, PART))
    number = 0
    for part in parts:
        for i in range(PIECE_FILES):
            os.rename(f"{part}/{PART}/output-{i}", f"{folder}/{PART}/output-{number}")
            number += 1
        shutil.rmtree(part)
    write_metadata(folder, number, sum(c[0] for c in counts), sum(c[1] for c in counts))


def join(source, folder):
    """The records of an export in one output file."""
    os.makedirs(os.path.join(folder, PART))
    log = Log(os.path.join(folder, PART, "output-0"))
    entities = payload = 0
    for path in outputs(source):
        for record in records(path):
            log.add(record)
            entities += 1
            payload += len(record)
    log.close()
    write_metadata(folder, 1, entities, payload)


def outputs(folder):
    part = os.path.join(folder, PART)
    names = [n for n in os.listdir(part) if n.startswith("output-")]
    return [os.path.join(part, n) for n in sorted(names, key=lambda n: int(n[7:]))]


def make(root, name, workers=None):
    """The export's folder, made if it is not there."""
    folder = os.path.join(root, name)
    if os.path.exists(folder):
        return folder
    if name.endswith("-one"):
        source = make(root, name[:-4], workers)
    shutil.rmtree(folder + ".making", ignore_errors=True)
    if name == "1record":
        generate(folder + ".making", 0.0001, 1, 1)
    elif name.startswith("20mb"):
        generate(folder + ".making", 20, 1, 1, *["--simple"] * name.endswith("-simple"))
    elif name.endswith("-one"):
        join(source, folder + ".making")
    else:
        merge(folder + ".making", {"200mb": 1, "1gb": 5, "2gb": 10}[name], workers or os.cpu_count())
    os.rename(folder + ".making", folder)
    return folder


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for wanted in sys.argv[2:] or NAMES:
        print(make(sys.argv[1], wanted))
