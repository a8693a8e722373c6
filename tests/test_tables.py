#!/usr/bin/env python3
"""Copies samples and generated exports as CSV, reads them with Python's csv module, and compares with the truth; reads them back."""
import csv
import io
import json
import unittest
from pathlib import Path

import plain_ndjson
from harness import Case, export_root, generate, good_samples, lines_of, oracle_lines
from table_model import NESTED, essence, form_of, plain

GENERATED = {
    "plain": "--records 200",
    "special": "--records 60 --special",
    "datastore": "--records 100 --datastore --special --small --databases ,db2",
    "odd": "--records 5 --odd",
    "unknown": "--records 5 --unknown",
    "empty": "--records 0",
    "kinds": "--records 40 --files 2 --partitions kind",
}
csv.field_size_limit(1 << 30)
# Whatever is not counted is kept.
LOSSES = {"nulls", "indexed_dropped", "meanings_dropped", "json_values", "widened", "not_expressible", "non_finite", "invalid_utf8",
          "timestamps_out_of_range"}


def manifest_of(folder):
    return json.loads((Path(folder) / "manifest.json").read_bytes())


def tables_of(folder, delimiter=","):
    """{(namespace, kind): (columns, rows)}: the schema's columns, and the file's rows as the csv module reads them."""
    manifest = manifest_of(folder)
    columns = {(k["namespace"], k["kind"]): k["columns"] for k in manifest["schema"]["kinds"]}
    tables = {}
    for o in manifest["objects"]:
        text = (Path(folder) / o["name"]).read_bytes().decode()
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        name = (o["namespace"], o["kind"])
        assert rows[0] == [c["name"] for c in columns[name]], rows[0]
        assert len(rows) == o["records"] + 1 and all(len(r) == len(rows[0]) for r in rows), o
        tables[name] = (columns[name], rows[1:])
    assert sorted(tables) == sorted(columns)
    return tables


def key_cell(name, key):
    last = key["path"][-1][1]
    return {"__key__": plain_ndjson.reference_text(key), "__namespace__": key["namespace"],
            "__id__": str(last) if isinstance(last, int) else "", "__name__": last if isinstance(last, str) else ""}[name]


def same_cell(column, typed, cell):
    if typed is None or form_of(typed) == "nullValue":
        return cell == ""
    if column["type"] in NESTED:
        return plain_ndjson.canonical(json.loads(cell)) == plain_ndjson.canonical(plain(typed))
    value = typed[form_of(typed)]
    if column["type"] == "double":
        return repr(float(cell)) == repr(float(value))
    if column["type"] == "boolean":
        return cell == ("true" if value else "false")
    if column["type"] == "reference":
        return cell == plain_ndjson.reference_text(value)
    return cell == value


