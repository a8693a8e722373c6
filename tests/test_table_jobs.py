#!/usr/bin/env python3
"""Jobs that write tables: options, earlier schemas, kinds without records, kills, and the Parquet module that may be missing."""
import base64
import csv
import gzip
import json
import os
import random
import shutil
import subprocess
import time
import unittest

import pyarrow.parquet
from harness import PROGRAM, Case, generate, lines_of, tree
from jobs_case import JobsCase
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

    def test_appending_other_columns_leaves_nothing(self):
        first = write(self.tmp / "first", of("K", {"n": integer(1), "s": string("a")}))
        second = [{**r, "key": {**r["key"], "path": [["K", "b"]]}} for r in of("K", {"n": integer(2), "s": string("b")})]
        same = write(self.tmp / "same", second)
        more = write(self.tmp / "more", [{**r, "properties": {**r["properties"], "extra": integer(1)}} for r in second])
        less = write(self.tmp / "less", [{**r, "properties": {"n": integer(2)}} for r in second])
        for form in FORMATS:
            with self.subTest(form):
                out = self.tmp / form
                self.table(first, out, form)
                before = tree(out)
                for source, found in ((more, b'found "extra" as well'), (less, b'no "s"; say --against')):
                    run = self.table(source, out, form, "--if-exists", "append", expect=1)
                    self.assertIn(found, run.stderr)
                    self.assertNotIn(b"jobs resume", run.stderr)
                    self.assertEqual(tree(out), before, "no claim, no partial file")
                self.table(less, out, form, "--if-exists", "append", "--against", out / "manifest.json")
                self.assertEqual(len(self.back(out)), 2)
        other = self.table(same, self.tmp / "csv", "csv", "--if-exists", "append", "--delimiter", ";", expect=5)
        self.assertIn(b"--delimiter", other.stderr)
        self.assertFalse((self.tmp / "csv" / ".datahaul-claim").exists())


def lines_of_source(source):
    return sorted((source / "data.typed.ndjson").read_bytes().splitlines())


class PlaceTest(TablesCase):
    def test_several_kinds_to_standard_output(self):
        source = write(self.tmp / "source", of("A", {"n": integer(1)}) + of("B", {"n": integer(1)}))
        run = self.table(source, "-", "csv", expect=2)
        self.assertIn(b"expected one kind, found 2 (A, B); choose one with --kind", run.stderr)
        self.assertEqual(run.stdout, b"")
        self.assertEqual(self.table(source, "-", "csv", "--kind", "A").stdout.count(b"\r\n"), 2)
        self.assertIn(b"standard output", self.table(source, "-", "parquet", "--kind", "A", expect=2).stderr)

    def test_jobs_tell_the_policy(self):
        source = write(self.tmp / "source", of("K", {"n": integer(1)}))
        for form, policy in (("csv", "json"), ("parquet", "json"), ("typed-ndjson", None)):
            run = self.datahaul("copy", source, self.tmp / form, "--format", form, "--json")
            job = json.loads(run.stdout.splitlines()[-1])["job"]
            self.assertEqual(job["options"].get("policy"), policy)
            told = json.loads(self.datahaul("jobs", "get", job["id"], "--json").stdout)
            self.assertEqual(told["options"].get("policy"), policy)


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
                reject = json.loads(rejects[0])
                line = next(line for line in lines_of_source(breaking) if b"stringValue" in line)
                self.assertEqual(reject["object"], str(breaking / "data.typed.ndjson"))
                self.assertEqual(reject["offset"], (breaking / "data.typed.ndjson").read_bytes().index(line))
                kept = base64.b64decode(reject["bytes"])
                self.assertEqual(kept.replace(b'"app":"",', b""), line + b"\n")
                self.assertEqual(reject["length"], len(kept))

    def test_what_is_set_aside_is_named(self):
        before = write(self.tmp / "before", of("K", {"n": integer(1)}))
        now = write(self.tmp / "now", of("K", {"n": integer(1)}, {"n": string("x")}))
        self.table(before, self.tmp / "earlier", "csv")
        drift = ("--against", self.tmp / "earlier" / "manifest.json", "--on-drift", "set-aside", "--max-rejects", "1")
        run = self.datahaul("copy", now, self.tmp / "out", "--format", "csv", *drift, expect=3)
        self.assertEqual(run.stderr.count(b"rejected: writing K"), 1, run.stderr)
        self.assertIn(b'field "n": expected integer, found string', run.stderr)
        run = self.datahaul("copy", now, self.tmp / "indexed", "--format", "csv", "--keys-index", *drift, expect=2)
        self.assertIn(b"--on-drift set-aside", run.stderr)
        self.assertFalse((self.tmp / "indexed").exists())


