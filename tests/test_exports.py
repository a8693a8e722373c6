#!/usr/bin/env python3
"""Copies every sample and many generated exports, and compares the output with truth made without the program."""
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import plain_ndjson
from harness import TRUTH, Case, data_files, export_root, generate, good_samples, lines_of, oracle_lines, read_export, tree

GENERATED = {
    "plain": "0.4",
    "another seed": "0.3 99 --files 3",
    "special": "0.2 --special",
    "padded": "0.2 --pad --special",
    "emulator": "0.2 --emulator --special",
    "emulator on Windows": "--records 20 --emulator --backslash --files 1",
    "database": "0.2 --database db2 --special",
    "one file": "0.5 --files 1",
    "empty": "--records 0",
    "one record": "--records 1 --files 1",
    "empty outputs": "--records 10 --files 2 --empty-files 3",
    "many outputs": "--records 40 --files 25",
    "no overall": "--records 20 --files 3 --no-overall",
    "bare outputs": "--records 20 --files 12 --no-metadata",
    "kinds": "--records 40 --files 2 --partitions kind",
    "odd": "--records 5 --odd",
    "unknown": "--records 5 --unknown",
    "unknown, unsettled": "--records 1 --unknown --unsettled",
    "zero-length fragments": "--records 5 --zero-fragments 4 --files 2",
    "big records": "--records 3 --big 6 --files 2",
    "datastore": "0.4 --datastore",
    "datastore special": "0.1 --datastore --special --odd --unknown --databases ,db2",
    "datastore padded": "--records 30 --datastore --special --small --pad --files 2",
    "datastore emulator": "--records 60 --datastore --emulator --databases ,db2 --files 1",
    "datastore kinds": "--records 60 --datastore --special --small --partitions kind --files 2",
    "datastore kinds, emulator": "--records 60 --datastore --emulator --partitions kind --files 1",
    "datastore namespaces": "--records 60 --datastore --partitions namespace --files 2 --empty-files 1",
    "datastore both, one record": "--records 60 --datastore --partitions both --one-record --files 1",
    "datastore big": "--records 3 --datastore --big 3 --zero-fragments 2 --files 1",
}


def name_in_path(name):
    """The conventions' rule for kinds and namespaces in file names."""
    text = "".join(chr(b) if re.match(rb"[A-Za-z0-9._-]", bytes((b,))) else f"%{b:02X}" for b in name.encode())
    return "%2E" + text[1:] if text.startswith(".") else text or "%"


def file_of(record, suffix=".typed.ndjson"):
    key = record["key"]
    return (name_in_path(key["namespace"]) + "/" if key["namespace"] else "") + name_in_path(key["path"][-1][0]) + suffix


def kind_of(line):
    return json.loads(line)["key"]["path"][-1][0]


def namespace_of(line):
    return json.loads(line)["key"]["namespace"]


class TypedTest(Case):
    """Typed NDJSON: equal to the truth, and the same bytes when read and written again."""

    def check(self, export, truth):
        place = Path(tempfile.mkdtemp(dir=self.tmp))
        out, again = place / "out", place / "again"
        self.copy(export, out)
        self.assertSameLines(lines_of(out), truth)
        self.assertSameLines(oracle_lines(export), truth)
        for name, data in data_files(out).items():
            self.assertTrue(data.endswith(b"\n"), name)
            self.assertEqual({file_of(json.loads(line)) for line in data.splitlines()}, {name})
        self.assertEqual(list(out.rglob("*.partial")), [])
        objects = json.dumps(json.loads((out / "manifest.json").read_bytes())["objects"])
        for name in data_files(out):
            self.assertIn(name, objects)
        self.copy(out, again)
        self.assertSameTree(out, again)
        self.datahaul("verify", export, out)
        self.datahaul("verify", out, again)
        shutil.rmtree(place)

    def test_samples(self):
        for sample in good_samples():
            with self.subTest(sample.name):
                self.check(export_root(sample), sorted((TRUTH / f"{sample.name}.typed.ndjson").read_bytes().splitlines()))

    def test_generated(self):
        for name, options in GENERATED.items():
            with self.subTest(name):
                export = self.tmp / name.replace(" ", "-")
                self.check(export, generate(export, options))
                shutil.rmtree(export)

    def test_every_way_to_name_an_export(self):
        export = self.tmp / "export"
        truth = generate(export, "--records 20 --files 3")
        partition = export / "all_namespaces" / "all_kinds"
        overall, = export.glob("*.overall_export_metadata")
        metadata, = partition.glob("*.export_metadata")
        for i, source in enumerate([export, overall, metadata, partition, f"file://{export}", f"{export}/"]):
            with self.subTest(str(source)):
                self.copy(source, self.tmp / f"out{i}")
                self.assertSameLines(lines_of(self.tmp / f"out{i}"), truth)
        output = partition / "output-1"
        self.copy(output, self.tmp / "single")
        self.assertSameLines(lines_of(self.tmp / "single"), oracle_lines(output))

    def test_renamed_overall_file(self):
        export = self.tmp / "export"
        truth = generate(export, "--records 5 --files 1")
        overall, = export.glob("*.overall_export_metadata")
        overall.rename(export / "renamed by hand.overall_export_metadata")
        (export / "firebase-export-metadata.json").write_text("{}")
        self.copy(export, self.tmp / "out")
        self.assertSameLines(lines_of(self.tmp / "out"), truth)

    def test_the_number_of_workers_does_not_change_the_bytes(self):
        export = self.tmp / "export"
        generate(export, "12 --files 2 --datastore")
        for workers in ("1", "2", "7"):
            self.copy(export, self.tmp / f"out{workers}", "--workers", workers)
        self.assertSameTree(self.tmp / "out1", self.tmp / "out2")
        self.assertSameTree(self.tmp / "out1", self.tmp / "out7")


