#!/usr/bin/env python3
"""The command line: exit codes, interruption, errors a person must act on, --json, progress, standard output."""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from harness import EXPORTS, PROGRAM, Case, generate, lines_of, tree

BIG_MB = 60          # takes long enough to be interrupted in the middle


def ids(run):
    return [json.loads(line)["id"] for line in run.stdout.splitlines()]


class CliCase(Case):
    def setUp(self):
        super().setUp()
        self.export = self.tmp / "export"
        self.truth = generate(self.export, "--records 40 --files 2")
        self.out = self.tmp / "out"

    def jobs(self, *args, **kwargs):
        return self.datahaul("jobs", *args, **kwargs)

    def json_lines(self, *args, **kwargs):
        return [json.loads(line) for line in self.datahaul(*args, "--json", **kwargs).stdout.splitlines()]


class UsageTest(CliCase):
    def test_usage_errors_name_the_remedy(self):
        for words in ((), ("copy",), ("copy", "a"), ("copy", "a", "b", "c"), ("nothing",), ("copy", "a", "b", "--format", "xml"),
                      ("copy", "a", "b", "--limit", "many"), ("copy", "a", "b", "--workers", "0"), ("jobs",), ("jobs", "get"),
                      ("completion", "tcsh"), ("help", "nothing"), ("verify", "a"), ("copy", "a", "b", "--dry-run=maybe")):
            with self.subTest(words):
                run = subprocess.run([PROGRAM, *words], capture_output=True, check=False)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertRegex(run.stderr.decode(), r"^datahaul: .*see datahaul .*--help\n$")
                self.assertEqual(run.stdout, b"")

    def test_usage_error_as_json(self):
        run = subprocess.run([PROGRAM, "copy", "--json"], capture_output=True, check=False)
        error = json.loads(run.stdout)
        self.assertEqual((error["type"], error["exit_code"]), ("error", 2))

    def test_flags_that_contradict_each_other(self):
        for flags in (("--keys-index", "--limit", "3"), ("--keys-index", "--if-exists", "append"), ("--namespace", "a", "--namespace", "a")):
            self.datahaul("copy", self.export, self.out, *flags, expect=2)
        self.datahaul("copy", self.export, "-", "--json", expect=2)
        self.assertFalse(self.out.exists())

    def test_addresses_that_are_not_supported_yet(self):
        for source, sink in (("datastore://project", self.out), (self.export, "bigquery://project/x"), ("-", self.out)):
            self.assertIn(b"not supported yet", self.datahaul("copy", source, sink, expect=2).stderr)

    def test_plain_ndjson_cannot_be_read_back(self):
        self.datahaul("copy", self.export, self.out, "--format", "ndjson", "--quiet")
        run = self.datahaul("copy", self.out, self.tmp / "again", expect=2)
        self.assertIn(b"cannot be read back", run.stderr)

    def test_help_for_every_command(self):
        main = self.datahaul("--help").stdout.decode()
        for command in re.findall(r"^  ([a-z]+)  ", main.split("Subcommands:")[1], re.M):
            self.assertIn(f"datahaul {command}", self.datahaul("help", command).stdout.decode())
            self.assertIn(f"datahaul {command}", subprocess.run([PROGRAM, command, "--help"], capture_output=True, check=True).stdout.decode())
        self.assertIn(b"--older-than", self.datahaul("help", "jobs", "gc").stdout)


@unittest.skipIf("ASAN_OPTIONS" in os.environ, "a sanitized program is slow to start")
class StartTest(CliCase):
    def below(self, seconds, *words):
        """Whether it ever takes less: other work on the machine only adds to it."""
        fastest = float("inf")
        for _ in range(50):
            begin = time.perf_counter()
            subprocess.run([str(w) for w in (PROGRAM, *words)], capture_output=True, check=True)
            fastest = min(fastest, time.perf_counter() - begin)
            if fastest < seconds:
                return
        self.fail(f"{fastest * 1000:.1f} ms at best")

    def test_it_starts_at_once(self):
        self.below(0.020, "--version")

    def test_one_record_is_copied_at_once(self):
        generate(self.tmp / "one", "--records 1 --files 1")
        self.below(0.050, "copy", self.tmp / "one", self.out, "--if-exists", "replace", "--data-dir", self.data_dir)


