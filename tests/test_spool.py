#!/usr/bin/env python3
"""Tables from a source that is read once: its records wait in a spool, and the output is what it is without one."""
import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import s3_server
from harness import EXPORTS, PROGRAM, export_root, generate, good_samples, tree
from jobs_case import JobsCase
from s3_case import S3Case
from table_data import CONFLICTS, integer, of, string, write

FORMATS = ("parquet", "csv")
ALWAYS = ("--spool", "always")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_bytes())


class SpoolCase(JobsCase):
    def setUp(self):
        super().setUp()
        self.spool = self.data_dir / "spool"

    def table(self, source, out, form, *args, expect=0):
        return self.datahaul("copy", source, out, "--format", form, "--quiet", *args, expect=expect)

    def job(self, source, out, form, *args, expect=0):
        run = self.datahaul("copy", source, out, "--format", form, "--json", *args, expect=expect)
        return json.loads(run.stdout.splitlines()[-1])["job"]

    def files(self, folder):
        return [str(p) for p in folder.rglob("*")] if folder.exists() else []

    def assertSame(self, spooled, expected):
        """But for what a manifest says of the job that wrote it."""
        self.assertSameTree(spooled, expected)
        a, b = manifest_of(spooled), manifest_of(expected)
        for name in ("objects", "kinds", "schema", "complete", "notes", "rejects"):
            self.assertEqual(a.get(name), b.get(name), name)

    def assertNoSpool(self):
        self.assertEqual(self.files(self.spool), [])


class OutputTest(SpoolCase):
    def test_equals_the_output_without_a_spool(self):
        sources = {p.name: export_root(p) for p in good_samples()}
        for name, records in CONFLICTS.items():
            sources[name] = write(self.tmp / "sources" / name, records())
        for name, source in sources.items():
            for form in FORMATS:
                with self.subTest(name=name, form=form):
                    expected, out = self.tmp / "expected" / name / form, self.tmp / "out" / name / form
                    never = self.job(source, expected, form, "--spool", "never")
                    job = self.job(source, out, form, *ALWAYS)
                    self.assertSame(out, expected)
                    self.assertEqual((job["options"]["spool"], never["options"]["spool"]), ("always", "never"))
                    for field in ("read", "written", "filtered", "rejected", "kinds", "notes", "records_promised", "bytes_total"):
                        self.assertEqual(job[field], never[field], field)
                    self.assertEqual(job["counters"].get("bytes_in"), never["counters"].get("bytes_in"))
                    self.assertNotIn("scanned_bytes", job["counters"])
                    self.assertNoSpool()

    def test_several_tasks_and_selections(self):
        export = self.tmp / "export"
        generate(export, "36 --files 3")
        for form, args in (("csv", ()), ("csv", ("--limit", "12345")), ("csv", ("--kind", "Order", "--namespace="))):
            with self.subTest(form=form, args=args):
                expected, out = self.tmp / "expected", self.tmp / "out"
                for folder in (expected, out):
                    shutil.rmtree(folder, ignore_errors=True)
                self.table(export, expected, form, *args)
                self.table(export, out, form, *args, *ALWAYS)
                self.assertSame(out, expected)
                self.assertNoSpool()

    def test_what_is_damaged_is_reported_once(self):
        for name, args in (("corrupt-entity", ("--max-rejects", "1")), ("corrupt-crc", ("--on-corrupt", "skip"))):
            with self.subTest(name):
                expected, out = self.tmp / f"{name} expected", self.tmp / name
                never = self.job(EXPORTS / name, expected, "csv", *args, expect=3)
                job = self.job(EXPORTS / name, out, "csv", *args, *ALWAYS, expect=3)
                self.assertSame(out, expected)
                self.assertTrue((out / "_rejects" / "rejects.ndjson").exists())
                for counters in (job["counters"], never["counters"]):
                    counters.pop("spooled_bytes", None)
                    counters.pop("scanned_bytes", None)
                self.assertEqual(job["counters"], never["counters"])
                self.assertNoSpool()
        self.table(EXPORTS / "corrupt-entity", self.tmp / "none", "csv", *ALWAYS, expect=1)
        self.assertFalse((self.tmp / "none").exists())
        self.assertNoSpool()

    def test_what_is_set_aside_names_the_source(self):
        before = write(self.tmp / "before", of("K", {"n": integer(1)}))
        now = write(self.tmp / "now", of("K", {"n": integer(1)}, {"n": string("x")}))
        self.table(before, self.tmp / "earlier", "csv")
        drift = ("--against", self.tmp / "earlier" / "manifest.json", "--on-drift", "set-aside", "--max-rejects", "1")
        out = self.tmp / "out"
        self.table(now, out, "csv", *drift, *ALWAYS, expect=3)
        reject, = map(json.loads, (out / "_rejects" / "rejects.ndjson").read_text().splitlines())
        self.assertEqual((reject["object"], reject["kind"]), (str(now), "K"))
        self.assertNoSpool()

    def test_breaking_drift_leaves_nothing(self):
        before = write(self.tmp / "before", of("K", {"n": integer(1)}))
        now = write(self.tmp / "now", of("K", {"n": string("x")}))
        self.table(before, self.tmp / "earlier", "csv")
        self.table(now, self.tmp / "out", "csv", "--against", self.tmp / "earlier" / "manifest.json", *ALWAYS, expect=1)
        self.assertFalse((self.tmp / "out").exists())
        self.assertNoSpool()


