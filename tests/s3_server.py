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
PORTS = 3  # tried: somebody else may take a free port first
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


def clean_environment():
    """This process's, without what would lead a client elsewhere: the developer's own account, endpoints and proxies."""
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and k.lower() not in proxies}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true"}


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


class Ended(RuntimeError):
    """The server's process ended before it answered."""


class Server:
    def __init__(self, kind):
        self.folder = tempfile.mkdtemp(prefix=f"datahaul-{kind}-")
        self.log = os.path.join(self.folder, "log")
        self.process = None
        try:
            self.start(kind)
        except BaseException:  # also when interrupted: whoever asked has no Server to remove
            self.remove()
            raise

    def start(self, kind):
        for left in reversed(range(PORTS)):
            self.port = free_port()
            self.launch(kind)
            try:
                return self.make_bucket(BUCKET)
            except Ended:
                if left == 0:
                    raise

    def launch(self, kind):
        data = os.path.join(self.folder, "data")
        meta = os.path.join(self.folder, "meta")
        os.makedirs(data, exist_ok=True)
        os.makedirs(meta, exist_ok=True)
        environment = dict(clean_environment(), HOME=self.folder)
        if kind == "minio":
            command = [program("minio"), "server", data, "--address", self.host, "--quiet"]
            environment.update(MINIO_ROOT_USER=ACCESS, MINIO_ROOT_PASSWORD=SECRET, MINIO_BROWSER="off", MINIO_UPDATE="off")
        elif kind == "versitygw":
            command = [program("versitygw"), "--port", self.host, "--quiet", "posix", "--sidecar", meta, data]
            environment.update(ROOT_ACCESS_KEY=ACCESS, ROOT_SECRET_KEY=SECRET)
        else:
            raise RuntimeError(f"unknown server {kind}")
        with open(self.log, "wb") as log:
            # A group of its own: Ctrl-C at the terminal is for the test. But it dies with us, even if we are killed.
            self.process = subprocess.Popen(["setpriv", "--pdeathsig=KILL", *command], env=environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.host}"

    @property
    def environment(self):
        """The whole environment in which datahaul, boto3 and the others find it, and nothing else."""
        return {**clean_environment(), "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.url}

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
            ended = self.process.poll() is not None
            if ended or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise (Ended if ended else RuntimeError)(f"the server did not start: {log.read()[-2000:]}")
            time.sleep(0.02)

    def remove(self):
        if self.process is not None and self.process.poll() is None:
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