class ErrorsTest(CliCase):
    """What a person must act on: exit code 5 and the remedy, or 1 where the input is to blame."""

    def fails(self, *words, expect, says):
        run = self.datahaul(*words, expect=expect)
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, run.stderr.decode())
        self.assertNotIn("INTERNAL", run.stderr.decode())
        return run

    def test_a_source_that_is_missing(self):
        self.fails("copy", self.tmp / "nowhere", self.out, expect=1, says="nowhere")
        self.fails("inspect", self.tmp / "nowhere", expect=1, says="nowhere")
        self.fails("cat", self.tmp / "nowhere", expect=1, says="nowhere")
        self.fails("verify", self.tmp / "nowhere", self.export, expect=1, says="nowhere")
        self.assertFalse(self.out.exists())
        self.assertEqual(self.jobs("list", "--json").stdout, b"", "no job is left behind")

    def test_a_source_of_another_kind(self):
        (self.tmp / "notes").mkdir()
        (self.tmp / "notes" / "a.txt").write_text("hello")
        self.fails("copy", self.tmp / "notes", self.out, expect=2, says="--from-format")
        self.fails("copy", self.tmp / "notes" / "a.txt", self.out, expect=2, says="--from-format")

    def test_a_destination_that_is_a_file(self):
        self.out.write_text("mine")
        self.fails("copy", self.export, self.out, expect=5, says=str(self.out))
        self.assertEqual(self.out.read_text(), "mine")

    def test_a_destination_that_exists(self):
        self.copy(self.export, self.out)
        self.fails("copy", self.export, self.out, expect=5, says="--if-exists")
        job = [json.loads(line) for line in self.jobs("list", "--json").stdout.splitlines()][0]
        self.assertEqual(job["state"], "failed", "there is nothing to resume")

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_folder_that_is_not_writable(self):
        closed = self.tmp / "closed"
        closed.mkdir(mode=0o500)
        self.fails("copy", self.export, closed / "out", expect=5, says="ermission")
        run = subprocess.run([PROGRAM, "copy", self.export, self.out, "--data-dir", closed / "data"], capture_output=True, check=False)
        self.assertEqual(run.returncode, 5)
        self.assertIn(b"--data-dir", run.stderr)

    def test_a_file_system_that_is_read_only(self):
        target = Path("/proc/datahaul-test")
        self.assertIn(self.run_program("copy", self.export, target).returncode, (1, 5))

    def test_a_data_directory_that_is_a_file(self):
        (self.tmp / "file").write_text("")
        run = subprocess.run([PROGRAM, "copy", self.export, self.out, "--data-dir", self.tmp / "file"], capture_output=True, check=False)
        self.assertEqual(run.returncode, 5)
        self.assertIn(b"--data-dir", run.stderr)

    def test_a_store_that_is_damaged(self):
        self.data_dir.mkdir()
        (self.data_dir / "jobs.db").write_bytes(b"this is no database" * 100)
        run = self.run_program("jobs", "list")
        self.assertIn(run.returncode, (1, 5))
        self.assertIn(b"jobs.db", run.stderr)

    def test_errors_as_json(self):
        run = self.datahaul("inspect", self.tmp / "nowhere", "--json", expect=1)
        error = json.loads(run.stdout)
        self.assertEqual((error["type"], error["retry"], error["exit_code"]), ("error", "never", 1))
        self.assertIn("nowhere", error["message"])

    def test_rejects_and_losses(self):
        run = self.datahaul("copy", EXPORTS / "corrupt-entity", self.out, "--max-rejects", "1", expect=3)
        self.assertIn("rejected: 1 record", run.stdout.decode())
        self.assertIn("byte", run.stderr.decode())
        run = self.datahaul("copy", EXPORTS / "corrupt-crc", "-", "--on-corrupt=skip", expect=3)
        self.assertRegex(run.stderr.decode(), r"lost: .*output-0 bytes \d+ to \d+")
        run = self.datahaul("inspect", EXPORTS / "corrupt-crc", "--on-corrupt=skip", expect=3)
        self.assertIn("lost range", run.stdout.decode())


