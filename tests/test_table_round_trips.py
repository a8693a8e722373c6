#!/usr/bin/env python3
"""Typed NDJSON to tables and back: what docs/formats/tables.md promises comes back, and whatever does not is counted under its name."""
import base64
import json
import unittest

from harness import Case, export_root, good_samples, lines_of, oracle_lines, read_export
from table_data import CONFLICTS, array, boolean, double, integer, null, of, string, struct, time, write

FORMATS = ("parquet", "csv")
LOSSES = {"nulls", "indexed_dropped", "meanings_dropped", "json_values", "widened", "not_expressible", "non_finite", "invalid_utf8", "timestamps_out_of_range",
          "renamed_key_properties"}
LATE = {"timestampMicros": "253402300800000000"}            # the year 10000
NOT_UTF8 = {"stringBytes": base64.b64encode(b"\xff").decode()}

# Counter → (--policy, records, as they come back, {counter: number}).
LOST = {
    "nulls": ("json", [{"a": null(), "l": array(null(), integer(1))}, {"a": integer(1), "m": struct(n=null(), x=integer(2))}],
              [{"l": array(null(), integer(1))}, {"a": integer(1), "m": struct(x=integer(2))}], {"nulls": 2}),
    "indexed_dropped": ("json", [{"v": {**integer(1), "indexed": True}}, {"v": {**integer(2), "indexed": True}}, {"v": integer(3)}],
                        [{"v": integer(1)}, {"v": integer(2)}, {"v": integer(3)}], {"indexed_dropped": 2}),
    "meanings_dropped": ("json", [{"v": {**string("a"), "meaning": 15}}, {"v": string("b")}], [{"v": string("a")}, {"v": string("b")}], {"meanings_dropped": 1}),
    "json_values": ("json", [{"v": integer(1)}, {"v": string("x")}, {"v": time("2025-01-02T03:04:05.000006Z")}, {"v": boolean(True)},
                             {"v": array(struct(a={**double(1.5), "indexed": True, "meaning": 13}))}],
                    [{"v": integer(1)}, {"v": string("x")}, {"v": string("2025-01-02T03:04:05.000006Z")}, {"v": boolean(True)}, {"v": array(struct(a=double(1.5)))}],
                    {"json_values": 5}),
    "widened": ("widen", [{"v": integer(7), "m": struct(x=integer(1))}, {"v": double(0.5), "m": struct(x=double(0.5))}],
                [{"v": double(7.0), "m": struct(x=double(1.0))}, {"v": double(0.5), "m": struct(x=double(0.5))}], {"widened": 2}),
    "non_finite": ("json", [{"m": array(string("x"), double("NaN"), double("-Infinity"))}], [{"m": array(string("x"), null(), null())}], {"non_finite": 2, "json_values": 3}),
    "timestamps_out_of_range": ("json", [{"v": LATE}, {"v": integer(1)}], [{"v": string("253402300800000000")}, {"v": integer(1)}],
                                {"timestamps_out_of_range": 1, "json_values": 2}),
    "invalid_utf8": ("json", [{"v": NOT_UTF8, "s": NOT_UTF8}, {"v": integer(1)}], [{"v": string("/w=="), "s": string("/w==")}, {"v": integer(1)}],
                     {"invalid_utf8": 2, "json_values": 2}),
}
HARMLESS = {"json_values", "renamed_key_properties"}        # counted also where nothing was lost


def line(r):
    return read_export.json_line(r).encode()


class RoundTripTest(Case):
    def round_trip(self, source, *args):
        """Writes a table and reads it back. Returns (typed NDJSON's folder, the losses in the manifest)."""
        table, back = self.tmp / f"{source.name} table {'-'.join(args)}", self.tmp / f"{source.name} back {'-'.join(args)}"
        run = self.datahaul("copy", source, table, *args, "--json")
        self.copy(table, back)
        self.assertEqual(json.loads((back / "manifest.json").read_bytes())["counters"].keys() & LOSSES, set(), "reading loses nothing")
        counters = json.loads((table / "manifest.json").read_bytes())["counters"]
        reported = json.loads(run.stdout.splitlines()[-1])["job"]["counters"]
        losses = {name: n for name, n in counters.items() if name in LOSSES}
        self.assertEqual({name: n for name, n in reported.items() if name in LOSSES}, losses)
        return back, losses

    def test_whatever_is_not_counted_is_kept(self):
        kept = []
        sources = [(name, lambda name=name, make=make: write(self.tmp / name, make())) for name, make in CONFLICTS.items()]
        sources += [(s.name, lambda s=s: export_root(s)) for s in good_samples()]
        for name, make in sources:
            source = make()
            for form in FORMATS:
                with self.subTest(name, form=form):
                    back, losses = self.round_trip(source, "--format", form, "--policy", "variants")
                    if not losses:
                        kept.append((name, form))
                    code = self.run_program("verify", source, back).returncode
                    self.assertIn(code, (0,) if not losses else (1,) if losses.keys() - HARMLESS else (0, 1), losses)
        for name in ("every type", "200 KB strings", "a late field", "kinds and namespaces", "firestore-emulator", "zero-fragment"):
            for form in FORMATS:
                self.assertIn((name, form), kept)
        self.assertIn(("every type, not finite", "parquet"), kept)

    def test_what_is_lost_is_counted(self):
        for name, (policy, before, after, counted) in LOST.items():
            source = write(self.tmp / name, of("K", *before))
            for form in FORMATS:
                with self.subTest(name, form=form):
                    back, losses = self.round_trip(source, "--format", form, "--policy", policy)
                    self.assertSameLines(lines_of(back), sorted(map(line, of("K", *after))))
                    self.assertEqual(losses, counted)
                    self.datahaul("verify", source, back, expect=1)

    def test_properties_called_key_come_back_from_json_text(self):
        source = write(self.tmp / "source", of("K", {"v": struct({"__key__": integer(1), "__key___": string("x")})}, {"v": integer(1)}))
        for form in FORMATS:
            with self.subTest(form):
                back, losses = self.round_trip(source, "--format", form)
                self.assertEqual(losses, {"renamed_key_properties": 2, "json_values": 2})
                self.datahaul("verify", source, back)

    def test_parts_that_only_typed_ndjson_holds(self):
        export = export_root(next(s for s in good_samples() if s.name == "datastore-mode"))
        unknown = [json.loads(found) for found in oracle_lines(export)]
        source = write(self.tmp / "unknown", [r for r in unknown if "unknown" in r])
        count = len(lines_of(source))
        self.assertGreater(count, 0)
        for form in FORMATS:
            with self.subTest(form):
                back, losses = self.round_trip(source, "--format", form, "--policy", "variants")
                self.assertEqual(losses["not_expressible"], count)
                self.assertEqual([r for r in map(json.loads, lines_of(back)) if "unknown" in r], [])
                self.datahaul("verify", source, back, expect=1)

    def test_tables_of_tables(self):
        """CSV from Parquet and Parquet from CSV hold the same."""
        source = write(self.tmp / "every type", CONFLICTS["every type"]())
        for first, second in (FORMATS, FORMATS[::-1]):
            with self.subTest(first):
                once, twice = self.tmp / first, self.tmp / f"{first} {second}"
                self.datahaul("copy", source, once, "--format", first, "--quiet")
                self.datahaul("copy", once, twice, "--format", second, "--quiet")
                self.datahaul("verify", source, twice)


if __name__ == "__main__":
    unittest.main()