class CompressionTest(Case):
    def test_gzip_and_zstd(self):
        export = self.tmp / "export"
        generate(export, "3 --files 2 --special")
        plain = self.tmp / "out"
        self.copy(export, plain)
        for compression, suffix, tool in (("gzip", ".gz", "gzip"), ("zstd", ".zst", "zstd")):
            with self.subTest(compression):
                packed, back = self.tmp / compression, self.tmp / f"{compression}-back"
                self.copy(export, packed, "--compression", compression)
                names = {str(p.relative_to(packed)): p for p in packed.rglob(f"*.typed.ndjson{suffix}")}
                self.assertEqual(sorted(names), sorted(n + suffix for n in data_files(plain)))
                for name, path in names.items():
                    read = subprocess.run([tool, "-dc", path], capture_output=True, check=True).stdout
                    self.assertEqual(read, data_files(plain)[name.removesuffix(suffix)])
                self.datahaul("verify", export, packed)
                self.copy(packed, back)
                self.assertSameTree(plain, back)


class PlainTest(Case):
    def check(self, export, truth):
        out = Path(tempfile.mkdtemp(dir=self.tmp)) / "out"
        self.datahaul("copy", export, out, "--format", "ndjson", "--quiet")
        found = []
        for name, data in data_files(out, ".ndjson").items():
            for line in data.splitlines():
                obj = json.loads(line)
                self.assertEqual(next(iter(obj)), "__key__", name)
                found.append(plain_ndjson.canonical(obj).encode())
        expected = [plain_ndjson.canonical(plain_ndjson.record(json.loads(line))).encode() for line in truth]
        self.assertSameLines(sorted(found), sorted(expected))
        self.datahaul("verify", export, out)
        shutil.rmtree(out.parent)

    def test_samples(self):
        for sample in good_samples():
            if sample.name != "datastore-mode":          # holds forms for which plain NDJSON makes no promise
                with self.subTest(sample.name):
                    self.check(export_root(sample), (TRUTH / f"{sample.name}.typed.ndjson").read_bytes().splitlines())

    def test_generated(self):
        for name in ("plain", "special", "database", "datastore", "datastore emulator", "big records"):
            with self.subTest(name):
                export = self.tmp / name.replace(" ", "-")
                self.check(export, generate(export, GENERATED[name]))

    def test_properties_keep_their_order(self):
        """Stored order is only in the export: the oracle keeps it, typed NDJSON does not."""
        export = self.tmp / "export"
        generate(export, "--records 20 --files 1 --datastore")
        self.datahaul("copy", export, self.tmp / "out", "--format", "ndjson", "--quiet")
        found = {json.dumps(o["__key__"], sort_keys=True): list(o)[1:] for o in map(json.loads, lines_of(self.tmp / "out", ".ndjson"))}
        expected = {json.dumps(plain_ndjson.record(e)["__key__"], sort_keys=True): list(e["properties"]) for e in read_export.read_export(str(export))}
        self.assertEqual(found, expected)


