"""What servers for tests share: a temporary folder, a loopback port of its own, and an end with whoever started it."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = os.path.join(ROOT, "build", "deps", "servers")  # where script/setup puts them
START_TIMEOUT = 60
PORTS = 3  # tried: somebody else may take a free port first
# What would lead a client elsewhere: the developer's own accounts, endpoints and proxies.
CLOUDS = ("AWS_", "GOOGLE_", "GCE_", "CLOUDSDK_", "STORAGE_", "AZURE_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


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
    return {k: v for k, v in os.environ.items() if not k.startswith(CLOUDS) and k.lower() not in PROXIES}


class Ended(RuntimeError):
    """The server's process ended before it answered."""


class LoopbackServer:
    """Started when made. A kind of server says how in launch(), which calls run_forever(), and answers()."""

    stopped_by = signal.SIGKILL

    def __init__(self, kind):
        self.kind = kind
        self.folder = tempfile.mkdtemp(prefix=f"datahaul-{kind}-")
        self.log = os.path.join(self.folder, "log")
        self.process = None
        try:
            self.make()
        except BaseException:  # also when interrupted: whoever asked has no server to remove
            self.remove()
            raise

    def make(self):
        for left in reversed(range(PORTS)):
            self.port = free_port()
            try:
                return self.start()
            except Ended:
                if left == 0:
                    raise

    def launch(self):
        raise NotImplementedError

    def answers(self):
        """True once the server does what it is for."""
        raise NotImplementedError

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def run_forever(self, command, **options):
        """`command` begins with setpriv's own arguments: the server dies with us, even if we are killed."""
        with open(self.log, "ab") as log:
            # A group of its own: Ctrl-C at the terminal is for the test.
            self.process = subprocess.Popen(["setpriv", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, **options)

    def start(self):
        self.launch()
        end = time.monotonic() + START_TIMEOUT
        while not self.answers():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise (Ended if ended else RuntimeError)(f"the server did not start: {log.read()[-2000:]}")
            time.sleep(0.02)

    def stop(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None

    def remove(self):
        self.stop(self.stopped_by)
        shutil.rmtree(self.folder, ignore_errors=True)


def serve(start, line_of):
    """A program of its own: prints what is to be known of the server, which it stops when its standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = start()
    try:
        print(line_of(server), flush=True)
        while sys.stdin.buffer.read(4096):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        server.remove()
