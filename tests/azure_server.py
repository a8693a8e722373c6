#!/usr/bin/env python3
"""Azurite, Microsoft's own stand-in for Azure Blob Storage, for tests: in a temporary folder, on a loopback port of its own,
with a container called "container".

As a program: azure_server.py azurite prints ENDPOINT ACCOUNT KEY, and stops the server when its standard input ends, also
because whoever started it has died. script/setup installs it into build/deps.
"""
import base64
import contextlib
import email.utils
import hashlib
import hmac
import http.client
import os
import sys
import urllib.parse

from loopback_server import LoopbackServer, clean_environment, program, serve

ACCOUNT, KEY = "datahaultest", base64.b64encode(b"only for tests").decode()
CONTAINER = "container"
VERSION = "2020-12-06"


def signed_headers(method, path, query=(), body=b"", headers=()):
    """Shared Key headers of a request; `query` and `headers` are pairs, the latter x-ms-… in lower case."""
    ms = dict(headers) | {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": VERSION}
    length = str(len(body)) if body else ""
    text = f"{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n"
    text += "".join(f"{k}:{v}\n" for k, v in sorted(ms.items()))
    text += f"/{ACCOUNT}{path}" + "".join(f"\n{k}:{v}" for k, v in sorted(query))
    signature = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
    return {**ms, "Authorization": f"SharedKey {ACCOUNT}:{signature}"}


class Server(LoopbackServer):
    def launch(self):
        if self.kind != "azurite":
            raise RuntimeError(f"unknown server {self.kind}")
        environment = dict(clean_environment(), HOME=self.folder, AZURITE_ACCOUNTS=f"{ACCOUNT}:{KEY}")
        self.run_forever(["--pdeathsig=KILL", program("azurite-blob"), "--blobHost", "127.0.0.1", "--blobPort", str(self.port),
                          "--location", os.path.join(self.folder, "data"), "--disableTelemetry", "--silent"], env=environment)

    @property
    def url(self):
        return f"http://{self.host}/{ACCOUNT}"

    @property
    def environment(self):
        """The whole environment in which datahaul finds it, and nothing else."""
        connection = f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url}"
        return {**clean_environment(), "AZURE_STORAGE_CONNECTION_STRING": connection}

    def answers(self):
        return self.make_container(CONTAINER)

    def send(self, method, path, query=(), body=b"", headers=()):
        """The status of the answer to a signed request; `path` begins with the container, percent-encoded."""
        path = f"/{ACCOUNT}{path}"
        target = path + "".join(f"{'&' if i else '?'}{k}={v}" for i, (k, v) in enumerate(query))
        with contextlib.closing(http.client.HTTPConnection(self.host, timeout=60)) as connection:
            connection.request(method, target, body=body, headers=signed_headers(method, path, query, body, headers))
            return connection.getresponse().status

    def make_container(self, name):
        try:
            return self.send("PUT", f"/{name}", [("restype", "container")]) == 201
        except OSError:
            return False

    def put_folder(self, folder, prefix):
        """Uploads a folder as another client does; returns its address. `prefix` begins with the container."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                blob = urllib.parse.quote(f"/{prefix}/{path.relative_to(folder)}")
                status = self.send("PUT", blob, body=path.read_bytes(), headers=[("x-ms-blob-type", "BlockBlob")])
                if status != 201:
                    raise RuntimeError(f"PUT {blob}: {status}")
        return f"az://{prefix}"


if __name__ == "__main__":
    serve(lambda: Server(sys.argv[1]), lambda server: f"{server.url} {ACCOUNT} {KEY}")
