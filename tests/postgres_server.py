#!/usr/bin/env python3
"""A PostgreSQL server for tests: in a temporary folder, on a loopback port of its own, never the machine's.

As a program it prints the server's URL, and stops the server when its standard input ends, also because whoever started
it has died. PostgreSQL does not run as root: there it becomes the user postgres.
"""
import glob
import os
import shutil
import signal
import subprocess

from loopback_server import LoopbackServer, serve

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


class Server(LoopbackServer):
    stopped_by = signal.SIGQUIT  # frees its shared memory

    def __init__(self, follows=None):
        """`follows`: the server whose standby this is, kept up to date asynchronously."""
        self.follows = follows
        super().__init__("postgres")

    def make(self):
        self.data = os.path.join(self.folder, "data")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        if self.follows is None:
            self.run("initdb", "-D", self.data, "-A", "trust", "-U", "datahaul", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        else:
            self.run("pg_basebackup", "-D", self.data, "-d", self.follows.url, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync")
        super().make()

    @property
    def url(self):
        return f"postgresql://datahaul@{self.host}/postgres"

    def url_of(self, database):
        return self.url.rsplit("/", 1)[0] + "/" + database

    def command(self, program, *args):
        as_postgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        return [*as_postgres, "--pdeathsig=QUIT", os.path.join(programs(), program), *args]

    def run(self, program, *args):
        done = subprocess.run(["setpriv", *self.command(program, *args)], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr[-2000:]}")
        return done.stdout

    def sql(self, text, database="postgres"):
        return self.run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text, self.url_of(database))

    def launch(self):
        options = [word for name, value in {**SETTINGS, "port": self.port}.items() for word in ("-c", f"{name}={value}")]
        self.run_forever(self.command("postgres", "-D", self.data, *options), cwd=self.folder)

    def answers(self):
        is_ready = self.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port))
        return subprocess.run(["setpriv", *is_ready], cwd=self.folder, check=False).returncode == 0

    def stop(self, how=signal.SIGINT):
        """SIGINT: at once, without losing what is committed. SIGQUIT: as a crash does."""
        super().stop(how)

    def promote(self):
        self.run("pg_ctl", "promote", "-D", self.data, "-w")

    def restart(self, how=signal.SIGINT):
        self.stop(how)
        self.start()


if __name__ == "__main__":
    serve(Server, lambda server: server.url)
