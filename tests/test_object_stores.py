#!/usr/bin/env python3
"""Buckets as sources: what another client has put there reads as the same files on disk do."""
import http.server
import os
import threading
import time
import unittest
from unittest import mock

import azure_server
import gcs_server
import loopback_server
import s3_server
from harness import Case, export_root, generate, good_samples
from s3_case import S3Case


class Buckets(S3Case):
    def assertReadsAlike(self, local, address):
        """Copies both, and compares."""
        self.copy(local, self.tmp / "from-local")
        self.copy(address, self.tmp / "from-bucket")
        self.assertSameTree(self.tmp / "from-local", self.tmp / "from-bucket")
        self.datahaul("verify", address, self.tmp / "from-bucket", "--quiet")

    def test_samples_read_alike(self):
        for sample in good_samples():
            with self.subTest(sample.name):
                address = self.put(export_root(sample), f"samples/{sample.name} ä+%20")
                here = self.datahaul("inspect", export_root(sample)).stdout.replace(str(export_root(sample)).encode(), b"EXPORT")
                there = self.datahaul("inspect", address).stdout.replace(address.encode(), b"EXPORT")
                self.assertEqual(there, here)
                self.assertEqual(self.datahaul("cat", address).stdout, self.datahaul("cat", export_root(sample)).stdout)

    def test_a_large_export_reads_alike(self):
        generate(self.tmp / "export", "16 --datastore --files 2")
        address = self.put(self.tmp / "export", "large")
        self.assertReadsAlike(self.tmp / "export", address + "/")
        metadata = next(self.tmp.glob("export/*.overall_export_metadata")).name
        self.datahaul("verify", f"{address}/{metadata}", self.tmp / "from-local", "--quiet")

    def test_files_that_datahaul_wrote_read_alike(self):
        sample = export_root(good_samples()[0])
        for number, options in enumerate([["--compression", "gzip"], ["--compression", "zstd"], []]):
            with self.subTest(options):
                local = self.tmp / f"written-{number}"
                self.copy(sample, local, *options)
                address = self.put(local, f"written-{number}")
                self.copy(address, self.tmp / f"again-{number}", *options)
                self.assertSameTree(local, self.tmp / f"again-{number}")
                self.datahaul("verify", local, address, "--quiet")
        self.datahaul("copy", sample, self.tmp / "csv", "--format", "csv", "--quiet")
        self.datahaul("verify", sample, self.put(self.tmp / "csv", "csv"), "--quiet")

    def test_flags_say_where_the_bucket_is(self):
        address = self.put(export_root(good_samples()[0]), "flags")
        with mock.patch.dict(os.environ):
            del os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
            self.datahaul("inspect", address, "--s3-endpoint", self.server.url, "--s3-region", "us-east-1")
            run = self.datahaul("copy", address, self.tmp / "out", "--s3-endpoint", self.server.url, "--quiet")
            self.assertEqual(run.stdout, b"")

    def test_what_a_person_must_mend_is_said_at_once(self):
        cases = [
            ("s3://no-such-bucket/x", {}, "create it"),
            ("s3://bucket/x", {"AWS_SECRET_ACCESS_KEY": "wrong-and-secret"}, "does not accept access key"),
            ("s3://bucket/x", {"AWS_ACCESS_KEY_ID": "nobody"}, "does not accept access key nobody"),
        ]
        for address, environment, expected in cases:
            with self.subTest(address, **environment), mock.patch.dict(os.environ, environment):
                seconds = []
                for _ in range(3):  # the best of them, as the machine may be busy
                    begin = time.monotonic()
                    run = self.datahaul("copy", address, self.tmp / "out", expect=5)
                    seconds.append(time.monotonic() - begin)
                self.assertLess(min(seconds), 2)
                self.assertIn(expected, run.stderr.decode())
                self.assertNotIn("secret", (run.stderr + run.stdout).decode().replace("its secret", ""))
        run = self.datahaul("inspect", "s3://bucket/none", expect=1)
        self.assertIn("no objects below it", run.stderr.decode())

    def test_no_secret_is_kept(self):
        address = self.put(export_root(good_samples()[0]), "secrets")
        run = self.datahaul("copy", address, self.tmp / "out")
        texts = [run.stdout, run.stderr] + [p.read_bytes() for p in self.tmp.rglob("*") if p.is_file()]
        self.assertFalse(any(s3_server.SECRET.encode() in text for text in texts))