class PlanTest(SpoolCase):
    def setUp(self):
        super().setUp()
        self.source = write(self.tmp / "source", of("K", {"n": integer(1)}))

    def dry(self, *args):
        run = self.datahaul("copy", self.source, self.tmp / "out", "--dry-run", "--json", *args)
        return json.loads(run.stdout)

    def test_a_dry_run_says_how_often_the_source_is_read(self):
        twice, once = self.dry("--format", "csv"), self.dry("--format", "csv", *ALWAYS)
        self.assertEqual((twice["times_read"], twice["spool"]), (2, None))
        self.assertEqual((once["times_read"], once["spool"]["address"]), (1, str(self.spool)))
        self.assertGreater(once["spool"]["bytes"], 0)
        self.assertEqual(self.dry("--format", "typed-ndjson")["times_read"], 1)
        elsewhere = self.dry("--format", "csv", *ALWAYS, "--spool-to", self.tmp / "elsewhere")
        self.assertEqual(elsewhere["spool"]["address"], str(self.tmp / "elsewhere"))
        text = self.datahaul("copy", self.source, self.tmp / "out", "--dry-run", "--format", "csv", *ALWAYS).stdout.decode()
        self.assertIn(f"the source is read once: until its columns are known its records are kept in {self.spool}", text)
        self.datahaul("copy", self.source, self.tmp / "out", "--dry-run=scan", "--format", "csv", *ALWAYS)
        self.assertFalse((self.tmp / "out").exists())
        self.assertNoSpool()

    def test_refusals(self):
        (self.tmp / "link").symlink_to(self.tmp)
        (self.tmp / "dangling").symlink_to("out")
        for args, why in (((*ALWAYS,), b"--format csv or parquet"), (("--spool-to", "x"), b"--format csv or parquet"),
                          (("--format", "csv", "--keys-index", *ALWAYS), b"keys index"), (("--format", "csv", *ALWAYS, "--spool-to", "-"), b"--spool-to"),
                          (("--format", "csv", *ALWAYS, "--spool-to", self.tmp / "out" / "spool"), b"--spool-to"),
                          (("--format", "csv", *ALWAYS, "--spool-to", self.tmp / "link" / "out" / "spool"), b"--spool-to"),
                          (("--format", "csv", *ALWAYS, "--spool-to", self.tmp / "dangling"), b"--spool-to"),
                          (("--format", "csv", *ALWAYS, "--spool-to", self.tmp / "dangling" / "spool"), b"--spool-to"),
                          (("--format", "csv", *ALWAYS, "--spool-to", self.source), b"--spool-to")):
            with self.subTest(args):
                self.assertIn(why, self.datahaul("copy", self.source, self.tmp / "out", *args, expect=2).stderr)
                self.assertFalse((self.tmp / "out").exists())
        self.assertIn(b"spool", self.datahaul("copy", self.source, "-", "--format", "csv", *ALWAYS, expect=2).stderr)
        self.assertEqual(self.jobs(), {})

    def test_a_place_that_is_no_folder(self):
        (self.tmp / "file").write_text("mine")
        run = self.table(self.source, self.tmp / "out", "csv", *ALWAYS, "--spool-to", self.tmp / "file", expect=1)
        self.assertIn(str(self.tmp / "file").encode(), run.stderr)
        self.assertIn(b"a new job with --spool-to has it elsewhere", run.stderr)
        self.assertFalse((self.tmp / "out").exists())
        self.assertEqual((self.tmp / "file").read_text(), "mine")

    def test_another_place(self):
        place = self.tmp / "a" / "b"
        self.table(self.source, self.tmp / "out", "parquet", *ALWAYS, "--spool-to", place)
        self.assertTrue((self.tmp / "out" / "manifest.json").exists())
        self.assertEqual(self.files(place), [])
        self.assertFalse(self.spool.exists())