class DiskFullTest(CliCase):
    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "needs root, to mount a small disk")
    def test_a_full_disk_can_be_mended(self):
        export = self.tmp / "large"
        truth = generate(export, "12 --files 3")
        with self.small_disk("8m") as disk:
            run = self.datahaul("copy", export, disk / "out", "--quiet", expect=5)
            self.assertIn(b"No space left", run.stderr)
            self.assertIn(b"jobs resume", run.stderr)
            [job] = ids(self.jobs("list", "--json"))
            self.jobs("resume", job, "--quiet", expect=5)
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            self.jobs("resume", job, "--quiet")
            self.assertSameLines(lines_of(disk / "out"), truth)
            self.assertEqual(list((disk / "out").rglob("*.partial")), [])


class InterruptTest(CliCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import tempfile
        folder = tempfile.TemporaryDirectory(prefix="datahaul-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.big = Path(folder.name) / "big"
        generate(cls.big, f"{BIG_MB} --files 4")

    def start(self, *words, **kwargs):
        words = [str(w) for w in (PROGRAM, *words, "--data-dir", self.data_dir)]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        return process

    def wait_until_writing(self, process, out=None):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if sum(p.stat().st_size for p in (out or self.out).rglob("*.partial") if p.exists()) > 1 << 20:
                return
            time.sleep(0.002)
        self.fail(f"never seen writing; exit code {process.poll()}")

    def interrupt(self, number):
        process = self.start("copy", self.big, self.out, "--workers", "1")
        self.wait_until_writing(process)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, said)
        [job] = ids(self.jobs("list", "--json"))
        self.assertIn(f"datahaul jobs resume {job}", said.decode())
        return job

    def test_ctrl_c_and_resume(self):
        job = self.interrupt(signal.SIGINT)
        self.assertEqual(self.json_lines("jobs", "get", job)[0]["state"], "interrupted")
        self.jobs("resume", job, "--quiet")
        self.assertEqual(self.json_lines("jobs", "get", job)[0]["state"], "succeeded")
        self.datahaul("verify", self.big, self.out)
        straight = self.tmp / "straight"
        self.copy(self.big, straight)
        self.assertSameTree(self.out, straight)

    def test_sigterm_and_cancel(self):
        job = self.interrupt(signal.SIGTERM)
        self.assertTrue(list(self.out.rglob("*.partial")))
        self.jobs("cancel", job)
        self.assertFalse(self.out.exists(), "nothing of it is left")
        self.assertEqual(self.json_lines("jobs", "get", job)[0]["state"], "cancelled")
        self.jobs("resume", job, expect=5)
        self.jobs("gc", "--older-than", "0s")
        self.assertEqual(self.jobs("list", "--json").stdout, b"")

    def test_the_second_ctrl_c_ends_it_at_once(self):
        process = self.start("copy", self.big, self.out)
        self.wait_until_writing(process)
        process.send_signal(signal.SIGSTOP)     # so that both are waiting when it goes on
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)

    def test_cancelling_a_job_at_work(self):
        process = self.start("copy", self.big, self.out, "--workers", "1")
        self.wait_until_writing(process)
        [job] = ids(self.jobs("list", "--json"))
        self.jobs("cancel", job)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn(b"cancelled", said)
        self.assertFalse(self.out.exists())

    def test_watching_a_job_at_work(self):
        process = self.start("copy", self.big, self.out, "--quiet")
        self.wait_until_writing(process)
        [job] = ids(self.jobs("list", "--json"))
        events = self.json_lines("jobs", "watch", job)
        self.assertEqual(events[-1]["type"], "finished")
        self.assertEqual(events[-1]["exit_code"], 0)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)

    def test_another_job_on_the_same_destination(self):
        process = self.start("copy", self.big, self.out, "--workers", "1", "--quiet")
        self.wait_until_writing(process)
        [job] = ids(self.jobs("list", "--json"))
        run = self.datahaul("copy", self.export, self.out, "--if-exists", "replace", expect=5)
        self.assertIn(job, run.stderr.decode(), "who holds it is named")
        run = subprocess.run([PROGRAM, "copy", self.export, self.out, "--if-exists", "replace", "--data-dir", self.tmp / "elsewhere"],
                             capture_output=True, check=False)
        self.assertEqual(run.returncode, 5, "also from another data directory")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.datahaul("verify", self.big, self.out)

    def test_two_processes_share_a_data_directory(self):
        processes = [self.start("copy", self.big, self.tmp / f"out{i}", "--quiet") for i in range(3)]
        for process in processes:
            _, said = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, said)
        self.assertEqual(len(ids(self.jobs("list", "--json"))), 3)
        for i in (1, 2):
            self.assertSameTree(self.tmp / "out0", self.tmp / f"out{i}")

    def test_resuming_what_somebody_works_on(self):
        process = self.start("copy", self.big, self.out, "--workers", "1", "--quiet")
        self.wait_until_writing(process)
        [job] = ids(self.jobs("list", "--json"))
        self.assertIn(b"jobs watch", self.jobs("resume", job, expect=5).stderr)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)


