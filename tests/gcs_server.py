#!/usr/bin/env python3
"""Servers that speak Google Cloud Storage's JSON API, for tests: on a loopback port of their own, in memory, with a bucket called "bucket".

As a program: gcs_server.py fake-gcs-server|gcp-storage-emulator prints ENDPOINT, and stops the server when its standard input ends, also
because whoever started it has died. Neither asks for credentials. script/setup installs them.
"""
import contextlib
import http.client
import json
import os
import sys

import loopback_server
from loopback_server import ROOT, LoopbackServer, program, serve

BUCKET = "bucket"
PYTHON = os.path.join(ROOT, "build", "venv", "bin", "python")


class Server(LoopbackServer):
    def launch(self):
        with open(self.log, "wb"):
            pass  # answers() reads what is said of this port
        if self.kind == "fake-gcs-server":
            command = [program("fake-gcs-server"), "-scheme", "http", "-host", "127.0.0.1", "-port", str(self.port), "-public-host", self.host,
                       "-external-url", self.url, "-backend", "memory", "-log-level", "error"]
        elif self.kind == "gcp-storage-emulator":
            command = [PYTHON, "-m", "gcp_storage_emulator", "start", "--host", "127.0.0.1", "--port", str(self.port), "--in-memory"]
        else:
            raise RuntimeError(f"unknown server {self.kind}")
        self.run_forever(["--pdeathsig=KILL", *command], env=dict(loopback_server.clean_environment(), HOME=self.folder), cwd=self.folder)

    @property
    def url(self):
        return f"http://{self.host}"

    @property
    def environment(self):
        """The whole environment in which datahaul and Google's client find it, and nothing else."""
        return {**loopback_server.clean_environment(), "STORAGE_EMULATOR_HOST": self.url}

    def request(self, method, path, body=None, kind="application/json"):
        """The status and the body of the answer."""
        with contextlib.closing(http.client.HTTPConnection(self.host, timeout=30)) as connection:
            connection.request(method, path, body=body, headers={"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def answers(self):
        with open(self.log, "rb") as log:
            if b"Address already in use" in log.read():  # gcp-storage-emulator goes on without a port
                self.process.kill()
                self.process.wait(timeout=60)
                return False
        return self.make_bucket(BUCKET)

    def make_bucket(self, name):
        try:
            return self.request("POST", "/storage/v1/b?project=test", json.dumps({"name": name}))[0] in (200, 409)
        except (OSError, http.client.HTTPException):
            return False

    def put(self, bucket, key, data):
        """Another client than datahaul."""
        metadata = json.dumps({"name": key}).encode()
        parts = (b"--part\r\nContent-Type: application/json\r\n\r\n" + metadata +
                 b"\r\n--part\r\nContent-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--part--\r\n")
        status, body = self.request("POST", f"/upload/storage/v1/b/{bucket}/o?uploadType=multipart", parts, "multipart/related; boundary=part")
        if status != 200:
            raise RuntimeError(f"{key}: {status} {body[:500]}")


if __name__ == "__main__":
    serve(lambda: Server(sys.argv[1]), lambda server: server.url)