class CsvTest(Case):
    def exports(self):
        for sample in good_samples():
            yield f"sample {sample.name}", export_root(sample), oracle_lines(export_root(sample))
        for name, options in GENERATED.items():
            out = self.tmp / "exports" / name
            truth = generate(out, options)
            yield name, out, truth

    def csv(self, source, out, *args, expect=0):
        return self.datahaul("copy", source, out, "--format", "csv", "--quiet", *args, expect=expect)

    def test_cells_are_the_records(self):
        for name, export, truth in self.exports():
            with self.subTest(name):
                out = self.tmp / "out" / name
                self.csv(export, out)
                records = {}
                for line in truth:
                    record = json.loads(line)
                    key = record["key"]
                    records.setdefault((key["namespace"], key["path"][-1][0]), {}).setdefault(plain_ndjson.reference_text(key), []).append(record)
                found = 0
                for kind, (columns, rows) in tables_of(out).items():
                    for row in rows:
                        candidates = records[kind][row[0]]
                        record = candidates.pop(0)
                        found += 1
                        for column, cell in zip(columns, row):
                            if column.get("key"):
                                self.assertEqual(cell, key_cell(column["name"], record["key"]))
                                continue
                            typed = record["properties"].get(column.get("field", column["name"]))
                            self.assertTrue(same_cell(column, typed, cell), (column, typed, cell))
                self.assertEqual(found, len(truth))

    def test_reads_back(self):
        exact = 0
        for name, export, truth in self.exports():
            for policy in ("json", "variants"):
                with self.subTest(name=name, policy=policy):
                    out, again = self.tmp / policy / name, self.tmp / f"{policy} again" / name
                    self.csv(export, out, "--policy", policy)
                    self.copy(out, again)
                    self.assertEqual(sorted(map(essence, lines_of(again))), sorted(map(essence, truth)))
                    if not LOSSES & set(manifest_of(out)["counters"]):
                        exact += 1
                        self.datahaul("verify", export, again)
        self.assertGreater(exact, 5)

    def test_options(self):
        export = self.tmp / "export"
        truth = generate(export, "--records 60 --special")
        for number, args in enumerate([("--delimiter", "tab"), ("--null", "\\N"), ("--guard-formulas",), ("--compression", "gzip"),
                                       ("--delimiter", ";", "--null", "NULL", "--guard-formulas", "--compression", "zstd")]):
            with self.subTest(args):
                out, again = self.tmp / f"out{number}", self.tmp / f"again{number}"
                self.csv(export, out, *args)
                self.copy(out, again)
                self.assertEqual(sorted(map(essence, lines_of(again))), sorted(map(essence, truth)))
        tables_of(self.tmp / "out0", "\t")
        # One file alone is read with what the manifest beside it says.
        file = next(f for f in (self.tmp / "out1").rglob("*.csv"))
        self.copy(file, self.tmp / "one")
        self.assertTrue(set(map(essence, lines_of(self.tmp / "one"))) <= set(map(essence, truth)))

    def test_kinds_without_records(self):
        export = self.tmp / "export"
        generate(export, "--records 40 --files 2")
        self.csv(export, self.tmp / "csv")
        name = next(o["name"] for o in manifest_of(self.tmp / "csv")["objects"])
        path = self.tmp / "csv" / name
        header = path.read_bytes().split(b"\r\n")[0] + b"\r\n"
        bare = self.tmp / "bare" / path.name
        bare.parent.mkdir()
        bare.write_bytes(header)
        self.copy(bare, self.tmp / "none")
        self.assertEqual(lines_of(self.tmp / "none"), [])

    def test_standard_output(self):
        export = self.tmp / "export"
        generate(export, "--records 40 --datastore --small")
        kinds = {k["kind"] for k in json.loads(self.datahaul("schema", export).stdout)["kinds"] if k["namespace"] == ""}
        kind = sorted(kinds)[0]
        run = self.datahaul("copy", export, "-", "--format", "csv", "--kind", kind, "--namespace=", "--quiet")
        self.csv(export, self.tmp / "out", "--kind", kind, "--namespace=")
        self.assertEqual(run.stdout, next((self.tmp / "out").glob("*.csv")).read_bytes())
        run = self.datahaul("copy", export, "-", "--format", "csv", "--quiet", expect=2)
        self.assertIn(b"choose one with --kind", run.stderr)
        self.assertEqual(run.stdout, b"")

    def test_usage(self):
        export = self.tmp / "export"
        generate(export, "--records 3")
        for args, said in [(("--layout", "single"), "--layout kind"), (("--delimiter", "a"), "--delimiter"), (("--null", "a,b"), "--null"),
                           (("--on-drift", "adapt"), "--against"), (("--against", self.tmp / "none"), "no such file")]:
            with self.subTest(args):
                self.assertIn(said.encode(), self.csv(export, self.tmp / "out", *args, expect=2).stderr)
        run = self.datahaul("copy", export, self.tmp / "out", "--delimiter", ";", expect=2)
        self.assertIn(b"expected --format csv", run.stderr)
        self.assertFalse((self.tmp / "out").exists())

    def test_rows_of_others(self):
        table = self.tmp / "t" / "t.csv"
        table.parent.mkdir()
        table.write_bytes(b"__key__;city\nusers/ann;K\xc3\xb6ln\nusers/5;\n;nobody\n")
        run = self.datahaul("copy", table, self.tmp / "out", "--quiet", "--max-rejects", "5", expect=3)
        self.assertEqual([json.loads(line)["properties"] for line in lines_of(self.tmp / "out")], [{"city": {"stringValue": "Köln"}}, {}])
        rejects = (self.tmp / "out" / "_rejects" / "rejects.ndjson").read_text()
        self.assertIn('(row 4, column \\"__key__\\"): expected a key', rejects, run.stderr)
        table.write_bytes(b"city\nK\xc3\xb6ln\n")
        self.assertIn(b"expected a column __key__", self.datahaul("copy", table, self.tmp / "out2", "--quiet", expect=1).stderr)