class JsonTest(CliCase):
    """The shapes in docs/formats/: members may be added, never renamed."""

    JOB = {"id", "state", "phase", "source", "sink", "command", "options", "selection", "max_rejects", "created", "updated", "finished",
           "seconds", "part_done", "bytes_total", "records_promised", "read", "written", "filtered", "rejected", "counters", "notes", "error"}

    def has(self, found, members):
        self.assertLessEqual(members, set(found))

    def test_events_and_jobs(self):
        events = self.json_lines("copy", self.export, self.out, "--kind", "users")
        self.assertEqual(events[0]["type"], "started")
        self.has(events[0], {"job", "source", "sink"})
        finished = events[-1]
        self.assertEqual((finished["type"], finished["exit_code"]), ("finished", 0))
        job = finished["job"]
        self.has(job, self.JOB | {"kinds"})
        self.assertEqual(job["read"], 40)
        self.assertEqual(job["read"], job["written"] + job["filtered"] + job["rejected"])
        self.assertEqual(job["selection"]["kinds"], ["users"])
        for kind in job["kinds"]:
            self.has(kind, {"namespace", "kind", "read", "written", "filtered", "rejected"})
            self.assertEqual(kind["filtered"], 0 if kind["kind"] == "users" else kind["read"])

        [listed] = self.json_lines("jobs", "list")
        self.has(listed, self.JOB)
        self.assertEqual(listed["id"], job["id"])
        [got] = self.json_lines("jobs", "get", job["id"])
        self.assertEqual(got["kinds"], job["kinds"])
        [removed] = self.json_lines("jobs", "gc", "--older-than", "0s")
        self.assertEqual(removed, {"type": "removed", "job": job["id"]})

    def test_a_failed_copy_ends_with_a_finished_event(self):
        self.copy(self.export, self.out)
        finished = self.json_lines("copy", self.export, self.out, expect=5)[-1]
        self.assertEqual((finished["type"], finished["exit_code"]), ("finished", 5))
        self.assertEqual(finished["job"]["error"]["retry"], "after a person acts")

    def test_inspect(self):
        source, *kinds = self.json_lines("inspect", self.export)
        self.assertEqual(source["type"], "source")
        self.has(source, {"address", "records", "kinds", "objects", "bytes", "promised_records", "rejects", "lost_ranges", "lost_bytes", "problems", "notes"})
        self.assertEqual(source["records"], 40)
        self.assertEqual(source["bytes"], sum(k["bytes"] for k in kinds))
        for kind in kinds:
            self.has(kind, {"type", "namespace", "kind", "records", "bytes", "keys", "fields_complete", "fields"})
            for field in kind["fields"]:
                self.has(field, {"name", "present", "indexed", "types"})

    def test_dry_run(self):
        [dry] = self.json_lines("copy", self.export, self.out, "--dry-run")
        self.assertEqual((dry["type"], dry["records_promised"], dry["objects"]), ("dry_run", 40, 2))
        self.assertEqual(dry["phases"], ["plan", "write", "close"])
        finished = self.json_lines("copy", self.export, self.out, "--dry-run=scan")[-1]
        self.copy(self.export, self.out)
        size = sum(len(data) for name, data in tree(self.out).items() if name.endswith(".typed.ndjson"))
        self.assertEqual(finished["job"]["counters"]["bytes_out"], size)


