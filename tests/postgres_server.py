#!/usr/bin/env python3
"""A PostgreSQL server for tests: in a temporary folder, on a loopback port of its own, never the machine's.

As a program it prints the server's URL, and stops the server when its standard input ends, also because whoever started
it has died. PostgreSQL does not run as root: there it becomes the user postgres.
"""
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_TIMEOUT = 60
PORTS = 3  # tried: somebody else may take a free port first

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "fsync": "off",
    "full_page_writes": "off",
    "logging_collector": "off",
}


def programs():
    """The folder of the newest server's programs."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda p: int(p.split("/")[4]))
    if not found:
        raise RuntimeError("no PostgreSQL server in /usr/lib/postgresql: run script/setup")
    return os.path.dirname(found[-1])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Ended(RuntimeError):
    """The server's process ended before it answered."""


class Server:
    def __init__(self, follows=None):
        """`follows`: the server whose standby this is, kept up to date asynchronously."""
        self.folder = tempfile.mkdtemp(prefix="datahaul-postgres-")
        self.data = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "log")
        self.process = None
        try:
            self.make(follows)
        except BaseException:  # also when interrupted: whoever asked has no Server to remove
            self.remove()
            raise

    def make(self, follows):
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        if follows is None:
            self.run("initdb", "-D", self.data, "-A", "trust", "-U", "datahaul", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        else:
            self.run("pg_basebackup", "-D", self.data, "-d", follows.url, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync")
        for left in reversed(range(PORTS)):
            self.port = free_port()
            try:
                return self.start()
            except Ended:
                if left == 0:
                    raise

    @property
    def url(self):
        return f"postgresql://datahaul@127.0.0.1:{self.port}/postgres"

    def url_of(self, database):
        return self.url.rsplit("/", 1)[0] + "/" + database

    def command(self, program, *args):
        as_postgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        # It dies with us, even if we are killed; by SIGQUIT the server frees its shared memory.
        return ["setpriv", *as_postgres, "--pdeathsig=QUIT", os.path.join(programs(), program), *args]

    def run(self, program, *args):
        done = subprocess.run(self.command(program, *args), cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr[-2000:]}")
        return done.stdout

    def sql(self, text, database="postgres"):
        return self.run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text, self.url_of(database))

    def start(self):
        options = [word for name, value in {**SETTINGS, "port": self.port}.items() for word in ("-c", f"{name}={value}")]
        with open(self.log, "ab") as log:
            # A group of its own: Ctrl-C at the terminal is for the test.
            self.process = subprocess.Popen(self.command("postgres", "-D", self.data, *options), cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + START_TIMEOUT
        while subprocess.run(self.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)), cwd=self.folder, check=False).returncode != 0:
            ended = self.process.poll() is not None
            if ended or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise (Ended if ended else RuntimeError)(f"the server did not start: {log.read()[-2000:]}")
            time.sleep(0.02)

    def stop(self, how=signal.SIGINT):
        """SIGINT: at once, without losing what is committed. SIGQUIT: as a crash does."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None

    def promote(self):
        self.run("pg_ctl", "promote", "-D", self.data, "-w")

    def restart(self, how=signal.SIGINT):
        self.stop(how)
        self.start()

    def remove(self):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server()
    try:
        print(server.url, flush=True)
        while sys.stdin.buffer.read(4096):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        server.remove()


if __name__ == "__main__":
    main()
