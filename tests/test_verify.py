#!/usr/bin/env python3
"""verify names what differs between two large data sets, in bounded memory.

DATAHAUL_VERIFY_RECORDS   records in each data set (default 50000; the full run: 1000000)
"""
import gzip
import json
import os
import shutil
import subprocess
import sys
import unittest

from harness import PROGRAM, Case

RECORDS = int(os.environ.get("DATAHAUL_VERIFY_RECORDS", "50000"))
MOST_MEMORY = 64 << 20
# The peak of a process counts from before its exec, when it still was this large process: a small one in between starts it.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024))
sys.exit(code)
"""
SANITIZED = os.environ.get("ASAN_OPTIONS") is not None      # then memory is not what the program asks for


def line(kind, number, text=""):
    key = {"database": "", "namespace": "", "path": [[kind, f"record-{number:08d}"]]}
    properties = {"n": {"integerValue": str(number)}, "text": {"stringValue": text or f"some text of record {number} " * 3}}
    return json.dumps({"key": key, "properties": properties}, separators=(",", ":"), sort_keys=True) + "\n"


class VerifyCase(Case):
    def setUp(self):
        super().setUp()
        self.a, self.b = self.tmp / "a", self.tmp / "b"
        self.lines = [line("User" if n % 4 else "Order", n) for n in range(RECORDS)]
        self.write(self.a, self.lines)

    def write(self, folder, lines):
        folder.mkdir(exist_ok=True)
        (folder / "data.typed.ndjson").write_text("".join(lines), encoding="utf-8")

    def verify(self, a, b, *flags, expect):
        """Returns (differences, result)."""
        peak = self.tmp / "peak"
        command = [sys.executable, "-S", "-c", MEASURE, peak, PROGRAM, "verify", a, b, "--json", *flags]
        run = subprocess.run([str(word) for word in command], capture_output=True, check=False)
        self.assertEqual(run.returncode, expect, run.stderr[-2000:])
        objects = [json.loads(text) for text in run.stdout.splitlines()]
        memory = int(peak.read_text())
        if not SANITIZED:
            self.assertLessEqual(memory, MOST_MEMORY, f"{memory / 1e6:.0f} MB at most")
        differences = [o for o in objects if o["type"] == "difference"]
        return differences, next(o for o in objects if o["type"] == "result")

    def named(self, differences):
        """[(what, record's name)]"""
        found = []
        for d in differences:
            found += [(what, d["key"]["path"][-1][1]) for what in ("missing", "extra", "changed") if d[what]]
        return found


class OneRecordTest(VerifyCase):
    def check(self, lines, expected):
        self.write(self.b, lines)
        differences, result = self.verify(self.a, self.b, expect=1)
        self.assertEqual(self.named(differences), expected)
        self.assertFalse(result["equal"])
        self.assertTrue(result["keys_named"])

    def test_equal(self):
        self.write(self.b, reversed(self.lines))
        differences, result = self.verify(self.a, self.b, expect=0)
        self.assertEqual(differences, [])
        self.assertTrue(result["equal"])
        self.assertEqual(result["a"]["records"], RECORDS)

    def test_lost(self):
        n = RECORDS // 3
        self.check(self.lines[:n] + self.lines[n + 1:], [("missing", f"record-{n:08d}")])

    def test_doubled(self):
        n = RECORDS // 2
        self.check(self.lines + [self.lines[n]], [("extra", f"record-{n:08d}")])

    def test_changed(self):
        n = RECORDS - 1
        self.check(self.lines[:n] + [line("User" if n % 4 else "Order", n, "changed")], [("changed", f"record-{n:08d}")])

    def test_all_three(self):
        other = self.lines[1:10] + [line("User", 10, "changed")] + self.lines[11:] + [self.lines[20]]
        self.check(other, [("missing", "record-00000000"), ("extra", "record-00000020"), ("changed", "record-00000010")])


class ManyDifferencesTest(VerifyCase):
    def test_nothing_in_common(self):
        self.write(self.b, [line("User" if n % 4 else "Order", n) for n in range(RECORDS, 2 * RECORDS)])
        differences, result = self.verify(self.a, self.b, expect=1)
        self.assertEqual(len(differences), 100, "the default")
        self.assertEqual((result["missing"], result["extra"], result["changed"]), (RECORDS, RECORDS, 0))
        differences, _ = self.verify(self.a, self.b, "--max-differences", "7", expect=1)
        self.assertEqual(len(differences), 7)
        differences, _ = self.verify(self.a, self.b, "--max-differences", "0", expect=1)
        self.assertEqual(len(differences), 2 * RECORDS)
        for kind in ("Order", "User"):
            names = [d["key"]["path"][0][1] for d in differences if d["kind"] == kind]
            self.assertEqual(names, sorted(names))

    def test_all_changed(self):
        self.write(self.b, [line("User" if n % 4 else "Order", n, "changed") for n in range(RECORDS)])
        differences, result = self.verify(self.a, self.b, expect=1)
        self.assertEqual((result["missing"], result["extra"], result["changed"]), (0, 0, RECORDS))
        differences, result = self.verify(self.a, self.b, "--kind", "Order", expect=1)
        self.assertEqual(result["changed"], (RECORDS + 3) // 4)


class OutputsTest(VerifyCase):
    """Outputs whose records cannot be read back, and manifests."""

    def setUp(self):
        super().setUp()
        self.plain = self.tmp / "plain"
        self.copy_plain()

    def copy_plain(self, *flags):
        shutil.rmtree(self.plain, ignore_errors=True)
        self.datahaul("copy", self.a, self.plain, "--format", "ndjson", "--compression", "gzip", "--quiet", *flags)

    def test_plain_ndjson(self):
        _, result = self.verify(self.a, self.plain, expect=0)
        self.assertEqual(result["b"]["basis"], "files")
        self.assertEqual(result["b"]["files_checked"], 2)
        said = self.datahaul("verify", self.a, self.plain).stdout.decode()
        self.assertIn("checksums", said)
        self.assertIn("stored when it was written", said)

    def test_a_damaged_file_is_named(self):
        path = self.plain / "User.ndjson.gz"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        _, result = self.verify(self.a, self.plain, expect=1)
        self.assertEqual(len(result["b"]["damaged_files"]), 1)
        self.assertIn("User.ndjson.gz", result["b"]["damaged_files"][0])
        path.unlink()
        _, result = self.verify(self.a, self.plain, expect=1)
        self.assertIn("no such file", result["b"]["damaged_files"][0])

    def test_a_file_that_was_exchanged_is_named(self):
        path = self.plain / "User.ndjson.gz"
        path.write_bytes(gzip.compress(b"{}\n"))
        _, result = self.verify(self.a, self.plain, expect=1)
        self.assertIn("User.ndjson.gz", result["b"]["damaged_files"][0])

    def test_without_an_index_only_kinds_are_named(self):
        self.write(self.b, self.lines[1:])
        _, result = self.verify(self.b, self.plain, expect=1)
        self.assertFalse(result["keys_named"])
        self.assertIn("--keys-index", result["keys_not_named"])

    def test_with_an_index_keys_are_named(self):
        self.copy_plain("--keys-index")
        self.write(self.b, self.lines[1:])
        for other in (self.plain, self.plain / "manifest.json"):
            differences, result = self.verify(self.b, other, expect=1)
            self.assertTrue(result["keys_named"])
            self.assertEqual(self.named(differences), [("extra", "record-00000000")])

    def test_two_indexes(self):
        self.copy_plain("--keys-index")
        self.write(self.b, self.lines[1:])
        other = self.tmp / "other"
        self.datahaul("copy", self.b, other, "--format", "ndjson", "--keys-index", "--quiet")
        differences, _ = self.verify(self.plain / "manifest.json", other / "manifest.json", expect=1)
        self.assertEqual(self.named(differences), [("missing", "record-00000000")])

    def test_an_index_never_outlives_its_data(self):
        self.copy_plain("--keys-index")
        keys = self.plain / "_keys" / "User.keys"
        before = keys.read_bytes()
        self.write(self.b, self.lines[2:] + ["damaged"])
        self.datahaul("copy", self.b, self.plain, "--format", "ndjson", "--if-exists", "replace", "--keys-index", "--quiet", expect=1)
        self.assertTrue(keys.read_bytes() == before, "a failed copy changes nothing")
        self.assertEqual(list(self.plain.glob("_keys.*")), [])
        self.write(self.b, self.lines[2:])
        self.datahaul("copy", self.b, self.plain, "--format", "ndjson", "--if-exists", "replace", "--keys-index", "--quiet")
        self.assertTrue(keys.read_bytes() != before)
        self.datahaul("copy", self.b, self.plain, "--format", "ndjson", "--if-exists", "replace", "--quiet")
        self.assertFalse((self.plain / "_keys").exists())

    def test_a_manifest_is_taken_at_its_word(self):
        shutil.rmtree(self.plain / "_keys", ignore_errors=True)
        (self.plain / "User.ndjson.gz").unlink()
        _, result = self.verify(self.plain / "manifest.json", self.a, expect=0)
        self.assertEqual(result["a"]["basis"], "manifest")

    def test_a_part_says_how_to_compare_it(self):
        part = self.tmp / "part"
        self.datahaul("copy", self.a, part, "--kind", "Order", "--quiet")
        _, result = self.verify(self.a, part, expect=1)
        self.assertIn("--kind Order", result["notes"][0])
        self.verify(self.a, part, "--kind", "Order", expect=0)


if __name__ == "__main__":
    unittest.main()
