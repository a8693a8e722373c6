#!/usr/bin/env python3
"""Damages small exports in every way and checks that nothing is ever different in silence.

DATAHAUL_DAMAGE_CASES: how many flips and cuts to try of each export (default 1000; about 3000 in all); 0 = every byte of every file.
"""
import concurrent.futures
import itertools
import os
import random
import re
import shutil
import subprocess
import unittest

from harness import EXPORTS, PROGRAM, Case, generate, lines_of, oracle_lines, read_export, tree

CASES = int(os.environ.get("DATAHAUL_DAMAGE_CASES", "1000"))
BLOCK = read_export.BLOCK
THREADS = os.cpu_count() or 1


def flip(at, bit):
    def change(data):
        return data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1:]
    return change


def cut(at):
    return lambda data: data[:at]


class Copies:
    """Copies of one export, one for each thread, in which one file at a time is damaged and restored."""

    def __init__(self, case, export):
        self.case, self.export = case, export
        self.files = tree(export)
        self.numbers = itertools.count()

    def run(self, jobs, check, flags=()):
        """Runs `datahaul copy` on the export with each job's change made, and hands every outcome to `check`."""
        jobs = list(jobs)
        slices = [jobs[i::THREADS] for i in range(THREADS)]
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            for done in [pool.submit(self.work, part, check, flags) for part in slices]:
                done.result()

    def work(self, jobs, check, flags):
        place = self.case.tmp / f"copy{next(self.numbers)}"
        shutil.copytree(self.export, place)
        command = [PROGRAM, "copy", place, "-", "--format", "typed-ndjson", *flags, "--data-dir", f"{place}-data"]
        for name, what, change in jobs:
            (place / name).write_bytes(change(self.files[name]))
            try:
                # A minute is a hang: the export is read in milliseconds, under the sanitizers, too.
                run = subprocess.run([str(a) for a in command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
                check(name, what, run)
            except (AssertionError, subprocess.TimeoutExpired) as e:
                kept = self.case.keep(place, name, what)
                raise AssertionError(f"{name}, {what}: {e}\nkept as {kept}") from None
            (place / name).write_bytes(self.files[name])


def interesting(name, data):
    """All positions of a file, those that are structure or varied content first."""
    filler = [m.span() for m in re.finditer(rb"x{64,}", data)]
    inside = {i for a, b in filler for i in range(a, b)}
    return [i for i in range(len(data)) if i not in inside], sorted(inside)


def mutations(files, seed):
    """One flip at and one cut before each byte; a seeded choice where that is too much. Metadata is always tried whole."""
    r = random.Random(seed)
    certain, wanted, rest = [], [], []
    for name, data in files.items():
        first, later = interesting(name, data)
        for target, positions in ((certain if "metadata" in name else wanted, first), (rest, later)):
            for at in positions:
                bit = r.randrange(8)
                target += [(name, f"bit {bit} of byte {at} flipped", flip(at, bit)), (name, f"cut at byte {at}", cut(at))]
    if CASES == 0:
        return certain + wanted + rest
    r.shuffle(wanted)
    r.shuffle(rest)
    room = max(0, CASES - len(certain))
    return certain + wanted[:room * 9 // 10] + rest[:room // 10]


class DamageCase(Case):
    def keep(self, place, name, what):
        kept = self.tmp.parent / f"datahaul-damaged-{name.replace('/', '-')}-{what.replace(' ', '-')}"
        if not kept.exists():
            shutil.copytree(place, kept)
        return kept


class DamageTest(DamageCase):
    def try_all(self, options, seed, choose=lambda jobs: jobs):
        export = self.tmp / "export"
        truth = generate(export, options)
        self.assertSameLines(oracle_lines(export), truth)
        same = []

        def check(name, what, run):
            message = run.stderr.decode(errors="replace")
            if run.returncode == 0:
                self.assertSameLines(sorted(run.stdout.splitlines()), truth)
                same.append(what)
                return
            self.assertIn(run.returncode, (1, 4, 5), message[-2000:])         # above all not a signal
            base = os.path.basename(name)
            # Metadata that names another file, or other numbers, is found out at the files that it speaks of.
            named = [base] if base.startswith("output") else [base, "output", "metadata"]
            self.assertTrue(any(n in message for n in named), f"the message does not name the file: {message[-500:]}")

        copies = Copies(self, export)
        jobs = choose(mutations(copies.files, seed))
        copies.run(jobs, check, ("--quiet",))
        print(f"{options}: {len(jobs)} damaged exports, {len(same)} of them still gave every record", flush=True)

    def test_flips_and_cuts(self):
        self.try_all("--records 8 --files 2 --zero-fragments 1", 1)

    def test_flips_and_cuts_with_padding(self):
        self.try_all("--records 3 --files 2 --pad --emulator", 2, lambda jobs: [j for j in jobs if "metadata" not in j[0]][:CASES // 4 or None])

    def test_metadata_of_several_partitions(self):
        # A cut between two partitions' records leaves a well-formed file: the folder holds more than it lists.
        self.try_all("--records 12 --files 1 --datastore --partitions namespace", 3, lambda jobs: [j for j in jobs if "metadata" in j[0]][:CASES or None])

    def test_partition_metadata_alone(self):
        # Without the overall file nothing is counted, but the outputs that are there must be those that are listed.
        self.try_all("--records 6 --files 12 --no-overall", 5, lambda jobs: [j for j in jobs if "metadata" in j[0]])

    def test_whole_records_and_files(self):
        export = self.tmp / "export"
        truth = generate(export, "--records 12 --files 3")
        folder = "all_namespaces/all_kinds/"
        copies = Copies(self, export)
        data = copies.files[folder + "output-1"]
        starts = [at for at, _ in read_export.log_records("output-1", data)] + [len(data)]
        jobs = []
        for a, b in zip(starts, starts[1:]):
            jobs += [(folder + "output-1", f"record at {a} zeroed", lambda d, a=a, b=b: d[:a] + bytes(b - a) + d[b:]),
                     (folder + "output-1", f"record at {a} taken out", lambda d, a=a, b=b: d[:a] + d[b:]),
                     (folder + "output-1", f"record at {a} doubled", lambda d, a=a, b=b: d[:b] + d[a:])]
        jobs += [(folder + "output-1", "emptied", lambda d: b""),
                 (folder + "output-1", "zero fill that is interrupted", lambda d: d + bytes(500) + b"\1"), (folder + "output-1", "zeroed", lambda d: bytes(len(d)))]

        def check(name, what, run):
            self.assertIn(run.returncode, (1, 5), run.stderr[-2000:])
            self.assertTrue(run.stderr)

        copies.run(jobs, check, ("--quiet",))
        padded = [(folder + "output-1", f"{n} zeros after the end", lambda d, n=n: d + bytes(n)) for n in (1, 6, 7, 8, 100, BLOCK)]
        copies.run(padded, lambda name, what, run: self.assertSameLines(sorted(run.stdout.splitlines()), truth))

    def test_missing_files(self):
        export = self.tmp / "export"
        generate(export, "--records 12 --files 3")
        for name in ("output-0", "output-2", "all_namespaces_all_kinds.export_metadata"):
            with self.subTest(name):
                path = export / "all_namespaces/all_kinds" / name
                data = path.read_bytes()
                path.unlink()
                run = self.run_program("copy", export, self.tmp / f"out-{name}", "--format", "typed-ndjson", "--quiet")
                self.assertIn(run.returncode, (1, 5))
                self.assertIn(name, run.stderr.decode())
                path.write_bytes(data)

    def test_an_output_of_another_export_is_noted(self):
        """As many records, other bytes: only the metadata's byte count tells."""
        export, other = self.tmp / "export", self.tmp / "other"
        for options in ("", "--emulator", "--pad --empty-files 1"):
            with self.subTest(options):
                generate(export, f"--records 12 --files 3 {options}")
                generate(other, f"0 7 --records 12 --files 3 {options}")
                out = self.tmp / f"out{len(options)}"
                run = self.datahaul("copy", export, out)
                self.assertNotIn(b"note:", run.stdout + run.stderr)
                name = "all_namespaces/all_kinds/output-2"
                shutil.copy(other / name, export / name)
                for command in (("copy", export, f"{out}-2"), ("inspect", export), ("verify", export, f"{out}-2")):
                    run = self.datahaul(*command)
                    self.assertIn(b"note: the metadata counts ", run.stdout + run.stderr)
                shutil.rmtree(export)
                shutil.rmtree(other)

    def test_samples(self):
        for sample in sorted(EXPORTS.glob("corrupt-*")):
            with self.subTest(sample.name):
                with self.assertRaises(read_export.Damage) as raised:
                    oracle_lines(sample)
                run = self.copy(sample, self.tmp / sample.name, expect=1)
                message = run.stderr.decode()
                if sample.name == "corrupt-count":
                    self.assertRegex(message, r"\b7\b")
                    self.assertRegex(message, r"\b8\b")
                else:
                    self.assertIn("output-0", message)
                if sample.name not in ("corrupt-count", "corrupt-cut"):
                    self.assertIn(re.search(r"at byte (\d+)", str(raised.exception)).group(1), message)
                self.assertEqual([n for n in tree(self.tmp / sample.name) if n.endswith(".typed.ndjson")] if (self.tmp / sample.name).exists() else [], [])

    def test_rejects(self):
        for name in ("corrupt-entity", "corrupt-name"):
            with self.subTest(name):
                out = self.tmp / name
                self.copy(EXPORTS / name, out, "--max-rejects", "1", expect=3)
                self.assertEqual(len(lines_of(out)), 7)
                rejects = [p for p in (out / "_rejects").rglob("*") if p.is_file()]
                self.assertTrue(rejects)
                self.assertTrue(any(b"2390" in p.read_bytes() for p in rejects), "the record's place is kept")


class SkipTest(DamageCase):
    """--on-corrupt=skip: what is whole comes out, what is lost is said, nothing is made up."""

    def spans(self, files):
        """[(file, begin, end, line)] of every record."""
        found = []
        for name, data in files.items():
            if "output-" in name:
                at = [begin for begin, _ in read_export.log_records(name, data)]
                payloads = [payload for _, payload in read_export.log_records(name, data)]
                found += [(name, a, b, read_export.json_line(read_export.Entity(p).json).encode()) for a, b, p in zip(at, at[1:] + [len(data)], payloads)]
        return found

    def fragment_of(self, data, at):
        """Where the fragment that holds byte `at` begins."""
        here = at // BLOCK * BLOCK
        while True:
            end = here + 7 + int.from_bytes(data[here + 4:here + 6], "little")
            if at < end:
                return here
            if (end // BLOCK + 1) * BLOCK - end < 7:
                return end          # a block's trailer
            here = end

    def test_what_is_whole_comes_out(self):
        export = self.tmp / "export"
        truth = generate(export, "--records 16 --files 2 --zero-fragments 1")
        copies = Copies(self, export)
        spans = self.spans(copies.files)
        self.assertSameLines(sorted(s[3] for s in spans), truth)
        jobs = [j for j in mutations(copies.files, 4) if "output-" in j[0]]
        jobs = jobs if CASES == 0 else jobs[:max(100, CASES // 3)]

        def check(name, what, run):
            message = run.stderr.decode(errors="replace")
            self.assertIn(run.returncode, (0, 3), message[-2000:])
            found = run.stdout.splitlines()
            self.assertEqual(len(set(found)), len(found), "a record came twice")
            self.assertLessEqual(set(found), set(truth), "a record that was never there")
            at = int(re.search(r"byte (\d+)", what).group(1))
            if what.startswith("cut"):
                whole = [s for s in spans if s[0] != name or s[2] <= at]
            else:
                start = self.fragment_of(copies.files[name], at)
                block = at // BLOCK * BLOCK
                whole = [s for s in spans if s[0] != name or s[2] <= start or s[1] >= block + BLOCK]
            lost = {s[3] for s in whole} - set(found)
            self.assertFalse(lost, f"{len(lost)} undamaged records are missing")
            self.assertEqual(run.returncode == 0, len(found) == len(truth), message[-1000:])
            if run.returncode == 3:
                self.assertIn(os.path.basename(name), message)
                self.assertRegex(message, rf"\b{len(truth) - len(found)}\b", "how many records are missing")

        copies.run(jobs, check, ("--on-corrupt=skip",))

    def test_lost_ranges_are_kept(self):
        for name, low, high in (("corrupt-crc", 1, 5), ("corrupt-cut", 1, 1), ("corrupt-hole", 1, 5), ("corrupt-count", 1, 1)):
            with self.subTest(name):
                out = self.tmp / name
                run = self.datahaul("copy", EXPORTS / name, out, "--format", "typed-ndjson", "--on-corrupt=skip", expect=3)
                lost = 8 - len(lines_of(out))
                self.assertTrue(low <= lost <= high, lost)
                self.assertRegex((run.stdout + run.stderr).decode(), rf"\b{lost}\b")
                if name != "corrupt-count":
                    rejects = [p for p in (out / "_rejects").rglob("*") if p.is_file()]
                    self.assertTrue(any(b"output-0" in p.read_bytes() for p in rejects), "the range and its file are kept")


if __name__ == "__main__":
    unittest.main()
