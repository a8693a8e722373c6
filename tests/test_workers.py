#!/usr/bin/env python3
"""Workers on a PostgreSQL job store: several on one job, killed, frozen, cut off, the database restarted; moving jobs.

Whatever happens, the output is byte for byte that of an undisturbed copy without a server.
"""
import atexit
import functools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from harness import PROGRAM, Case, generate
from postgres_server import Server

SEED = int(os.environ.get("DATAHAUL_WORKERS_SEED", "1"))
TIMEOUT = 120
MEGABYTES = 30
LEASE = "2s"
FROZEN = 3.0                # seconds: longer than the lease
ENDED = ("succeeded", "failed", "cancelled", "moved")
FLAGS = ("--format", "typed-ndjson", "--compression", "gzip", "--quiet")


@functools.cache
def big_export():
    """One that takes some seconds to copy. Made once: that takes longer than most tests."""
    folder = tempfile.TemporaryDirectory(prefix="datahaul-test-")
    atexit.register(folder.cleanup)
    export = Path(folder.name) / "export"
    generate(export, f"{MEGABYTES} {SEED} --files 3")
    return export


class Proxy:
    """Passes connections on to a server, and breaks them."""

    def __init__(self, port):
        self.to = port
        self.pairs = set()
        self.lock = threading.Lock()
        self.mute = False           # what the server says is swallowed: the answer to a commit is lost
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                client.close()
                continue
            with self.lock:
                self.pairs.add((client, server))
            threading.Thread(target=self.serve, args=(client, server), daemon=True).start()

    def serve(self, client, server):
        back = threading.Thread(target=self.pump, args=(server, client, True), daemon=True)
        back.start()
        self.pump(client, server, False)
        back.join()
        with self.lock:
            self.pairs.discard((client, server))
            client.close()
            server.close()

    def pump(self, source, target, from_server):
        try:
            while data := source.recv(65536):
                if not (from_server and self.mute):
                    target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """Lets what was asked take effect for a moment, without an answer, then breaks all connections."""
        self.mute = True
        time.sleep(0.03)
        with self.lock:
            for pair in self.pairs:
                for end in pair:
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
        self.mute = False

    def close(self):
        self.listener.close()
        self.cut()