class ProgressTest(CliCase):
    def test_plain_when_it_is_no_terminal(self):
        run = self.datahaul("copy", self.export, self.out)
        self.assertNotIn(b"\x1b", run.stdout + run.stderr)
        self.assertIn(b"40 records written", run.stdout)
        self.assertIn(b"manifest.json", run.stdout)

    def test_quiet_is_quiet(self):
        run = self.datahaul("copy", self.export, self.out, "--quiet")
        self.assertEqual(run.stdout + run.stderr, b"")

    def test_redrawn_on_a_terminal(self):
        generate(self.tmp / "more", "20 --files 2")
        leader, follower = pty.openpty()
        words = [str(w) for w in (PROGRAM, "copy", self.tmp / "more", self.out, "--data-dir", self.data_dir, "--workers", "1")]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=follower, env={**os.environ, "TERM": "xterm"})
        os.close(follower)
        seen = b""
        while process.poll() is None or select.select([leader], [], [], 0)[0]:
            try:
                if select.select([leader], [], [], 0.05)[0]:
                    seen += os.read(leader, 65536)
            except OSError:
                break
        os.close(leader)
        report = process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(), 0)
        self.assertIn(b"\x1b[K", seen)
        self.assertIn(b"written", report)
        self.assertNotIn(b"\x1b", report)