class ForeignParquetTest(TablesCase):
    def file(self, table, rows=1000):
        path = self.tmp / "in" / "x.parquet"
        path.parent.mkdir(exist_ok=True)
        pyarrow.parquet.write_table(table, path, row_group_size=rows)
        return path

    def test_categories(self):
        values = ["red", "blue", None, "red"]
        keys = pyarrow.array([f"K/{i}" for i in range(4)])
        path = self.file(pyarrow.table({"__key__": keys, "c": pyarrow.array(values).dictionary_encode()}))
        self.copy(path, self.tmp / "out")
        found = [json.loads(line)["properties"].get("c", {}).get("stringValue") for line in lines_of(self.tmp / "out")]
        self.assertEqual(found, values)

    def test_damaged_row_groups_are_set_aside(self):
        path = self.file(pyarrow.table({"__key__": [f"K/{i}" for i in range(300)], "n": list(range(300))}), 100)
        column = pyarrow.parquet.read_metadata(path).row_group(1).column(1)
        data = bytearray(path.read_bytes())
        data[column.dictionary_page_offset or column.data_page_offset] = 0xFF  # the page's head
        path.write_bytes(data)
        self.copy(path, self.tmp / "none", expect=1)
        run = self.datahaul("copy", path, self.tmp / "out", "--on-corrupt", "skip", expect=3)
        self.assertIn(b"row group 1, rows 100 to 199: 100 records are lost", run.stderr)
        self.assertEqual(len(lines_of(self.tmp / "out")), 200)
        lost, = map(json.loads, (self.tmp / "out" / "_rejects" / "rejects.ndjson").read_text().splitlines())
        self.assertEqual((lost["type"], lost["object"]), ("lost", str(path)))
        self.assertTrue(0 < lost["begin"] < lost["end"] < len(data))
        self.table(path, self.tmp / "csv", "csv", "--on-corrupt", "skip", expect=3)

    def test_damaged_files_of_ours(self):
        source = write(self.tmp / "source", of("K", *({"n": integer(i)} for i in range(50))))
        out = self.tmp / "parquet"
        self.table(source, out, "parquet")
        part = out / "K.parquet" / "part-00000.parquet"
        column = pyarrow.parquet.read_metadata(part).row_group(0).column(0)
        data = bytearray(part.read_bytes())
        data[(column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size // 2] ^= 1
        part.write_bytes(data)
        self.assertIn(b"--on-corrupt=skip", self.copy(out, self.tmp / "none", expect=1).stderr)
        run = self.datahaul("copy", out, self.tmp / "back", "--format", "typed-ndjson", "--on-corrupt", "skip", "--json", expect=3)
        counters = json.loads(run.stdout.splitlines()[-1])["job"]["counters"]
        self.assertEqual((counters["lost_ranges"], counters["lost_records"]), (1, 50))
        part.write_bytes(data[:-20])
        self.assertIn(b"without its footer", self.copy(part, self.tmp / "cut", "--on-corrupt", "skip", expect=1).stderr)


class KilledTest(JobsCase, TablesCase):
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
                self.kill_and_resume(("copy", export, out, "--format", form), took, r, kills=4, earliest=0.2)
                self.assertSameTree(out, expected)
                self.assertEqual(manifest_of(out)["objects"], manifest_of(expected)["objects"])



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
            said = run(*args, expect=5).stderr
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

    def test_a_module_of_another_build_is_refused(self):
        alone = self.program_without_module()
        module = (PROGRAM.parent / MODULE).read_bytes()
        at = module.index(b"interface ") + len(b"interface ")
        other = module[:at] + (b"0" if module[at:at + 1] != b"0" else b"1") + module[at + 1:]
        (self.tmp / "empty" / MODULE).write_bytes(other)
        if (PROGRAM.parent / "arrow").exists():
            (self.tmp / "empty" / "arrow").symlink_to(PROGRAM.parent / "arrow")
        source = write(self.tmp / "source", of("K", {"n": integer(1)}))
        args = ("copy", source, self.tmp / "out", "--format", "parquet", "--data-dir", self.data_dir)
        run = subprocess.run([str(a) for a in (alone, *args)], capture_output=True, stdin=subprocess.DEVNULL, check=False,
                             env={**os.environ, "DATAHAUL_MODULES": str(self.tmp / "empty")}, timeout=60)
        self.assertEqual(run.returncode, 5, run.stderr)
        self.assertIn(b"expected the module of this build (interface ", run.stderr)
        self.assertIn(b"install program and module together", run.stderr)
        self.assertFalse((self.tmp / "out").exists())

    def test_the_module_is_loaded_for_parquet_only(self):
        source = write(self.tmp / "source", of("K", {"n": integer(1)}))

        def loads(*args):
            data_dir = () if args[0].startswith("-") else ("--data-dir", self.data_dir)
            done = subprocess.run([str(a) for a in (PROGRAM, *args, *data_dir)], capture_output=True, stdin=subprocess.DEVNULL, check=True,
                                  env={**os.environ, "LD_DEBUG": "files"}, timeout=60)
            return MODULE.encode() in done.stderr or b"libarrow" in done.stderr

        for form in ("typed-ndjson", "ndjson", "csv"):
            self.assertFalse(loads("copy", source, self.tmp / form, "--format", form), form)
        self.assertFalse(loads("schema", source))
        for args in (("inspect", source), ("cat", source), ("verify", source, self.tmp / "csv"), ("jobs", "list"), ("--version",), ("--help",)):
            self.assertFalse(loads(*args), args)
        self.assertTrue(loads("copy", source, self.tmp / "parquet", "--format", "parquet"))
        self.assertTrue(loads("copy", self.tmp / "parquet", self.tmp / "back"))


if __name__ == "__main__":
    unittest.main()
