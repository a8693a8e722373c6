#!/usr/bin/env python3
"""Jobs that write tables: options, earlier schemas, kinds without records, kills, and the Parquet module that may be missing."""
import csv
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import pyarrow.parquet
from harness import PROGRAM, Case, generate, lines_of, tree
from table_data import CONFLICTS, double, integer, of, string, struct, write

FORMATS = ("parquet", "csv")
MODULE = "libdatahaul_parquet.so"


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_bytes())


def types(schema):
    return {c["name"]: c["type"] for c in schema["kinds"][0]["columns"]}


class TablesCase(Case):
    def table(self, source, out, form, *args, expect=0):
        return self.datahaul("copy", source, out, "--format", form, "--quiet", *args, expect=expect)

    def back(self, table):
        out = table.with_name(f"{table.name} back")
        self.copy(table, out)
        return lines_of(out)


class OptionsTest(TablesCase):
    def test_policies(self):
        source = write(self.tmp / "source", of("K", {"n": integer(1), "v": integer(1)}, {"n": double(0.5), "v": string("x")}))
        for policy, n, v in (("json", "json", "json"), ("widen", "double", "json"), ("variants", "variants", "variants")):
            for form in FORMATS:
                with self.subTest(policy=policy, form=form):
                    out = self.tmp / f"{policy} {form}"
                    self.table(source, out, form, "--policy", policy)
                    found = types(manifest_of(out)["schema"])
                    self.assertEqual((found["n"], found["v"]), (n, v))
                    run = self.datahaul("schema", source, "--policy", policy)
                    self.assertEqual(json.loads(run.stdout), manifest_of(out)["schema"])
                    self.assertIn(b"K: v: integer in 1 value, string in 1", run.stderr)

    def test_what_csv_looks_like(self):
        texts = ["=1+1", "+1", "-1", "@x", "'=1", "\tx", "\rx", "a=b", "NULL", "", "a;b", "'plain"]
        source = write(self.tmp / "source", of("K", *({"s": string(t)} for t in texts), {}))
        out = self.tmp / "out"
        self.table(source, out, "csv", "--null", "NULL", "--delimiter", ";", "--guard-formulas", "--compression", "gzip")
        with gzip.open(out / "K.csv.gz", "rt", encoding="utf-8", newline="") as f:
            text = f.read()
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=";", strict=True))
        self.assertEqual([r[-1] for r in rows], ["s", *(("'" if t.lstrip("'")[:1] in tuple("=+-@\t\r") else "") + t for t in texts), "NULL"])
        self.assertIn(';"NULL"\r\n', text, "a text that reads like null stands in quotes")
        self.assertEqual(manifest_of(out)["counters"]["guarded_formulas"], 7)
        self.assertEqual(self.back(out), lines_of_source(source))
        packed = self.tmp / "zstd"
        self.table(source, packed, "csv", "--compression", "zstd")
        self.assertEqual(subprocess.run(["zstd", "-dc", packed / "K.csv.zst"], capture_output=True, check=True).stdout.count(b"\r\n"), len(texts) + 2)
        self.assertEqual(self.back(packed), lines_of_source(source))

    def test_layouts(self):
        source = write(self.tmp / "source", of("K", {"n": integer(1)}))
        for form in FORMATS:
            for layout in ("single", "namespace", "shard"):
                with self.subTest(form=form, layout=layout):
                    self.assertIn(b"--layout kind", self.table(source, self.tmp / "out", form, "--layout", layout, expect=2).stderr)
                    self.assertFalse((self.tmp / "out").exists())

    def test_kinds_without_records(self):
        typed, tables = self.tmp / "typed", self.tmp / "csv"
        self.copy(write(self.tmp / "source", of("Full", {"n": integer(1)})), typed)
        manifest = manifest_of(typed)
        manifest["kinds"].append({"namespace": "", "kind": "Void", "read": 0, "written": 0, "filtered": 0, "rejected": 0, "digest": "0" * 32})
        (typed / "manifest.json").write_text(json.dumps(manifest))
        self.table(typed, tables, "csv")
        self.assertEqual((tables / "Void.csv").read_bytes(), b'"__key__","__namespace__","__id__","__name__"\r\n')
        for source in (typed, tables):
            with self.subTest(source.name):
                out = self.tmp / f"{source.name} parquet"
                self.table(source, out, "parquet")
                part, = (out / "Void.parquet").iterdir()
                table = pyarrow.parquet.read_table(part)
                self.assertEqual((table.num_rows, table.column_names), (0, ["__key__", "__namespace__", "__id__", "__name__"]))
                self.assertEqual(self.back(out), lines_of(typed))
                self.datahaul("verify", typed, out)

    def test_if_exists(self):
        first = write(self.tmp / "first", of("K", {"n": integer(1), "s": string("a")}))
        second = write(self.tmp / "second", [{**r, "key": {**r["key"], "path": [["K", "b"]]}} for r in of("K", {"n": integer(2), "s": string("b")})])
        for form in FORMATS:
            with self.subTest(form):
                out = self.tmp / form
                self.table(first, out, form)
                before = tree(out)
                self.assertIn(b"--if-exists", self.table(second, out, form, expect=5).stderr)
                self.assertEqual(tree(out), before)
                self.table(second, out, form, "--if-exists", "append")
                self.assertEqual(self.back(out), sorted(lines_of_source(first) + lines_of_source(second)))
                self.table(second, out, form, "--if-exists", "replace")
                self.datahaul("verify", second, out)
                self.assertEqual(list(out.rglob("*.partial")), [])


