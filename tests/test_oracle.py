#!/usr/bin/env python3
"""Tests the tests' own tools: the generator's truth, the independent reader and the committed samples agree. Needs no build."""
import hashlib
import tempfile
import unittest
from pathlib import Path

from harness import EXPORTS, TRUTH, export_root, generate, good_samples, oracle_lines, read_export, tree

OPTIONS = [
    "0.2", "0.2 5 --special", "0.1 --pad --special", "0.1 --emulator", "0.1 --database db2 --special", "0.1 --simple", "--records 0", "--records 1 --files 1",
    "--records 40 --datastore", "0.1 --datastore --special --odd --unknown --unsettled --databases ,db2", "--records 30 --datastore --emulator --partitions kind",
    "--records 30 --datastore --special --small --partitions both --one-record --empty-files 2 --files 2", "--records 30 --partitions kind --backslash --emulator",
    "--records 30 --datastore --partitions namespace", "--records 5 --odd --unknown --no-overall", "--records 9 --no-metadata --files 12",
    "--records 5 --zero-fragments 4 --big 3 --files 2", "--records 5 --datastore --zero-fragments 2 --big 3 --files 1 --pad",
]
# Of the first form of the generator, which others still use: the bytes of these must never change.
PINNED = {
    "0.5 7 --special": ("f62bb2e99307a1c112858ba75595a62f8105fb32ef7ae91392368f78497cca21", "6b2de0538eb3a1a70806ae9b3d3298957fb6f10e4e70fe99ffbfe810f3c1bb85"),
    "0.3 3 --files 3 --pad --emulator --database db2": ("1cec2375ac76f8e01a0ff960796b59c8217d11e9b9b750000545dd9e5feba4bb", "988728d54d73e9ca1a0ae19ccb04c149fa15c3fdecb0f5391da09a736064e62a"),
    "0.2 --simple": ("d28305bf16159d81753a46c104dbd33d42bd81f2c920fe538a8d262b3706fbb7", "f0770da8c3365da0b0ec4fe9a077933717a9f53c44d3efc482d4993ebe19d23a"),
}


class OracleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="datahaul-test-")
        self.addCleanup(folder.cleanup)
        self.tmp = Path(folder.name)

    def test_generated(self):
        for i, options in enumerate(OPTIONS):
            with self.subTest(options):
                truth = generate(self.tmp / f"e{i}", options)
                self.assertEqual(oracle_lines(self.tmp / f"e{i}"), truth)

    def test_same_arguments_give_the_same_bytes(self):
        options = "--records 20 --datastore --special --small --odd --unknown --partitions both"
        generate(self.tmp / "a", options)
        generate(self.tmp / "b", options)
        self.assertEqual(tree(self.tmp / "a"), tree(self.tmp / "b"))

    def test_pinned_bytes(self):
        for i, (options, digests) in enumerate(PINNED.items()):
            with self.subTest(options):
                generate(self.tmp / f"p{i}", options)
                files = sorted((p for p in (self.tmp / f"p{i}").rglob("*") if p.is_file()), key=lambda p: "./" + str(p.relative_to(self.tmp / f"p{i}")))
                found = hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()
                self.assertEqual((found, hashlib.sha256((self.tmp / f"p{i}.truth").read_bytes()).hexdigest()), digests)

    def test_zero_length_fragments_are_there(self):
        generate(self.tmp / "z", "--records 1 --files 1 --zero-fragments 2")
        data = (self.tmp / "z/all_namespaces/all_kinds/output-0").read_bytes()
        headers = [data[end - 7:end] for end in range(32768, len(data), 32768)]
        self.assertEqual([h[4:] for h in headers].count(b"\0\0\2"), 2)

    def test_samples(self):
        for sample in good_samples():
            with self.subTest(sample.name):
                truth = (TRUTH / f"{sample.name}.typed.ndjson").read_bytes().splitlines()
                self.assertEqual(oracle_lines(export_root(sample)), sorted(truth))

    def test_corrupt_samples(self):
        for sample in sorted(EXPORTS.glob("corrupt-*")):
            with self.subTest(sample.name), self.assertRaises(read_export.Damage):
                oracle_lines(sample)


if __name__ == "__main__":
    unittest.main()