class GoogleBuckets(Case):
    KINDS = ("fake-gcs-server", "gcp-storage-emulator")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.servers = [gcs_server.Server(kind) for kind in cls.KINDS]
        for server in cls.servers:
            cls.addClassCleanup(server.remove)

    def on_each(self, folder, prefix, check):
        """Uploads a folder to each server, and calls check(server, its address) where programs find that."""
        for server in self.servers:
            with self.subTest(server.kind), mock.patch.dict(os.environ, server.environment, clear=True):
                for path in sorted(folder.rglob("*")):
                    if path.is_file():
                        server.put(gcs_server.BUCKET, f"{prefix}/{path.relative_to(folder)}", path.read_bytes())
                check(server, f"gs://{gcs_server.BUCKET}/{prefix}")

    def test_samples_read_alike(self):
        for sample in good_samples():
            export = export_root(sample)
            here = self.datahaul("inspect", export).stdout.replace(str(export).encode(), b"EXPORT")
            records = self.datahaul("cat", export).stdout

            def check(_, address, here=here, records=records):
                self.assertEqual(self.datahaul("inspect", address).stdout.replace(address.encode(), b"EXPORT"), here)
                self.assertEqual(self.datahaul("cat", address).stdout, records)
            self.on_each(export, f"samples/{sample.name} ä+%20", check)

    def test_a_large_export_reads_alike(self):
        generate(self.tmp / "export", "16 --datastore --files 2")
        self.copy(self.tmp / "export", self.tmp / "from-local")

        def check(server, address):
            out = self.tmp / f"from-{server.kind}"
            self.copy(address + "/", out)
            self.assertSameTree(self.tmp / "from-local", out)
            self.datahaul("verify", address, out, "--quiet")
        self.on_each(self.tmp / "export", "large", check)

    def test_a_flag_says_where_the_bucket_is(self):
        def check(server, address):
            del os.environ["STORAGE_EMULATOR_HOST"]
            self.datahaul("inspect", address, "--gcs-endpoint", server.url)
        self.on_each(export_root(good_samples()[0]), "flags", check)

    def test_what_a_person_must_mend_is_said_at_once(self):
        def check(*_):
            self.assertIn("create it", self.datahaul("inspect", "gs://no-such-bucket/x", expect=5).stderr.decode())
            self.assertIn("no objects below it", self.datahaul("inspect", "gs://bucket/none", expect=1).stderr.decode())
        self.on_each(export_root(good_samples()[0]), "mend", check)

    def test_who_may_not_is_told_at_once(self):
        class Forbids(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b'{"error":{"code":403,"message":"no","errors":[{"reason":"forbidden"}]}}'
                self.send_response(403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forbids) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            seconds = []
            for _ in range(3):  # the best of them, as the machine may be busy
                begin = time.monotonic()
                run = self.datahaul("copy", "gs://bucket/x", self.tmp / "out", "--gcs-endpoint", f"http://127.0.0.1:{server.server_port}", expect=5)
                seconds.append(time.monotonic() - begin)
            server.shutdown()
        self.assertLess(min(seconds), 2)
        self.assertIn("grant everybody (no credentials were sent) roles/storage.objectViewer on bucket bucket", run.stderr.decode())

    def test_a_key_that_is_none_is_not_shown(self):
        key = self.tmp / "key.json"
        key.write_text('{"type":"service_account","private_key":"hush"}', encoding="utf-8")
        environment = {**loopback_server.clean_environment(), "GOOGLE_APPLICATION_CREDENTIALS": str(key)}
        with mock.patch.dict(os.environ, environment, clear=True):
            run = self.datahaul("inspect", "gs://bucket/x", expect=5)
        self.assertIn("expected a private RSA key", run.stderr.decode())
        self.assertNotIn("hush", (run.stderr + run.stdout).decode())


class Containers(Case):
    """The same on Azure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = azure_server.Server("azurite")
        cls.addClassCleanup(cls.server.remove)
        environment = mock.patch.dict(os.environ, cls.server.environment, clear=True)
        environment.start()
        cls.addClassCleanup(environment.stop)

    def put(self, folder, prefix):
        return self.server.put_folder(folder, f"{azure_server.CONTAINER}/{prefix}")

    def test_samples_read_alike(self):
        for sample in good_samples():
            with self.subTest(sample.name):
                address = self.put(export_root(sample), f"samples/{sample.name} ä+%20")
                here = self.datahaul("inspect", export_root(sample)).stdout.replace(str(export_root(sample)).encode(), b"EXPORT")
                there = self.datahaul("inspect", address).stdout.replace(address.encode(), b"EXPORT")
                self.assertEqual(there, here)
                self.assertEqual(self.datahaul("cat", address).stdout, self.datahaul("cat", export_root(sample)).stdout)

    def test_a_large_export_reads_alike(self):
        generate(self.tmp / "export", "16 --datastore --files 2")
        address = self.put(self.tmp / "export", "large")
        by_host = address.replace("az://container", f"abfss://container@{azure_server.ACCOUNT}.dfs.core.windows.net")
        self.copy(self.tmp / "export", self.tmp / "from-local")
        for number, there in enumerate([address + "/", by_host]):
            self.copy(there, self.tmp / f"from-container-{number}")
            self.assertSameTree(self.tmp / "from-local", self.tmp / f"from-container-{number}")
            self.datahaul("verify", there, self.tmp / f"from-container-{number}", "--quiet")

    def test_flags_say_where_the_container_is(self):
        address = self.put(export_root(good_samples()[0]), "flags")
        with mock.patch.dict(os.environ, {"AZURE_STORAGE_KEY": azure_server.KEY}):
            del os.environ["AZURE_STORAGE_CONNECTION_STRING"]
            flags = ["--abs-account", azure_server.ACCOUNT, "--abs-endpoint", self.server.url]
            self.datahaul("inspect", address, *flags)
            self.datahaul("copy", address, self.tmp / "out", *flags, "--quiet")
            self.assertIn("--abs-account", self.datahaul("inspect", address, expect=2).stderr.decode())

    def test_what_a_person_must_mend_is_said_at_once(self):
        other = os.environ["AZURE_STORAGE_CONNECTION_STRING"].replace(azure_server.KEY, "d3JvbmctYW5kLXNlY3JldA==")
        cases = [
            ("az://no-such-container/x", {}, "create it"),
            ("az://container/x", {"AZURE_STORAGE_CONNECTION_STRING": other}, "check the key of account datahaultest"),
            ("abfss://container@another.dfs.core.windows.net/x", {}, "expected credentials for account another"),
        ]
        for address, environment, expected in cases:
            with self.subTest(address, **environment), mock.patch.dict(os.environ, environment):
                seconds = []
                for _ in range(3):  # the best of them, as the machine may be busy
                    begin = time.monotonic()
                    run = self.datahaul("copy", address, self.tmp / "out", expect=5)
                    seconds.append(time.monotonic() - begin)
                self.assertLess(min(seconds), 2)
                self.assertIn(expected, run.stderr.decode())
                self.assertNotIn("d3Jvbmct", (run.stderr + run.stdout).decode())
        run = self.datahaul("inspect", "az://container/none", expect=1)
        self.assertIn("no objects below it", run.stderr.decode())

    def test_no_secret_is_kept(self):
        address = self.put(export_root(good_samples()[0]), "secrets")
        run = self.datahaul("copy", address, self.tmp / "out")
        texts = [run.stdout, run.stderr] + [p.read_bytes() for p in self.tmp.rglob("*") if p.is_file()]
        self.assertFalse(any(azure_server.KEY.encode() in text for text in texts))


if __name__ == "__main__":
    unittest.main()
