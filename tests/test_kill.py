#!/usr/bin/env python3
"""Kills a copying job with SIGKILL at random moments, resumes it until it ends, and compares every byte.

DATAHAUL_KILL_MB     size of the export (default 20; the full run: 200)
DATAHAUL_KILLS       number of kills (default 8; the full run: 50)
DATAHAUL_KILL_SEED   default 1
DATAHAUL_KILL_LOG    a file that the log is appended to; it goes to standard output in any case

The full run, whose log belongs to the benchmark results:
    DATAHAUL_KILL_MB=200 DATAHAUL_KILLS=50 DATAHAUL_KILL_LOG=kill.log python3 tests/test_kill.py
"""
import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from harness import PROGRAM, generate, tree
from jobs_case import JobsCase

MB = float(os.environ.get("DATAHAUL_KILL_MB", "20"))
KILLS = int(os.environ.get("DATAHAUL_KILLS", "8"))
SEED = int(os.environ.get("DATAHAUL_KILL_SEED", "1"))
LOG = os.environ.get("DATAHAUL_KILL_LOG")
KILLS_A_JOB = 7                 # then it may end, and a new one is begun
RUN_TIMEOUT = 300               # seconds; nothing takes that long unless it hangs
TERMINAL = ("succeeded", "failed", "cancelled")


def log(text):
    print(text, flush=True)
    if LOG:
        with open(LOG, "a", encoding="utf-8") as f:
            f.write(text + "\n")


def written(out):
    """(bytes in .partial files, number of other files but hidden ones) of an output folder."""
    size = final = 0
    stack = [out]
    while stack:
        try:
            entries = list(os.scandir(stack.pop()))
        except FileNotFoundError:
            continue
        for e in entries:
            try:
                if e.is_dir(follow_symlinks=False):
                    stack.append(e.path)
                elif e.name.endswith(".partial"):
                    size += e.stat().st_size
                elif not e.name.startswith("."):
                    final += 1
            except FileNotFoundError:      # renamed in this moment
                pass
    return size, final


class KillTest(JobsCase):
    def start(self, *args):
        command = [PROGRAM, *args, "--quiet", "--data-dir", self.data_dir]
        with open(self.tmp / "said.txt", "wb") as said:
            return subprocess.Popen([str(a) for a in command], stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def wait(self, process, moment):
        """Waits for the moment to kill or for the end. Returns (exit code, milliseconds, bytes, phase seen)."""
        begin = time.monotonic()
        already = written(self.out)[0]
        moved = False           # whether this process was seen to write; an earlier one's files do not count
        while process.poll() is None:
            passed = time.monotonic() - begin
            size, final = written(self.out)
            moved = moved or size != already
            if moment and moment(passed, size, final, moved):
                process.send_signal(signal.SIGKILL)
                passed = time.monotonic() - begin
                process.wait()
                phase = "closing" if final else "writing" if moved else "before writing"
                return process.returncode, passed * 1000, size, phase
            if passed > RUN_TIMEOUT:
                process.kill()
                process.wait()
                self.fail(f"hangs; it said: {(self.tmp / 'said.txt').read_text(errors='replace')[-1000:]}")
            time.sleep(0.0005)
        return process.returncode, (time.monotonic() - begin) * 1000, 0, "ended"

    def objects(self, folder):
        return json.loads((folder / "manifest.json").read_bytes())["objects"]

    def moment_to_kill(self, r, kills, total):
        """Nine in ten in the middle of writing, by how far it got; the others very early or at the very end."""
        if kills % 20 == 9:
            return lambda passed, size, final, moved, t=r.uniform(0, 0.02): passed >= t
        if kills % 20 == 19:
            return lambda passed, size, final, moved: final > 0 or size >= total
        already = written(self.out)[0]
        target = r.uniform(already, already + (total - already) * 0.5)
        delay = r.uniform(0, 0.01)
        begun = []

        def moment(passed, size, final, moved):
            if moved and target <= size < total and not begun:
                begun.append(passed)
            return bool(begun) and passed >= begun[0] + delay

        return moment

    def test_killed_jobs_end_with_the_same_bytes(self):
        r = random.Random(SEED)
        export, reference = self.tmp / "export", self.tmp / "reference"
        self.out = self.tmp / "out"
        generate(export, f"{MB} {SEED} --files 4")
        process = self.start("copy", export, reference, "--format", "typed-ndjson")
        code, took, _, _ = self.wait(process, None)
        self.assertEqual(code, 0)
        expected, objects = tree(reference), self.objects(reference)
        total = sum(len(data) for name, data in expected.items() if name.endswith(".typed.ndjson"))
        known = set(self.jobs())
        log(f"{MB} MB export, {total} bytes out, undisturbed {took:.0f} ms; {KILLS} kills, seed {SEED}")

        kills = middle = finished = fruitless = 0
        def enough():
            return kills >= KILLS and middle >= KILLS * 8 // 10

        while not enough() or finished == 0:
            job, killed_here, phase = None, 0, ""
            while True:
                # A job that was killed while closing has nothing left to write: let it end.
                moment = self.moment_to_kill(r, kills, total) if not enough() and killed_here < KILLS_A_JOB and phase != "closing" else None
                args = ("jobs", "resume", job) if job else ("copy", export, self.out, "--format", "typed-ndjson")
                code, at, size, phase = self.wait(self.start(*args), moment)
                if code == 0:
                    break
                self.assertEqual(code, -signal.SIGKILL, (self.tmp / "said.txt").read_text(errors="replace")[-2000:])
                kills, killed_here = kills + 1, killed_here + 1
                in_the_middle = phase == "writing" and size < total
                middle += in_the_middle
                if not job:
                    new = [i for i, j in self.jobs().items() if i not in known and j["state"] not in TERMINAL]
                    self.assertLessEqual(len(new), 1)
                    job = new[0] if new else None
                state = self.jobs()[job]["state"] if job else "not yet submitted"
                log(f"kill {kills}: job {job} at {at:.1f} ms, {phase}, {size} of {total} bytes in .partial files; then {state}")
                if state in TERMINAL:       # killed between its last step and its exit
                    self.assertEqual(state, "succeeded")
                    break
            finished += 1
            fruitless = fruitless + 1 if not killed_here else 0
            self.assertLess(fruitless, 10, "jobs end before they can be killed: make the export larger")
            self.assertLess(kills, 4 * KILLS + 10, "too few of the kills hit the middle of writing: make the export larger")
            self.assertEqual(sorted(tree(self.out)), sorted(expected))
            for name, data in tree(self.out).items():
                self.assertTrue(data == expected[name], f"{name} differs from the undisturbed run")
            self.assertEqual(self.objects(self.out), objects)
            self.assertEqual(list(self.out.rglob("*.partial")), [])
            log(f"job {job} ended after {killed_here} kills: {len(expected)} files, all bytes equal, nothing left over")
            known = set(self.jobs())
            shutil.rmtree(self.out)
        log(f"{kills} kills, {middle} in the middle of writing, {finished} jobs ended")


if __name__ == "__main__":
    unittest.main()