class SchemaTest(Case):
    """datahaul schema, and what changed."""

    def write(self, name, lines):
        folder = self.tmp / name
        folder.mkdir()
        (folder / "K.typed.ndjson").write_text("".join(
            json.dumps({"key": {"database": "", "namespace": "", "path": [["K", i + 1]]}, "properties": p}, separators=(",", ":")) + "\n"
            for i, p in enumerate(lines)))
        return folder

    def test_forms(self):
        source = self.write("a", [{"n": {"integerValue": "1"}}, {"n": {"stringValue": "x"}}])
        run = self.datahaul("schema", source)
        columns = {c["name"]: c["type"] for c in json.loads(run.stdout)["kinds"][0]["columns"]}
        self.assertEqual(columns["n"], "json")
        self.assertIn(b"K: n: ", run.stderr)
        self.assertIn(b"CREATE TABLE", self.datahaul("schema", source, "--as", "sql").stdout)
        self.assertIn("n", [f["name"] for f in json.loads(self.datahaul("schema", source, "--as", "bigquery").stdout)])
        self.assertTrue(self.datahaul("schema", source, "--as", "arrow").stdout)
        everything = json.loads(self.datahaul("schema", source, "--json").stdout)
        self.assertEqual(everything["decisions"][0]["path"], "n")
        self.assertEqual(self.datahaul("schema", source, "--quiet").stderr, b"")
        variants = json.loads(self.datahaul("schema", source, "--policy", "variants").stdout)
        self.assertEqual(variants["kinds"][0]["columns"][-1]["type"], "variants")

    def test_drift(self):
        before = self.write("before", [{"n": {"integerValue": "1"}}])
        more = self.write("more", [{"n": {"integerValue": "1"}, "s": {"stringValue": "x"}}])
        other = self.write("other", [{"n": {"stringValue": "x"}}, {"n": {"integerValue": "1"}}])
        out = self.tmp / "out"
        self.datahaul("copy", before, out, "--format", "csv", "--quiet")
        self.assertIn(b"additive: K: s", self.datahaul("schema", more, "--against", out / "manifest.json").stderr)
        run = self.datahaul("schema", other, "--against", out, "--json", expect=1)
        self.assertEqual(json.loads(run.stdout)["differences"][0]["drift"], "breaking")
        schema = self.tmp / "before.json"
        schema.write_bytes(self.datahaul("schema", before).stdout)
        self.datahaul("schema", other, "--against", schema, expect=1)

        against = ("--format", "csv", "--quiet", "--against", out / "manifest.json")
        self.datahaul("copy", other, self.tmp / "failed", *against, expect=1)
        self.datahaul("copy", more, self.tmp / "adapted", *against, "--on-drift", "adapt")
        self.datahaul("copy", other, self.tmp / "aside", *against, "--on-drift", "set-aside", "--max-rejects", "9", expect=3)
        rows = (self.tmp / "aside" / "K.csv").read_bytes().split(b"\r\n")
        self.assertEqual(len(rows), 3, rows)


if __name__ == "__main__":
    unittest.main()