class InterruptedTest(SpoolCase):
    def test_killed_jobs_end_with_the_same_bytes(self):
        r = random.Random(7)
        export = self.tmp / "export"
        generate(export, "6 --files 2")
        for form in FORMATS:
            with self.subTest(form):
                expected, out = self.tmp / f"{form} expected", self.tmp / form
                begin = time.monotonic()
                self.table(export, expected, form, *ALWAYS)
                took = time.monotonic() - begin
                self.kill_and_resume(("copy", export, out, "--format", form, *ALWAYS), took, r, kills=6)
                self.assertSame(out, expected)
                self.assertNoSpool()

    def kill_in(self, phase, export, out):
        """Starts a job, and kills it when it is in this phase or after; its id."""
        known = set(self.jobs())
        with subprocess.Popen([PROGRAM, "copy", export, out, "--format", "csv", *ALWAYS, "--quiet", "--workers", "1", "--data-dir", self.data_dir],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            while run.poll() is None:
                new = {i: j for i, j in self.jobs().items() if i not in known}
                if any(j["phase"] == phase for j in new.values()):
                    run.send_signal(signal.SIGKILL)
                    break
            run.wait()
        job, = set(self.jobs()) - known
        return job

    def test_what_is_cancelled_leaves_nothing(self):
        export = self.tmp / "export"
        generate(export, "12 --files 2")
        for phase in ("scan", "write"):
            with self.subTest(phase):
                out = self.tmp / phase
                job = self.kill_in(phase, export, out)
                if self.jobs()[job]["state"] != "succeeded":
                    self.assertNotEqual(self.files(self.spool), [], "it is what the job resumes from")
                    self.datahaul("jobs", "cancel", job, "--quiet")
                    self.assertFalse(out.exists())
                self.assertNoSpool()
        self.datahaul("jobs", "gc", "--older-than", "0s", "--quiet")
        self.assertEqual(self.jobs(), {})


class BucketTest(S3Case, SpoolCase):
    def test_a_spool_in_a_bucket(self):
        export, expected, out = self.tmp / "export", self.tmp / "expected", self.tmp / "out"
        generate(export, "3 --files 2")
        self.table(export, expected, "csv")
        spool = ("--spool", "always", "--spool-to", f"s3://{s3_server.BUCKET}/spools")
        self.table(export, out, "csv", *spool)
        self.assertSame(out, expected)
        self.assertEqual(self.keys("spools"), [])
        breaking = write(self.tmp / "breaking", of("K", {"n": string("x")}))
        self.table(write(self.tmp / "earlier", of("K", {"n": integer(1)})), self.tmp / "table", "csv")
        self.table(breaking, self.tmp / "none", "csv", *spool, "--against", self.tmp / "table" / "manifest.json", expect=1)
        self.assertEqual(self.keys("spools"), [], "a job that failed after it had filled its spool")

    def test_an_export_in_a_bucket_is_read_twice_unless_told_otherwise(self):
        source = write(self.tmp / "source", of("K", {"n": integer(1)}))
        self.client.upload_file(str(source / "data.typed.ndjson"), s3_server.BUCKET, "source/data.typed.ndjson")
        address = f"s3://{s3_server.BUCKET}/source"
        run = self.datahaul("copy", address, self.tmp / "out", "--format", "csv", "--dry-run")
        self.assertIn(b"--spool always reads it once", run.stdout)
        self.table(address, self.tmp / "twice", "csv")
        self.table(address, self.tmp / "once", "csv", *ALWAYS)
        self.assertSame(self.tmp / "once", self.tmp / "twice")
        self.client.delete_object(Bucket=s3_server.BUCKET, Key="source/data.typed.ndjson")


class DiskFullTest(SpoolCase):
    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "needs root, to mount a small disk")
    def test_a_full_disk_can_be_mended(self):
        export, expected, out = self.tmp / "export", self.tmp / "expected", self.tmp / "out"
        generate(export, "12 --files 3")
        self.table(export, expected, "csv")
        with self.small_disk("300k") as disk:
            run = self.table(export, out, "csv", *ALWAYS, "--spool-to", disk / "spool", expect=5)
            self.assertIn(b"No space left", run.stderr)
            self.assertIn(b"a new job with --spool-to has it elsewhere", run.stderr)
            self.assertIn(b"jobs resume", run.stderr)
            job, = (i for i, j in self.jobs().items() if j["state"] == "interrupted")
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            self.datahaul("jobs", "resume", job, "--quiet")
            self.assertSame(out, expected)
            self.assertEqual(self.files(disk / "spool"), [])

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "needs root, to mount a small disk")
    def test_cancelled_where_the_output_has_no_room(self):
        export = self.tmp / "export"
        generate(export, "12 --files 3")
        with self.small_disk("4m") as disk:
            self.table(export, disk / "out", "csv", *ALWAYS, expect=5)
            job, = self.jobs()
            self.assertEqual(self.jobs()[job]["phase"], "write")
            self.assertTrue((self.spool / job / "manifest.json").exists())
            self.datahaul("jobs", "cancel", job, "--quiet")
            self.assertEqual(tree(disk), {})
            self.assertNoSpool()


if __name__ == "__main__":
    unittest.main()
