#!/usr/bin/env python3
"""The servers that other tests start: found by nobody else's settings, and never left behind."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import azure_server
import gcs_server
import loopback_server
import postgres_server
import s3_server

HERE = Path(__file__).resolve().parent
KINDS = {
    "minio": lambda: s3_server.Server("minio"),
    "versitygw": lambda: s3_server.Server("versitygw"),
    "fake-gcs-server": lambda: gcs_server.Server("fake-gcs-server"),
    "gcp-storage-emulator": lambda: gcs_server.Server("gcp-storage-emulator"),
    "azurite": lambda: azure_server.Server("azurite"),
    "postgres": postgres_server.Server,
}
# Starts one and stays, as a test does.
STAYS = """
import sys, time
sys.path.insert(0, {here!r})
import test_servers
server = test_servers.KINDS[{kind!r}]()
print(server.port, flush=True)
time.sleep(600)
"""


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


class Servers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="datahaul-test-")
        self.addCleanup(folder.cleanup)
        self.tmp = Path(folder.name)
        self.tmp.chmod(0o755)  # also for the user postgres
        where = mock.patch.object(tempfile, "tempdir", folder.name)
        where.start()
        self.addCleanup(where.stop)

    def assertEnds(self, port):
        end = time.monotonic() + 30
        while answers(port):
            self.assertLess(time.monotonic(), end, "the server is still there")
            time.sleep(0.05)

    def test_a_server_dies_with_whoever_is_killed(self):
        for kind in KINDS:
            with self.subTest(kind):
                process = subprocess.Popen([sys.executable, "-c", STAYS.format(here=str(HERE), kind=kind)], stdout=subprocess.PIPE,
                                           env=dict(os.environ, TMPDIR=str(self.tmp)))
                with process:
                    port = int(process.stdout.readline())
                    self.assertTrue(answers(port))
                    process.send_signal(signal.SIGKILL)
                self.assertEnds(port)

    def test_a_start_that_is_interrupted_leaves_nothing(self):
        for kind, start in KINDS.items():
            with self.subTest(kind):
                ports = []
                free = loopback_server.free_port
                # Once, when it has been launched and is about to be waited for.
                monotonic = mock.Mock(wraps=time.monotonic, side_effect=[KeyboardInterrupt] + 10_000 * [mock.DEFAULT])
                with mock.patch.object(loopback_server, "free_port", side_effect=lambda: ports.append(free()) or ports[-1]), \
                     mock.patch.object(loopback_server.time, "monotonic", monotonic):
                    self.assertRaises(KeyboardInterrupt, start)
                self.assertFalse(answers(ports[0]))
                self.assertEqual(list(self.tmp.iterdir()), [])

    def test_another_port_is_tried_when_one_was_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            for kind, start in KINDS.items():
                with self.subTest(kind), mock.patch.object(loopback_server, "free_port", side_effect=[port, loopback_server.free_port()]):
                    server = start()
                    self.addCleanup(server.remove)
                    self.assertNotEqual(server.port, port)
                    self.assertTrue(answers(server.port))
                with self.subTest(kind), mock.patch.object(loopback_server, "free_port", return_value=port):
                    self.assertRaisesRegex(RuntimeError, "did not start", start)

    def test_nothing_of_the_developers_leads_clients_elsewhere(self):
        theirs = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_SESSION_TOKEN": "theirs", "AWS_PROFILE": "theirs",
                  "http_proxy": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"}
        with mock.patch.dict(os.environ, theirs):
            server = s3_server.Server("minio")
            self.addCleanup(server.remove)
            environment = server.environment
        self.assertFalse(theirs.keys() & environment.keys())
        self.assertEqual(environment["AWS_ENDPOINT_URL"], server.url)
        self.assertEqual(environment["PATH"], os.environ["PATH"])

    def test_nothing_of_the_developers_leads_clients_of_google_elsewhere(self):
        theirs = {"GOOGLE_APPLICATION_CREDENTIALS": "theirs", "GCE_METADATA_HOST": "127.0.0.1:1", "CLOUDSDK_CONFIG": "theirs",
                  "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1"}
        with mock.patch.dict(os.environ, theirs):
            server = gcs_server.Server("fake-gcs-server")
            self.addCleanup(server.remove)
            environment = server.environment
        self.assertEqual(theirs.keys() & environment.keys(), {"STORAGE_EMULATOR_HOST"})
        self.assertEqual(environment["STORAGE_EMULATOR_HOST"], server.url)


if __name__ == "__main__":
    unittest.main()
