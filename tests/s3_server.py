#!/usr/bin/env python3
"""S3 servers for tests: in a temporary folder, on a loopback port of its own, with a bucket called "bucket".

As a program: s3_server.py minio|versitygw prints ENDPOINT ACCESS-KEY SECRET, and stops the server when its standard input
ends, also because whoever started it has died. script/setup compiles the servers into build/deps/servers.
"""
import contextlib
import datetime
import hashlib
import hmac
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = os.path.join(ROOT, "build", "deps", "servers")
START_TIMEOUT = 60
ACCESS, SECRET = "datahaul-test", "only-for-tests"
BUCKET = "bucket"


def program(name):
    path = os.path.join(PROGRAMS, name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"no server {path}: run script/setup")
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def signed_headers(method, host, path):
    """Signature Version 4 of a request without query and body."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"{method}\n{path}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{now}\n\nhost;x-amz-content-sha256;x-amz-date\n{empty}"
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    key = ("AWS4" + SECRET).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return {"x-amz-date": now, "x-amz-content-sha256": empty,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"}


class Server:
    def __init__(self, kind):
        self.folder = tempfile.mkdtemp(prefix=f"datahaul-{kind}-")
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        data = os.path.join(self.folder, "data")
        meta = os.path.join(self.folder, "meta")
        os.makedirs(data)
        os.makedirs(meta)
        environment = dict(os.environ, HOME=self.folder)
        if kind == "minio":
            command = [program("minio"), "server", data, "--address", self.host, "--quiet"]
            environment.update(MINIO_ROOT_USER=ACCESS, MINIO_ROOT_PASSWORD=SECRET, MINIO_BROWSER="off", MINIO_UPDATE="off")
        elif kind == "versitygw":
            command = [program("versitygw"), "--port", self.host, "--quiet", "posix", "--sidecar", meta, data]
            environment.update(ROOT_ACCESS_KEY=ACCESS, ROOT_SECRET_KEY=SECRET)
        else:
            raise RuntimeError(f"unknown server {kind}")
        self.log = os.path.join(self.folder, "log")
        with open(self.log, "wb") as log:
            # A group of its own: Ctrl-C at the terminal is for the test.
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            self.make_bucket(BUCKET)
        except Exception:
            self.remove()
            raise

    @property
    def url(self):
        return f"http://{self.host}"

    @property
    def environment(self):
        """What datahaul, boto3 and the others need to find it."""
        return {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.url}

    def make_bucket(self, name):
        end = time.monotonic() + START_TIMEOUT
        while True:
            try:
                with contextlib.closing(http.client.HTTPConnection(self.host, timeout=10)) as connection:
                    connection.request("PUT", f"/{name}", headers=signed_headers("PUT", self.host, f"/{name}"))
                    if connection.getresponse().status == 200:
                        return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise RuntimeError(f"the server did not start: {log.read()[-2000:]}")
            time.sleep(0.02)

    def remove(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(sys.argv[1])
    try:
        print(server.url, ACCESS, SECRET, flush=True)
        while sys.stdin.buffer.read(4096):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        server.remove()


if __name__ == "__main__":
    main()
