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
import sys

import loopback_server
from loopback_server import LoopbackServer, program, serve

ACCESS, SECRET = "datahaul-test", "only-for-tests"
BUCKET = "bucket"


def clean_environment():
    return {**loopback_server.clean_environment(), "AWS_EC2_METADATA_DISABLED": "true"}


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


class Server(LoopbackServer):
    def launch(self):
        data = os.path.join(self.folder, "data")
        meta = os.path.join(self.folder, "meta")
        os.makedirs(data, exist_ok=True)
        os.makedirs(meta, exist_ok=True)
        environment = dict(clean_environment(), HOME=self.folder)
        if self.kind == "minio":
            command = [program("minio"), "server", data, "--address", self.host, "--quiet"]
            environment.update(MINIO_ROOT_USER=ACCESS, MINIO_ROOT_PASSWORD=SECRET, MINIO_BROWSER="off", MINIO_UPDATE="off")
        elif self.kind == "versitygw":
            command = [program("versitygw"), "--port", self.host, "--quiet", "posix", "--sidecar", meta, data]
            environment.update(ROOT_ACCESS_KEY=ACCESS, ROOT_SECRET_KEY=SECRET)
        else:
            raise RuntimeError(f"unknown server {self.kind}")
        self.run_forever(["--pdeathsig=KILL", *command], env=environment)

    @property
    def url(self):
        return f"http://{self.host}"

    @property
    def environment(self):
        """The whole environment in which datahaul, boto3 and the others find it, and nothing else."""
        return {**clean_environment(), "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.url}

    def answers(self):
        return self.make_bucket(BUCKET)

    def make_bucket(self, name):
        try:
            with contextlib.closing(http.client.HTTPConnection(self.host, timeout=10)) as connection:
                connection.request("PUT", f"/{name}", headers=signed_headers("PUT", self.host, f"/{name}"))
                return connection.getresponse().status == 200
        except OSError:
            return False


if __name__ == "__main__":
    serve(lambda: Server(sys.argv[1]), lambda server: f"{server.url} {ACCESS} {SECRET}")
