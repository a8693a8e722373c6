#!/usr/bin/env python3
"""What DuckDB, pyarrow and pandas read from CSV and Parquet is what typed NDJSON has: every value of samples and of data with planted conflicts."""
import csv
import json
import unittest
from pathlib import Path

import duckdb
import pandas
import plain_ndjson
import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
import table_model
from harness import Case, export_root, good_samples, oracle_lines
from table_data import CONFLICTS, write

NULL = "\\N"                            # so that every reader can tell null from the empty text
POLICIES = {"integers and doubles": ("json", "widen", "variants"), "12,000 fields": ("json",), "names that are data": ("json",),
            "200 KB strings": ("json",), "a late field": ("json",), "kinds and namespaces": ("json",), "names that collide": ("json",)}


def values(array):
    """A list of plain Python values; timestamps as microseconds, as Python's own are too narrow for some."""
    if isinstance(array, pyarrow.ChunkedArray):
        return [v for chunk in array.chunks for v in values(chunk)]
    kind = array.type
    if pyarrow.types.is_timestamp(kind):
        assert kind == pyarrow.timestamp("us", "UTC") or kind.unit == "us" and kind.tz, kind
        return array.cast(pyarrow.int64()).to_pylist()
    if pyarrow.types.is_struct(kind):
        members = [(kind.field(i).name, values(array.field(i))) for i in range(kind.num_fields)]
        return [{name: v[i] for name, v in members} if valid else None for i, valid in enumerate(array.is_valid().to_pylist())]
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        flat = iter(values(array.flatten()))
        return [None if n is None else [next(flat) for _ in range(n)] for n in pyarrow.compute.list_value_length(array).to_pylist()]
    return array.to_pylist()


def duckdb_parquet(path):
    return duckdb.connect(config={"threads": 1}).sql("SELECT * FROM read_parquet(?)", params=[f"{path}/*.parquet"]).to_arrow_table()


def pandas_parquet(path):
    frame = pandas.read_parquet(path, engine="pyarrow", dtype_backend="pyarrow")
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def header(path):
    with open(path, encoding="utf-8", newline="") as f:
        return next(csv.reader(f, strict=True))


def duckdb_csv(path):
    columns = "{" + ", ".join("'" + name.replace("'", "''") + "': 'VARCHAR'" for name in header(path)) + "}"
    options = f"auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '{NULL}', allow_quoted_nulls = false, " \
              "max_line_size = 10000000, buffer_size = 100000000"
    return duckdb.connect(config={"threads": 1}).sql(f"SELECT * FROM read_csv(?, columns = {columns}, {options})", params=[str(path)]).to_arrow_table()


def pyarrow_csv(path):
    return pyarrow.csv.read_csv(
        path, read_options=pyarrow.csv.ReadOptions(block_size=1 << 26, use_threads=False), parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header(path), pyarrow.string()), null_values=[NULL], strings_can_be_null=True,
                                                   quoted_strings_can_be_null=False))


def pandas_csv(path):
    frame = pandas.read_csv(path, dtype="string[pyarrow]", keep_default_na=False, na_values=[NULL])
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


PARQUET = {"DuckDB": duckdb_parquet, "pyarrow": pyarrow.parquet.read_table, "pandas": pandas_parquet}
CSV = {"DuckDB": duckdb_csv, "pyarrow": pyarrow_csv, "pandas": pandas_csv}


class ReadersTest(Case):
    def check(self, source, records, policy):
        plan = table_model.plan(records, policy)
        by_kind = {}
        for r in records:
            by_kind.setdefault(table_model.kind_of(r), []).append(r)
        for form, readers, expected_row, found in (("parquet", PARQUET, table_model.row, table_model.found), ("csv", CSV, table_model.text_row, table_model.found_text)):
            out = self.tmp / f"{source.name} {policy} {form}"
            self.datahaul("copy", source, out, "--format", form, "--policy", policy, "--quiet", *(("--null", NULL) if form == "csv" else ()))
            manifest = json.loads((out / "manifest.json").read_bytes())
            shapes = {(k["namespace"], k["kind"]): list(map(table_model.shape, k["columns"])) for k in manifest["schema"]["kinds"]}
            self.assertEqual(sorted(shapes), sorted(plan))
            for name, columns in plan.items():
                for planned, expected in zip(shapes[name], map(table_model.shape, columns)):
                    self.assertEqual(planned, expected, (source, name))
            for name, columns in plan.items():
                paths = {Path(o["name"]) for o in manifest["objects"] if (o["namespace"], o["kind"]) == name}
                path, = {p.parent if form == "parquet" else p for p in paths}
                expected = sorted(plain_ndjson.canonical(expected_row(columns, r)).encode() for r in by_kind[name])
                for reader, read in readers.items():
                    with self.subTest(source=source.name, policy=policy, kind=name, form=form, reader=reader):
                        table = read(out / path)
                        self.assertEqual(table.column_names, [c["name"] for c in columns])
                        cells = [[found(c, v) for v in values(table.column(i))] for i, c in enumerate(columns)]
                        rows = [dict(zip(table.column_names, r)) for r in zip(*cells)]
                        self.assertSameLines(sorted(plain_ndjson.canonical(r).encode() for r in rows), expected)

    def test_samples(self):
        for sample in good_samples():
            export = export_root(sample)
            self.check(export, list(map(json.loads, oracle_lines(export))), "json")

    def test_conflicts(self):
        for name, make in CONFLICTS.items():
            records = make()
            source = write(self.tmp / name, records)
            for policy in POLICIES.get(name, ("json", "variants")):
                self.check(source, records, policy)


if __name__ == "__main__":
    unittest.main()