class WorkersTest(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server()
        cls.addClassCleanup(cls.server.remove)

    def setUp(self):
        super().setUp()
        name = f"d{time.monotonic_ns()}"
        self.server.sql(f"CREATE DATABASE {name}")
        self.url = self.server.url_of(name)
        self.datahaul_only("job-store", "migrate", self.url)
        self.processes = []
        self.addCleanup(self.end_all)

    def end_all(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()

    def datahaul_only(self, *args, expect=0):
        """Runs the program without a data directory."""
        run = subprocess.run([str(PROGRAM), *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)
        self.assertEqual(run.returncode, expect, f"{args}: {run.stderr.decode()[-1500:]}")
        return run

    def worker(self, url=None, *args):
        home = ["--job-store", url or self.url] if not str(url).startswith("/") else ["--data-dir", url]
        with open(self.tmp / f"worker{len(self.processes)}.txt", "wb") as said:
            process = subprocess.Popen([str(PROGRAM), "worker", *home, "--concurrency", "1", "--lease", LEASE, *args], stdin=subprocess.DEVNULL,
                                       stdout=said, stderr=said)
        self.processes.append(process)
        return process

    def said(self):
        return "\n".join(f"{p.name}: {p.read_text(errors='replace')[-600:]}" for p in sorted(self.tmp.glob("worker*.txt")))

    def submit(self, export, out, *args):
        return self.datahaul_only("copy", export, out, *FLAGS, "--async", "--job-store", self.url, *args).stdout.decode().strip()

    def job(self, job, url=None):
        return json.loads(self.datahaul_only("jobs", "get", job, "--json", "--job-store", url or self.url).stdout)

    def wait_for(self, job, *states, url=None):
        end = time.monotonic() + TIMEOUT
        while (found := self.job(job, url))["state"] not in states:
            self.assertNotIn(found["state"], ENDED, f"{found['error']}\n{self.said()}")
            self.assertLess(time.monotonic(), end, f"{found}\n{self.said()}")
            time.sleep(0.05)
        return found

    def check_output(self, out, reference):
        self.assertSameTree(out, reference)
        objects = [json.loads((folder / "manifest.json").read_bytes())["objects"] for folder in (out, reference)]
        self.assertEqual(*objects)

    def reference(self, export, *args):
        out = self.tmp / "reference"
        self.datahaul("copy", export, out, *FLAGS, *args)
        return out

    # ---- disturbances

    def disturb_until_the_end(self, job, proxy, kinds, r):
        """Three workers on a job while things happen to them. Returns how often each thing happened."""
        urls = [self.url.replace(f":{self.server.port}/", f":{proxy.port}/"), self.url, self.url]
        workers = [self.worker(url) for url in urls]
        happened = dict.fromkeys(kinds, 0)
        end = time.monotonic() + TIMEOUT
        while self.job(job)["state"] not in ENDED:
            self.assertLess(time.monotonic(), end, self.said())
            time.sleep(r.uniform(0.05, 0.4))
            kind = r.choice(kinds)
            at = r.randrange(3)
            if kind == "kill":
                workers[at].kill()
                workers[at].wait()
                workers[at] = self.worker(urls[at])
            elif kind == "freeze":
                workers[at].send_signal(signal.SIGSTOP)
                time.sleep(FROZEN)
                workers[at].send_signal(signal.SIGCONT)
            elif kind == "restart":
                self.server.restart(r.choice([signal.SIGINT, signal.SIGQUIT]))
            elif kind == "cut":
                proxy.cut()
            happened[kind] += 1
        for worker in workers:
            worker.terminate()
        for worker in workers:
            self.assertEqual(worker.wait(timeout=TIMEOUT), 0, self.said())
        return happened

    def disturbed(self, kinds, *flags):
        r = random.Random(SEED)
        export = big_export()
        reference = self.reference(export, *flags)
        proxy = Proxy(self.server.port)
        self.addCleanup(proxy.close)
        total = dict.fromkeys(kinds, 0)
        for turn in range(6):
            out = self.tmp / f"out{turn}"
            job = self.submit(export, out, *flags)
            for kind, count in self.disturb_until_the_end(job, proxy, kinds, r).items():
                total[kind] += count
            self.assertEqual(self.job(job)["state"], "succeeded", self.said())
            self.check_output(out, reference)
            self.assertEqual(list(out.rglob("*.partial")), [])
            shutil.rmtree(out)
            if all(total.values()) and turn >= 1:
                break
        print(f"{' '.join(flags)}: {total}", flush=True)
        self.assertTrue(all(total.values()), f"jobs end before all that can happen has happened: {total}")

    def test_a_shared_job(self):
        self.disturbed(["kill", "kill", "freeze", "restart", "cut", "cut"], "--layout", "shard")

    def test_a_job_in_order_moves_between_workers(self):
        self.disturbed(["kill", "freeze", "cut"], "--layout", "kind")

    # ---- the rest

    def test_several_work_on_a_shared_job_at_once(self):
        export, out = big_export(), self.tmp / "out"
        reference = self.reference(export, "--layout", "shard")
        for _ in range(3):
            self.worker()
        job = self.submit(export, out, "--layout", "shard")
        seen = set()
        while self.job(job)["state"] not in ENDED:
            seen.update(self.server_query("SELECT worker FROM datahaul.tasks WHERE worker IS NOT NULL"))
        self.assertEqual(self.job(job)["state"], "succeeded", self.said())
        self.check_output(out, reference)
        self.assertGreaterEqual(len({worker.split("/")[0] for worker in seen}), 2, seen)

    def server_query(self, text):
        return self.server.sql(text, self.url.rsplit("/", 1)[1]).split()

    def test_a_worker_that_is_told_to_stop_gives_its_tasks_back(self):
        export, out = big_export(), self.tmp / "out"
        reference = self.reference(export)
        first = self.worker()
        job = self.submit(export, out)
        while self.job(job)["written"] == 0:
            time.sleep(0.01)
        first.terminate()
        self.assertEqual(first.wait(timeout=30), 0, self.said())
        found = self.job(job)
        self.assertIn(found["state"], ("running", "succeeded"))
        self.assertEqual(self.server_query("SELECT count(*) FROM datahaul.tasks WHERE worker IS NOT NULL OR attempts > 0"), ["0"])
        self.worker()
        self.wait_for(job, "succeeded")
        self.check_output(out, reference)

    def test_workers_share_a_data_directory(self):
        export, out = big_export(), self.tmp / "out"
        reference = self.reference(export, "--layout", "shard")
        for _ in range(2):
            self.worker(str(self.data_dir))
        job = self.datahaul("copy", export, out, *FLAGS, "--layout", "shard", "--async").stdout.decode().strip()
        self.datahaul("jobs", "watch", job, "--quiet")
        self.check_output(out, reference)

    def test_a_copy_in_hand_uses_the_store(self):
        export, out = self.tmp / "export", self.tmp / "out"
        generate(export, f"2 {SEED}")
        reference = self.reference(export)
        self.worker()                       # it must not take what was not left to it
        self.datahaul_only("copy", export, out, *FLAGS, "--job-store", self.url)
        self.check_output(out, reference)
        listed = self.datahaul_only("jobs", "list", "--json", "--job-store", self.url).stdout.splitlines()
        self.assertEqual([json.loads(line)["state"] for line in listed], ["succeeded"])
        self.assertNotIn("job", self.said().replace("job-store", "").replace("for queues", ""))

    def test_a_spool_leaves_the_data_directory_private(self):
        export, state = self.tmp / "export", self.tmp / "state"
        generate(export, f"2 {SEED}")
        with mock.patch.dict(os.environ, {"XDG_STATE_HOME": str(state)}):
            self.datahaul_only("copy", export, self.tmp / "out", "--format", "csv", "--spool", "always", "--quiet", "--job-store", self.url)
        self.assertEqual((state / "datahaul").stat().st_mode & 0o777, 0o700)

    def test_a_job_is_cancelled_while_a_worker_has_it(self):
        export, out = big_export(), self.tmp / "out"
        self.worker()
        job = self.submit(export, out)
        while self.job(job)["written"] == 0:
            time.sleep(0.01)
        self.datahaul_only("jobs", "cancel", job, "--job-store", self.url)
        self.assertEqual(self.job(job)["state"], "cancelled")
        self.assertFalse(out.exists())

    def test_a_job_moves_to_the_server_and_is_finished_there(self):
        export, out = big_export(), self.tmp / "out"
        reference = self.reference(export)
        known = len(self.datahaul("jobs", "list", "--json").stdout.splitlines())
        copying = subprocess.Popen([str(PROGRAM), "copy", str(export), str(out), *FLAGS, "--data-dir", str(self.data_dir)], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.processes.append(copying)
        while not list(self.tmp.glob("out/*.partial")):
            self.assertIsNone(copying.poll())
            time.sleep(0.002)
        copying.kill()
        copying.wait()
        jobs = [json.loads(line) for line in self.datahaul("jobs", "list", "--json").stdout.splitlines()]
        self.assertEqual(len(jobs), known + 1)
        job = jobs[0]["id"]
        moved = self.datahaul_only("job-store", "copy", self.data_dir, self.url, job)
        self.assertIn(job, moved.stdout.decode())
        for _ in range(2):
            refused = self.datahaul("jobs", "resume", job, expect=5)
            self.assertIn("moved", refused.stderr.decode())
        self.datahaul_only("job-store", "copy", self.data_dir, self.url, job)
        self.datahaul_only("jobs", "resume", job, "--quiet", "--job-store", self.url)
        self.check_output(out, reference)
        self.assertEqual(self.job(job)["state"], "succeeded")
        self.datahaul("jobs", "gc", "--older-than", "0s")
        self.check_output(out, reference)

    def test_jobs_of_another_host_wait_for_it(self):
        export, out = self.tmp / "export", self.tmp / "out"
        generate(export, f"1 {SEED}")
        job = self.submit(export, out)
        self.server.run("psql", "-X", "-q", "-c", "UPDATE datahaul.jobs SET host = 'elsewhere'", self.url)
        self.worker()
        time.sleep(2.5)
        self.assertEqual(self.job(job)["state"], "queued")

    def test_passwords_in_urls_are_refused(self):
        url = self.url.replace("datahaul@", "datahaul:s3cret@")
        for args in (("jobs", "list", "--job-store", url), ("worker", "--job-store", url), ("job-store", "migrate", url)):
            said = self.datahaul_only(*args, expect=2).stderr.decode()
            self.assertIn("pgpass", said)
            self.assertNotIn("s3cret", said)

    def test_a_store_without_tables_says_what_to_do(self):
        self.server.sql("CREATE DATABASE bare")
        url = self.server.url.rsplit("/", 1)[0] + "/bare"
        self.assertIn("job-store migrate", self.datahaul_only("jobs", "list", "--job-store", url, expect=5).stderr.decode())
        self.datahaul_only("job-store", "migrate", url)
        self.datahaul_only("jobs", "list", "--job-store", url)

    # ---- fail-over

    def test_a_standby_takes_over_that_has_missed_the_last_steps(self):
        export, out = big_export(), self.tmp / "out"
        reference = self.reference(export, "--layout", "shard")
        primary, database = Server(), self.url.rsplit("/", 1)[1]
        self.addCleanup(primary.remove)
        standby = Server(follows=primary)
        self.addCleanup(standby.remove)
        primary.sql(f"CREATE DATABASE {database}")
        url = f"postgresql://datahaul@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/{database}"
        self.datahaul_only("job-store", "migrate", url)
        for _ in range(2):
            self.worker(url)
        job = self.datahaul_only("copy", export, out, *FLAGS, "--layout", "shard", "--async", "--job-store", url).stdout.decode().strip()
        while self.job(job, url)["written"] == 0:
            time.sleep(0.01)
        sender = int(primary.sql("SELECT pid FROM pg_stat_replication"))
        os.kill(sender, signal.SIGSTOP)
        committed = "SELECT sum(written) FROM datahaul.kinds"
        last_sent = primary.sql(committed, database)
        while (written := primary.sql(committed, database)) == last_sent:
            pass
        os.kill(sender, signal.SIGKILL)
        primary.stop(signal.SIGQUIT)
        self.assertLess(int(standby.sql(committed, database)), int(written), "nothing was lost: this shows nothing")
        standby.promote()
        self.wait_for(job, "succeeded", url=url)
        self.check_output(out, reference)
        self.assertEqual(list(out.rglob("*.partial")), [])


if __name__ == "__main__":
    unittest.main()