class StandardOutputTest(CliCase):
    def test_records_only(self):
        run = self.datahaul("copy", self.export, "-")
        self.assertSameLines(sorted(run.stdout.splitlines()), self.truth)
        self.assertIn(b"40 records written", run.stderr)
        self.assertFalse((self.data_dir / "jobs.db").exists(), "a job that cannot be resumed is not remembered")

    def test_head_ends_it_quietly(self):
        generate(self.tmp / "more", "10 --files 2")
        for words in (("copy", self.tmp / "more", "-"), ("cat", self.tmp / "more"), ("cat", self.tmp / "more", "--json"), ("jobs", "list"),
                      ("verify", self.tmp / "more", self.export, "--max-differences", "0")):
            with self.subTest(words[0]):
                program = subprocess.Popen([str(w) for w in (PROGRAM, *words, "--data-dir", self.data_dir)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                program.stdout.readline()
                program.stdout.close()
                said = program.stderr.read()
                program.stderr.close()
                program.wait(timeout=60)
                if words[0] not in ("jobs", "verify"):
                    self.assertEqual((program.returncode, said), (0, b""))
                self.assertNotIn(b"roken pipe", said)

    def test_cat_stops_early(self):
        damaged = self.tmp / "damaged"
        generate(damaged, "10 --files 1")
        path = damaged / "all_namespaces/all_kinds/output-0"
        data = bytearray(path.read_bytes())
        data[-100] ^= 1
        path.write_bytes(data)
        self.assertEqual(len(self.datahaul("cat", damaged, "--limit", "3", "--json").stdout.splitlines()), 3)
        self.datahaul("cat", damaged, "--json", expect=1)
        self.assertIn(b"lost: ", self.datahaul("cat", damaged, "--json", "--on-corrupt=skip", expect=3).stderr)

    def test_cat_prints_pretty_and_plain(self):
        pretty = self.datahaul("cat", self.export, "--limit", "1").stdout
        self.assertGreater(len(pretty.splitlines()), 3)
        plain = json.loads(self.datahaul("cat", self.export, "--limit", "1", "--json").stdout)
        self.assertEqual(json.loads(pretty), plain)
        typed = self.datahaul("cat", self.export, "--format", "typed-ndjson").stdout
        self.assertSameLines(sorted(typed.splitlines()), self.truth)


class SurroundingsTest(CliCase):
    def test_the_data_directory(self):
        state, home = self.tmp / "state", self.tmp / "home"
        environment = {k: v for k, v in os.environ.items() if k != "XDG_STATE_HOME"}
        for env, folder in (({**environment, "XDG_STATE_HOME": state}, state / "datahaul"), ({**environment, "HOME": home}, home / ".local/state/datahaul")):
            out = self.tmp / f"out-{folder.parts[-3]}"
            subprocess.run([PROGRAM, "copy", self.export, out, "--quiet"], env={k: str(v) for k, v in env.items()}, check=True)
            self.assertTrue((folder / "jobs.db").exists())
            self.assertEqual(folder.stat().st_mode & 0o777, 0o700)

    def test_a_job_can_be_resumed_from_another_folder(self):
        here, there = self.tmp / "here", self.tmp / "there"
        here.mkdir()
        there.mkdir()
        shutil.copytree(self.export, here / "export")
        subprocess.run([PROGRAM, "copy", "export", "out", "--quiet", "--data-dir", self.data_dir], cwd=here, check=True)
        [job] = self.json_lines("jobs", "list")
        self.assertEqual((job["source"], job["sink"]), (str(here / "export"), str(here / "out")))
        self.assertEqual(job["command"], f"datahaul copy export out --quiet --data-dir {self.data_dir}")

    def test_file_uris(self):
        self.datahaul("copy", f"file://{self.export}", f"file://{self.out}", "--quiet")
        self.assertSameLines(lines_of(self.out), self.truth)

    def test_completion(self):
        for shell, check in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "-n"])):
            script = self.datahaul("completion", shell).stdout
            for word in (b"copy", b"inspect", b"if-exists", b"typed-ndjson", b"resume"):
                self.assertIn(word, script)
            if shutil.which(check[0]):
                path = self.tmp / f"completion.{shell}"
                path.write_bytes(script)
                subprocess.run([*check, path], check=True)

    def test_bash_completes(self):
        script = self.tmp / "completion.bash"
        script.write_bytes(self.datahaul("completion", "bash").stdout)

        def complete(*words):
            quoted = " ".join(f"'{w}'" for w in words)
            code = f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _datahaul; echo \"${{COMPREPLY[@]}}\""
            return subprocess.run(["bash", "-c", code], capture_output=True, check=True).stdout.decode().split()

        self.assertIn("copy", complete("datahaul", "c"))
        self.assertEqual(complete("datahaul", "copy", "a", "b", "--format", "t"), ["typed-ndjson"])
        self.assertEqual(complete("datahaul", "copy", "--layout", "=", "s"), ["single", "shard"])
        self.assertEqual(complete("datahaul", "jobs", "res"), ["resume"])
        self.assertEqual(complete("datahaul", "jobs", "gc", "--old"), ["--older-than"])


if __name__ == "__main__":
    unittest.main()
