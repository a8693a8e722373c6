#!/usr/bin/env python3
"""Buckets as destinations: the same bytes as in a folder, whatever happens on the way, and nothing left over.

DATAHAUL_BUCKET_KILLS   number of kills (default 6; the full run: 20)
DATAHAUL_KILL_SEED      default 1
"""
import json
import os
import random
import signal
import subprocess
import time
import unittest
from unittest import mock

import azure_server
import gcs_server
import s3_proxy
import s3_server
from harness import PROGRAM, Case, export_root, generate, good_samples, tree
from s3_case import S3Case

KILLS = int(os.environ.get("DATAHAUL_BUCKET_KILLS", "6"))
SEED = int(os.environ.get("DATAHAUL_KILL_SEED", "1"))
RUN_TIMEOUT = 300  # seconds; nothing takes that long unless it hangs
BUCKET = s3_server.BUCKET


class BucketJobs(S3Case):
    def get(self, prefix):
        """{key behind the prefix: bytes} of all but the manifest."""
        return {k: self.client.get_object(Bucket=BUCKET, Key=f"{prefix}/{k}")["Body"].read() for k in self.keys(prefix) if k != "manifest.json"}

    def manifest(self, prefix):
        return json.loads(self.client.get_object(Bucket=BUCKET, Key=f"{prefix}/manifest.json")["Body"].read())

    def uploads(self, prefix, names):
        """Uploads that nobody has finished, to any of the objects; MinIO tells those to a named one only."""
        found = []
        for name in names:
            answer = self.client.list_multipart_uploads(Bucket=BUCKET, Prefix=f"{prefix}/{name}")
            found += [upload["Key"] for upload in answer.get("Uploads", [])]
        return found

    def assertHolds(self, prefix, expected):
        """Just these objects, and no trace of how they came there."""
        found = self.get(prefix)
        self.assertEqual(sorted(found), sorted(expected))
        for name, data in expected.items():
            self.assertTrue(found[name] == data, f"{name} differs")
        self.assertEqual(self.uploads(prefix, expected), [])

    def test_the_bytes_are_those_of_a_folder(self):
        generate(self.tmp / "export", "12 --datastore --files 2")
        address = self.put(self.tmp / "export", "export")
        cases = [["typed-ndjson"], ["typed-ndjson", "--compression", "gzip"], ["typed-ndjson", "--compression", "zstd"], ["csv"], ["parquet"],
                 ["typed-ndjson", "--layout", "single"], ["typed-ndjson", "--layout", "namespace"], ["ndjson", "--layout", "shard"]]
        for number, options in enumerate(cases):
            with self.subTest(options):
                local, prefix = self.tmp / f"local-{number}", f"out-{number}"
                self.datahaul("copy", self.tmp / "export", local, "--quiet", "--format", *options)
                self.datahaul("copy", address, f"s3://{BUCKET}/{prefix}", "--quiet", "--format", *options)
                self.assertHolds(prefix, tree(local))
                here, there = json.loads((local / "manifest.json").read_bytes()), self.manifest(prefix)
                self.assertEqual(there["objects"], here["objects"])
                self.assertEqual(there["kinds"], here["kinds"])
                if options[0] != "ndjson":
                    self.datahaul("verify", self.tmp / "export", f"s3://{BUCKET}/{prefix}", "--quiet")

    def test_samples_are_copied_alike(self):
        for number, sample in enumerate(good_samples()):
            with self.subTest(sample.name):
                local, prefix = self.tmp / f"sample-{number}", f"samples ä+%/{number}"
                self.copy(export_root(sample), local)
                self.copy(export_root(sample), f"s3://{BUCKET}/{prefix}/")
                self.assertHolds(prefix, tree(local))
                there = f"s3://{BUCKET}/{prefix}"
                self.assertEqual(self.datahaul("cat", there).stdout, self.datahaul("cat", local).stdout)

    def test_append_and_replace(self):
        generate(self.tmp / "export", "12 --files 2")
        local, there = self.tmp / "local", f"s3://{BUCKET}/append"
        for place in (local, there):
            self.copy(self.tmp / "export", place)
            self.copy(self.tmp / "export", place, "--if-exists", "append")
        self.assertHolds("append", tree(local))
        self.assertEqual(self.manifest("append")["objects"], json.loads((local / "manifest.json").read_bytes())["objects"])
        sample = export_root(good_samples()[0])
        self.copy(sample, there, expect=5)
        self.copy(sample, there, "--if-exists", "replace")
        self.copy(sample, self.tmp / "sample")
        self.assertHolds("append", tree(self.tmp / "sample"))

    def test_another_job_is_kept_out(self):
        self.client.put_object(Bucket=BUCKET, Key="claimed/.datahaul-claim", Body=b"job x\nmade-folders 0\ndata-dir /elsewhere\n")
        said = self.copy(export_root(good_samples()[0]), f"s3://{BUCKET}/claimed", expect=5).stderr.decode()
        self.assertIn("job x of /elsewhere", said)
        self.assertIn(f"s3://{BUCKET}/claimed/.datahaul-claim", said)
        self.assertEqual(self.keys("claimed"), [".datahaul-claim"])

    def test_a_fifth_of_all_requests_breaks(self):
        generate(self.tmp / "export", "40 --datastore --files 2")
        self.copy(self.tmp / "export", self.tmp / "local")
        address = self.put(self.tmp / "export", "faulty-export")
        r = random.Random(SEED)
        faults = [429, 500, 503, "lose", "cut", "drop", "delay"]
        proxy = s3_proxy.Proxy(self.server.host, lambda method, path: r.choice(faults) if r.random() < 0.2 else None)
        self.addCleanup(proxy.close)
        with mock.patch.dict(os.environ, AWS_ENDPOINT_URL=proxy.url):
            self.copy(address, f"s3://{BUCKET}/faulty")
        self.assertHolds("faulty", tree(self.tmp / "local"))
        self.assertGreater(proxy.broken, 10)
        print(f"{proxy.broken} of {proxy.requests} requests broken", flush=True)

    def test_what_is_not_granted_is_said_at_once(self):
        sample = export_root(good_samples()[0])
        cases = {"s3:PutObject": ("PUT", ""), "s3:ListBucket": ("GET", "list-type"), "s3:DeleteObject": ("DELETE", "/uploads/"),
                 "s3:AbortMultipartUpload": ("DELETE", "uploadId="), "s3:ListBucketMultipartUploads": ("GET", "uploads=")}
        for grant, (denied, part) in cases.items():
            with self.subTest(grant):
                proxy = s3_proxy.Proxy(self.server.host, lambda method, path: 403 if method == denied and part in path else None)
                self.addCleanup(proxy.close)
                with mock.patch.dict(os.environ, AWS_ENDPOINT_URL=proxy.url):
                    seconds = []
                    for _ in range(3):  # the best of them, as the machine may be busy
                        begin = time.monotonic()
                        said = self.copy(sample, f"s3://{BUCKET}/denied", expect=5).stderr.decode()
                        seconds.append(time.monotonic() - begin)
                self.assertLess(min(seconds), 2)
                self.assertIn(grant, said)
                self.assertIn(s3_server.ACCESS, said)
                self.assertIn(BUCKET, said)

    def start(self, *args):
        with open(self.tmp / "said.txt", "wb") as said:
            return subprocess.Popen([str(a) for a in (PROGRAM, *args, "--quiet", "--data-dir", self.data_dir)], stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def said(self):
        return (self.tmp / "said.txt").read_text(errors="replace")[-2000:]

    def only_job(self, known):
        lines = self.datahaul("jobs", "list", "--json").stdout.splitlines()
        return [job for job in map(json.loads, lines) if job.get("id") and job["id"] not in known]

    def test_killed_jobs_end_with_the_same_bytes(self):
        """Killed with SIGKILL just after the n-th request of a job was answered, or just before."""
        r = random.Random(SEED)
        export = self.tmp / "export"
        generate(export, f"60 {SEED} --files 4")
        self.copy(export, self.tmp / "local")
        expected = tree(self.tmp / "local")
        address = self.put(export, "kill-export")
        state = {"requests": 0, "kill_at": None, "process": None, "put": 0}

        def rule(method, path):
            if "/killed/" not in path:
                return None
            state["requests"] += 1
            if state["kill_at"] is not None and state["requests"] >= state["kill_at"] and state["process"].poll() is None:
                state["process"].send_signal(signal.SIGKILL)
                return "lose" if r.random() < 0.5 else "drop"
            return None

        proxy = s3_proxy.Proxy(self.server.host, rule)
        self.addCleanup(proxy.close)
        known, kills, total = set(), 0, 60
        with mock.patch.dict(os.environ, AWS_ENDPOINT_URL=proxy.url):
            while kills < KILLS:
                job, killed_here = None, 0
                while True:
                    state.update(requests=0, kill_at=r.randint(1, total) if killed_here < 4 and kills < KILLS else None)
                    args = ("jobs", "resume", job) if job else ("copy", address, f"s3://{BUCKET}/killed", "--format", "typed-ndjson")
                    state["process"] = self.start(*args)
                    code = state["process"].wait(RUN_TIMEOUT)
                    if code == 0:
                        break
                    self.assertEqual(code, -signal.SIGKILL, self.said())
                    kills, killed_here = kills + 1, killed_here + 1
                    for name, data in self.get("killed").items():
                        if not name.startswith("."):
                            self.assertTrue(data == expected.get(name), f"{name} is there, but not whole")
                    found = self.only_job(known)
                    job = found[0]["id"] if found else None
                    if job and found[0]["state"] == "succeeded":  # killed between its last step and its exit
                        break
                if not killed_here:
                    total = max(total * 2 // 3, state["requests"])
                self.assertHolds("killed", expected)
                known |= {j["id"] for j in self.only_job(known)}
                for key in self.keys("killed"):
                    self.client.delete_object(Bucket=BUCKET, Key=f"killed/{key}")
            # One more is killed, and given up.
            state.update(requests=0, kill_at=25)
            state["process"] = self.start("copy", address, f"s3://{BUCKET}/killed", "--format", "typed-ndjson")
            self.assertEqual(state["process"].wait(RUN_TIMEOUT), -signal.SIGKILL, self.said())
            state["kill_at"] = None
            self.datahaul("jobs", "cancel", self.only_job(known)[0]["id"])
            self.datahaul("jobs", "gc", "--older-than", "0s")
        self.assertHolds("killed", {})
        self.assertEqual(self.uploads("killed", expected), [])
        print(f"{kills} kills, all bytes equal, nothing left over", flush=True)


class OtherServer(BucketJobs):
    """What depends on the server's answers."""
    KIND = "versitygw"
    test_another_job_is_kept_out = test_a_fifth_of_all_requests_breaks = test_killed_jobs_end_with_the_same_bytes = None
    test_what_is_not_granted_is_said_at_once = None


class OtherClouds(Case):
    """What goes wrong on the way to Azure and Google."""

    def behind(self, server, rule):
        """A proxy before the server, and the environment in which it is taken for that."""
        proxy = s3_proxy.Proxy(server.host, rule)
        self.addCleanup(proxy.close)
        return proxy, {k: v.replace(server.host, proxy.url.removeprefix("http://")) for k, v in server.environment.items()}

    def test_a_fifth_of_all_requests_breaks_on_azure(self):
        server = azure_server.Server("azurite")
        self.addCleanup(server.remove)
        generate(self.tmp / "export", "16 --datastore --files 2")
        self.copy(self.tmp / "export", self.tmp / "local")
        address = server.put_folder(self.tmp / "export", f"{azure_server.CONTAINER}/export")
        there = f"az://{azure_server.CONTAINER}/faulty"
        r = random.Random(SEED)
        faults = [429, 500, 503, "lose", "cut", "drop", "delay"]
        proxy, environment = self.behind(server, lambda method, path: r.choice(faults) if r.random() < 0.2 else None)
        with mock.patch.dict(os.environ, environment, clear=True):
            self.copy(address, there)
        self.assertGreater(proxy.broken, 10)
        print(f"{proxy.broken} of {proxy.requests} requests broken", flush=True)
        with mock.patch.dict(os.environ, server.environment, clear=True):
            self.copy(there, self.tmp / "back")
            self.datahaul("verify", self.tmp / "export", there, "--quiet")
        self.assertSameTree(self.tmp / "local", self.tmp / "back")

    def test_what_is_not_granted_is_said_at_once(self):
        """Nothing is tried again: that is seen by the number of requests."""
        sample = export_root(good_samples()[0])
        azure = [f"the key of account {azure_server.ACCOUNT}", f"az://{azure_server.CONTAINER}"]
        google = ["everybody (no credentials were sent)", f"bucket {gcs_server.BUCKET}"]
        for make, kind, root, named in ((azure_server.Server, "azurite", f"az://{azure_server.CONTAINER}", azure),
                                        (gcs_server.Server, "fake-gcs-server", f"gs://{gcs_server.BUCKET}", google)):
            server = make(kind)
            self.addCleanup(server.remove)
            for denied in (("GET", "HEAD", "PUT", "POST"), ("PUT", "POST")):
                with self.subTest(f"{kind} {denied}"):
                    proxy, environment = self.behind(server, lambda method, path, denied=denied: 403 if method in denied else None)
                    with mock.patch.dict(os.environ, environment, clear=True):
                        said = self.copy(sample, f"{root}/denied", expect=5).stderr.decode()
                        if "GET" in denied:
                            self.copy(f"{root}/any", self.tmp / "out", expect=5)
                    for name in named:
                        self.assertIn(name, said)
                    self.assertLessEqual(proxy.broken, 6, said)


if __name__ == "__main__":
    unittest.main()