class LayoutTest(Case):
    def setUp(self):
        super().setUp()
        self.export = self.tmp / "export"
        self.truth = generate(self.export, "--records 60 --datastore --special --small --files 3")

    def test_layouts(self):
        for layout in ("kind", "namespace", "single", "shard"):
            with self.subTest(layout):
                out, again = self.tmp / layout, self.tmp / f"{layout}-again"
                self.copy(self.export, out, "--layout", layout)
                self.assertSameLines(lines_of(out), self.truth)
                self.datahaul("verify", self.export, out)
                self.copy(out, again)
                self.assertSameLines(lines_of(again), self.truth)
                files = data_files(out)
                if layout == "kind":
                    self.assertEqual(sorted(files), sorted({file_of(json.loads(line)) for line in self.truth}))
                if layout == "single":
                    self.assertEqual(len(files), 1)
                    self.assertEqual([json.loads(line) for line in files.popitem()[1].splitlines()], read_export.read_export(str(self.export)))
                if layout == "namespace":
                    self.assertEqual(len(files), len({namespace_of(line) for line in self.truth}))
                    for name, data in files.items():
                        self.assertEqual(len({namespace_of(line) for line in data.splitlines()}), 1, name)

    def test_standard_output(self):
        run = self.copy(self.export, "-")
        self.assertSameLines(sorted(run.stdout.splitlines()), self.truth)
        self.assertEqual([json.loads(line) for line in run.stdout.splitlines()], read_export.read_export(str(self.export)))
        loud = self.datahaul("copy", self.export, "-", "--format", "typed-ndjson")
        self.assertEqual(loud.stdout, run.stdout)
        self.assertTrue(loud.stderr, "the report goes to standard error")


class SelectionTest(Case):
    """The table in the export service's semantics: no list = everything; "" = the default namespace."""

    def setUp(self):
        super().setUp()
        self.export = self.tmp / "export"
        self.truth = generate(self.export, "--records 90 --datastore --special --small --files 3")

    def test_kinds_and_namespaces(self):
        cases = [([], []), (["Person"], []), (["Person", "Invoice"], []), (["Person", "Task"], [""]), (["Invoice"], ["", "ns1"]), ([], ["ns1"]), ([], ["", "Tenant-2.eu"]),
                 (["nothing"], []), ([], ["nowhere"]), (["Größe & Co/ü"], [])]
        for i, (kinds, namespaces) in enumerate(cases):
            with self.subTest(kinds=kinds, namespaces=namespaces):
                flags = [f for k in kinds for f in ("--kind", k)] + [f for n in namespaces for f in ("--namespace", n)]
                expected = [line for line in self.truth if (not kinds or kind_of(line) in kinds) and (not namespaces or namespace_of(line) in namespaces)]
                self.copy(self.export, self.tmp / f"out{i}", *flags)
                self.assertSameLines(lines_of(self.tmp / f"out{i}"), expected)
        self.copy(self.export, self.tmp / "twice", "--namespace", "ns1", "--namespace", "ns1", expect=2)

    def test_an_output_is_selected_from_in_the_same_way(self):
        self.copy(self.export, self.tmp / "out")
        self.copy(self.tmp / "out", self.tmp / "part", "--kind", "Person", "--namespace", "ns1")
        self.assertSameLines(lines_of(self.tmp / "part"), [line for line in self.truth if kind_of(line) == "Person" and namespace_of(line) == "ns1"])

    def test_partitions_by_kind(self):
        export = self.tmp / "kinds"
        truth = generate(export, "--records 60 --datastore --partitions both --files 1")
        self.copy(export, self.tmp / "out", "--kind", "Task", "--namespace", "ns1")
        self.assertSameLines(lines_of(self.tmp / "out"), [line for line in truth if kind_of(line) == "Task" and namespace_of(line) == "ns1"])

    def test_limit(self):
        in_order = [read_export.json_line(e).encode() for e in read_export.read_export(str(self.export))]
        for limit in (1, 7, len(in_order) - 1, len(in_order), 10_000):
            with self.subTest(limit):
                self.assertEqual(self.copy(self.export, "-", "--limit", str(limit)).stdout.splitlines(), in_order[:limit])
        people = [line for line in in_order if kind_of(line) == "Person"]
        self.assertEqual(self.copy(self.export, "-", "--limit", "5", "--kind", "Person").stdout.splitlines(), people[:5])

    def test_dry_run(self):
        for flag in ("--dry-run", "--dry-run=scan"):
            with self.subTest(flag):
                out = self.tmp / "out"
                run = self.datahaul("copy", self.export, out, "--format", "typed-ndjson", flag)
                self.assertFalse(out.exists() and tree(out), "a dry run writes nothing")
                self.assertIn(str(len(self.truth)), (run.stdout + run.stderr).decode())
        damaged = next((self.export / "all_namespaces/all_kinds").glob("output-1"))
        data = bytearray(damaged.read_bytes())
        data[40] ^= 1
        damaged.write_bytes(data)
        self.datahaul("copy", self.export, self.tmp / "out", "--format", "typed-ndjson", "--dry-run")
        self.datahaul("copy", self.export, self.tmp / "out", "--format", "typed-ndjson", "--dry-run=scan", expect=1)