def lines_of_source(source):
    return sorted((source / "data.typed.ndjson").read_bytes().splitlines())


class SchemaTest(TablesCase):
    def test_arrow_is_what_pyarrow_prints(self):
        for name in ("every type", "maps and scalars", "nested lists"):
            source = write(self.tmp / name, CONFLICTS[name]())
            out = self.tmp / f"{name} out"
            self.table(source, out, "parquet")
            part = next(out.rglob("*.parquet/*.parquet"))
            printed = self.datahaul("schema", source, "--as", "arrow", "--quiet").stdout.decode()
            self.assertEqual(printed.strip(), pyarrow.parquet.read_schema(part).to_string(show_schema_metadata=False, element_size_limit=1_000_000).strip())

    def test_sql_and_bigquery(self):
        source = write(self.tmp / "source", CONFLICTS["names that collide"]())
        columns = [c["name"] for c in json.loads(self.datahaul("schema", source, "--quiet").stdout)["kinds"][0]["columns"]]
        sql = self.datahaul("schema", source, "--as", "sql", "--quiet").stdout.decode()
        self.assertEqual(sql.count("CREATE TABLE"), 1)
        self.assertEqual([line.split('"')[1] for line in sql.splitlines() if line.startswith('  "')], columns)
        fields = json.loads(self.datahaul("schema", source, "--as", "bigquery", "--quiet").stdout)
        self.assertEqual([f["name"] for f in fields], columns)
        member = next(f for f in fields if f["name"] == "l")
        self.assertEqual((member["type"], member["mode"]), ("RECORD", "REPEATED"))

    def test_drift(self):
        before = write(self.tmp / "before", of("K", {"n": integer(1), "gone": string("x"), "m": struct(a=integer(1))}))
        additive = write(self.tmp / "additive", of("K", {"n": integer(1), "new": string("x"), "m": struct(a=integer(1), b=integer(2))}))
        breaking = write(self.tmp / "breaking", of("K", {"n": integer(1)}, {"n": string("x")}, {"n": integer(3), "m": struct(a=integer(1))}))
        for form in FORMATS:
            with self.subTest(form):
                place = self.tmp / form
                earlier = place / "earlier"
                self.table(before, earlier, form)
                against = ("--against", earlier / "manifest.json")
                self.table(additive, place / "additive", form, *against)
                names = types(manifest_of(place / "additive")["schema"])
                self.assertTrue({"gone", "new"} <= set(names))
                self.datahaul("verify", additive, place / "additive")

                run = self.table(breaking, place / "fail", form, *against, expect=1)
                self.assertIn(b"n", run.stderr)
                self.assertFalse((place / "fail" / "manifest.json").exists())

                self.table(breaking, place / "adapt", form, *against, "--on-drift", "adapt")
                self.assertEqual(types(manifest_of(place / "adapt")["schema"])["n"], "json")
                self.assertEqual(self.back(place / "adapt"), lines_of_source(breaking))

                self.table(breaking, place / "few", form, *against, "--on-drift", "set-aside", expect=1)
                self.table(breaking, place / "aside", form, *against, "--on-drift", "set-aside", "--max-rejects", "1", expect=3)
                self.assertEqual(types(manifest_of(place / "aside")["schema"])["n"], "integer")
                self.assertEqual(self.back(place / "aside"), [line for line in lines_of_source(breaking) if b"stringValue" not in line])
                rejects = (place / "aside" / "_rejects" / "rejects.ndjson").read_text().splitlines()
                self.assertEqual(len(rejects), 1)