class ExistingTest(Case):
    def test_if_exists(self):
        a, b, out = self.tmp / "a", self.tmp / "b", self.tmp / "out"
        truth_a, truth_b = generate(a, "--records 20 --files 2"), generate(b, "0.01 77 --files 1")
        self.copy(a, out)
        before = tree(out)
        for flags in ((), ("--if-exists", "fail")):
            self.assertIn(b"--if-exists", self.copy(b, out, *flags, expect=5).stderr, "the remedy is named")
            self.assertEqual(tree(out), before, "untouched")
        self.copy(b, out, "--if-exists", "append")
        self.assertSameLines(lines_of(out), sorted(truth_a + truth_b))
        self.copy(b, out, "--if-exists", "replace")
        self.assertSameLines(lines_of(out), truth_b)
        self.datahaul("verify", b, out)
        self.assertEqual(list(out.rglob("*.partial")), [])

    def test_a_failed_replace_keeps_the_old_data(self):
        a, b, out = self.tmp / "a", self.tmp / "b", self.tmp / "out"
        generate(a, "--records 20 --files 2")
        generate(b, "0.05 77 --files 1")
        self.copy(a, out)
        before = data_files(out)
        damaged = b / "all_namespaces/all_kinds/output-0"
        damaged.write_bytes(damaged.read_bytes()[:-3])
        self.copy(b, out, "--if-exists", "replace", expect=1)
        self.assertEqual(data_files(out), before)

    def test_an_unrelated_folder_is_left_alone(self):
        out = self.tmp / "out"
        out.mkdir()
        (out / "notes.txt").write_text("mine")
        generate(self.tmp / "a", "--records 3 --files 1")
        self.run_program("copy", self.tmp / "a", out, "--format", "typed-ndjson", "--if-exists", "replace", "--quiet")
        self.assertEqual((out / "notes.txt").read_text(), "mine")


class VerifyTest(Case):
    def test_differences_are_named(self):
        export, out = self.tmp / "export", self.tmp / "out"
        generate(export, "--records 50 --files 1")
        self.copy(export, out)
        name, data = next((n, d) for n, d in data_files(out).items() if len(d.splitlines()) > 3)
        lines = data.splitlines(keepends=True)
        victim = json.loads(lines[1])
        changed = {**victim, "properties": {**victim["properties"], "new": {"nullValue": None}}}
        for what, new in {"missing": lines[:1] + lines[2:], "doubled": lines + [lines[1]], "changed": [lines[0], (read_export.json_line(changed) + "\n").encode(), *lines[2:]]}.items():
            with self.subTest(what):
                other = self.tmp / what
                for n, d in data_files(out).items():
                    (other / n).parent.mkdir(parents=True, exist_ok=True)
                    (other / n).write_bytes(b"".join(new) if n == name else d)        # without a manifest: the files are all there is
                run = self.datahaul("verify", export, other, expect=1)
                self.assertIn(victim["key"]["path"][-1][1], (run.stdout + run.stderr).decode(), "the key is named")

    def test_order_does_not_count(self):
        export, out, other = self.tmp / "export", self.tmp / "out", self.tmp / "other"
        generate(export, "--records 30 --files 3 --special")
        self.copy(export, out)
        other.mkdir()
        for n, d in data_files(out).items():
            (other / n).write_bytes(b"".join(reversed(d.splitlines(keepends=True))))
        self.datahaul("verify", export, other)


class InspectTest(Case):
    def setUp(self):
        super().setUp()
        self.export = self.tmp / "export"
        self.truth = generate(self.export, "--records 60 --datastore --files 2")

    def test_inspect(self):
        text = self.datahaul("inspect", self.export).stdout.decode()
        for word in ("Person", "Task", "Invoice", "ns1", "Tenant-2.eu", "born"):
            self.assertIn(word, text)
        counts = {}

        def walk(o):
            if isinstance(o, dict):
                if "kind" in o and "records" in o:
                    counts[o.get("namespace", ""), o["kind"]] = o["records"]
                o = list(o.values())
            if isinstance(o, list):
                for e in o:
                    walk(e)

        for line in self.datahaul("inspect", self.export, "--json").stdout.splitlines():
            walk(json.loads(line))
        expected = {}
        for line in self.truth:
            expected[namespace_of(line), kind_of(line)] = expected.get((namespace_of(line), kind_of(line)), 0) + 1
        self.assertEqual(counts, expected)

    def test_cat(self):
        run = self.datahaul("cat", self.export, "--kind", "Person", "--limit", "5", "--json")
        self.assertEqual(len(run.stdout.splitlines()), 5)
        for line in run.stdout.splitlines():
            self.assertIn("Person", json.dumps(json.loads(line)))
        self.assertTrue(self.datahaul("cat", self.export, "--kind", "Person", "--limit", "5").stdout)

    def test_version_and_help(self):
        self.assertRegex(self.datahaul("--version").stdout.decode(), r"\d+\.\d+")
        self.assertIn(b"copy", self.datahaul("--help").stdout)
        self.datahaul("copy", "--no-such-flag", expect=2)


if __name__ == "__main__":
    unittest.main()