class KilledTest(TablesCase):
    def test_killed_jobs_end_with_the_same_bytes(self):
        r = random.Random(4)
        export = self.tmp / "export"
        generate(export, "6 --files 2")
        for form in FORMATS:
            with self.subTest(form):
                expected, out = self.tmp / f"{form} expected", self.tmp / form
                begin = time.monotonic()
                self.table(export, expected, form)
                took = time.monotonic() - begin
                known = set(self.jobs())
                job, kills = None, 0
                while kills < 20:
                    args = ("jobs", "resume", job) if job else ("copy", export, out, "--format", form)
                    with subprocess.Popen([PROGRAM, *args, "--quiet", "--data-dir", self.data_dir], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
                        try:
                            run.wait(timeout=r.uniform(0.2, 0.9) * took if kills < 4 else 60)
                            break
                        except subprocess.TimeoutExpired:
                            run.send_signal(signal.SIGKILL)
                            run.wait()
                            kills += 1
                    job = next(iter(set(self.jobs()) - known), None)
                    if job and self.jobs()[job]["state"] == "succeeded":
                        break
                self.assertGreater(kills, 0)
                if job:
                    self.assertEqual(self.jobs()[job]["state"], "succeeded")
                self.assertSameTree(out, expected)
                self.assertEqual(manifest_of(out)["objects"], manifest_of(expected)["objects"])

    def jobs(self):
        run = self.datahaul("jobs", "list", "--json")
        return {job["id"]: job for job in map(json.loads, run.stdout.splitlines()) if "id" in job}


class ModuleTest(TablesCase):
    def program_without_module(self):
        alone = self.tmp / "bin" / "datahaul"
        alone.parent.mkdir()
        shutil.copy(PROGRAM, alone)
        (self.tmp / "empty").mkdir()
        return alone

    def test_a_missing_module_is_named_and_nothing_else_needs_it(self):
        alone = self.program_without_module()
        source = write(self.tmp / "source", of("K", {"n": integer(1)}))
        self.table(source, self.tmp / "parquet", "parquet")

        def run(*args, expect=0):
            done = subprocess.run([str(a) for a in (alone, *args, "--data-dir", self.data_dir)], capture_output=True, stdin=subprocess.DEVNULL, check=False,
                                  env={**os.environ, "DATAHAUL_MODULES": str(self.tmp / "empty")}, timeout=60)
            self.assertEqual(done.returncode, expect, done.stderr)
            return done

        for args in (("copy", source, self.tmp / "none", "--format", "parquet"), ("copy", self.tmp / "parquet", self.tmp / "none2")):
            said = run(*args, expect=1).stderr
            self.assertIn(MODULE.encode(), said)
            self.assertIn(b"DATAHAUL_MODULES", said)
        self.assertFalse((self.tmp / "none").exists())
        for form in ("typed-ndjson", "ndjson", "csv"):
            run("copy", source, self.tmp / form, "--format", form, "--quiet")
        run("verify", source, self.tmp / "csv")
        run("schema", source)
        run("inspect", source)
        run("cat", source)
        run("jobs", "list")
        run("verify", source, self.tmp / "parquet" / "manifest.json")

    def test_the_module_is_loaded_for_parquet_only(self):
        source = write(self.tmp / "source", of("K", {"n": integer(1)}))

        def loads(*args):
            done = subprocess.run([str(a) for a in (PROGRAM, *args, "--data-dir", self.data_dir)], capture_output=True, stdin=subprocess.DEVNULL, check=True,
                                  env={**os.environ, "LD_DEBUG": "files"}, timeout=60)
            return MODULE.encode() in done.stderr or b"libarrow" in done.stderr

        for form in ("typed-ndjson", "ndjson", "csv"):
            self.assertFalse(loads("copy", source, self.tmp / form, "--format", form), form)
        self.assertFalse(loads("schema", source))
        self.assertFalse(loads("inspect", source))
        self.assertTrue(loads("copy", source, self.tmp / "parquet", "--format", "parquet"))
        self.assertTrue(loads("copy", self.tmp / "parquet", self.tmp / "back"))


if __name__ == "__main__":
    unittest.main()
