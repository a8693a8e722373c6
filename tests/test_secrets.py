#!/usr/bin/env python3
"""Secrets: stored encrypted, named by jobs, and shown nowhere."""
import base64
import json
import os
import pathlib
import pty
import re
import socket
import subprocess
import unittest
from unittest import mock

import boto3
import botocore.config
import s3_server
from harness import PROGRAM, Case, generate

PLANTED = "pl4nted-s3cret-value"


class Secrets(Case):
    def setUp(self):
        super().setUp()
        kept = {k: v for k, v in s3_server.clean_environment().items() if not k.startswith("DATAHAUL_SECRETS")}
        environment = mock.patch.dict(os.environ, {**kept, "XDG_CONFIG_HOME": str(self.tmp / "config"), "AWS_CONFIG_FILE": "/nowhere",
                                                   "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}, clear=True)
        environment.start()
        self.addCleanup(environment.stop)

    def store(self, name, *args, text="", expect=0):
        command = [str(a) for a in (PROGRAM, "secrets", "set", name, *args, "--data-dir", self.data_dir)]
        run = subprocess.run(command, input=text.encode(), capture_output=True, timeout=60, check=False)
        self.assertEqual(run.returncode, expect, run.stderr.decode())
        return run

    def holders(self, folder, value):
        """Files that hold a value, as it is or as base64."""
        forms = (value.encode(), base64.b64encode(value.encode()))
        return [p for p in folder.rglob("*") if p.is_file() and any(form in p.read_bytes() for form in forms)]

    def test_from_standard_input_a_file_and_the_command_line(self):
        self.datahaul("secrets", "make-key")
        self.store("a", "one", "two", text=f"{PLANTED}\nsecond\n")
        (self.tmp / "value").write_text(f"{PLANTED}\n")
        self.store("b", "--from-file", f"key.json={self.tmp / 'value'}")
        self.assertEqual(self.store("b", "--from-file", "key.json=-", text=PLANTED).stderr, b"")
        warned = self.store("c", "--literal", f"k={PLANTED}").stderr.decode()
        self.assertIn("warning: --literal", warned)
        self.assertNotIn(PLANTED, warned)
        listed = [json.loads(line) for line in self.datahaul("secrets", "list", "--json").stdout.splitlines()]
        self.assertEqual(listed, [{"name": "a", "keys": ["one", "two"]}, {"name": "b", "keys": ["key.json"]}, {"name": "c", "keys": ["k"]}])
        self.assertEqual(self.holders(self.data_dir, PLANTED), [])
        self.datahaul("secrets", "rm", "b")
        self.assertNotIn(b"key.json", self.datahaul("secrets", "list").stdout)
        self.datahaul("secrets", "rm", "b", expect=5)

    def test_without_a_key_nothing_is_asked_for_or_stored(self):
        error = self.store("a", "one", text="x\n", expect=5).stderr.decode()
        command = re.search(r"`datahaul (secrets make-key)`", error)
        self.assertTrue(command, error)
        self.assertEqual(self.datahaul("secrets", "list").stdout, b"")
        self.datahaul(*command[1].split())
        self.store("a", "one", text="x\n")
        self.assertIn(b"there is one already", self.datahaul("secrets", "make-key", expect=5).stderr)

    def test_what_is_wrong_is_said(self):
        self.datahaul("secrets", "make-key")
        for args, text, found in ((["one", "two"], "x\n", "standard input has ended"), ([], "", "found none"),
                                  (["one", "--literal", "one=x"], "y\n", "given twice"), (["--from-file", PLANTED], "", "no '='"),
                                  (["a/b"], "x\n", "naming a key")):
            error = self.store("a", *args, text=text, expect=2).stderr.decode()
            self.assertIn(found, error)
            self.assertNotIn(PLANTED, error)

    def test_a_terminal_does_not_show_what_is_typed(self):
        self.datahaul("secrets", "make-key")
        ours, theirs = pty.openpty()
        process = subprocess.Popen([str(PROGRAM), "secrets", "set", "a", "one", "--data-dir", str(self.data_dir)], stdin=theirs, stdout=theirs,
                                   stderr=theirs)
        self.addCleanup(process.kill)
        os.close(theirs)
        shown = b""
        while b"one: " not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, f"{PLANTED}\n".encode())
        self.assertEqual(process.wait(60), 0)
        try:
            while more := os.read(ours, 1000):
                shown += more
        except OSError:
            pass  # the other side is closed
        os.close(ours)
        self.assertNotIn(PLANTED.encode(), shown)

    def test_a_job_holds_the_name_and_shows_nothing(self):
        server = s3_server.Server("minio")
        self.addCleanup(server.remove)
        client = boto3.client("s3", endpoint_url=server.url, aws_access_key_id=s3_server.ACCESS, aws_secret_access_key=s3_server.SECRET,
                              region_name="us-east-1", config=botocore.config.Config(s3={"addressing_style": "path"}))
        generate(self.tmp / "export", "--records 60 --special --small --files 2")
        for path in (self.tmp / "export").rglob("*"):
            if path.is_file():
                client.upload_file(str(path), s3_server.BUCKET, f"e/{path.relative_to(self.tmp / 'export')}")
        address, flags = f"s3://{s3_server.BUCKET}/e", ["--s3-endpoint", server.url, "--s3-region", "us-east-1"]
        self.datahaul("secrets", "make-key")
        self.store("nightly", "access-key-id", "secret-access-key", text=f"{s3_server.ACCESS}\n{s3_server.SECRET}\n")
        self.store("renamed", "AccessKey", "Secret", text=f"{s3_server.ACCESS}\n{s3_server.SECRET}\n")
        self.store("wrong", "access-key-id", "secret-access-key", text=f"{s3_server.ACCESS}\n{PLANTED}\n")
        self.store("short", "access-key-id", text=f"{PLANTED}\n")

        names = ["--secret-key", "access-key-id=AccessKey", "--secret-key", "secret-access-key=Secret"]
        self.assertIn(b"70 records", self.datahaul("inspect", address, *flags, "--s3-secret", "renamed", *names).stdout)
        self.datahaul("copy", self.tmp / "export", self.tmp / "local", "--quiet")
        self.datahaul("copy", address, self.tmp / "out", *flags, "--s3-secret", "nightly", "--json")
        self.assertSameTree(self.tmp / "local", self.tmp / "out")
        job = self.datahaul("jobs", "list", "--json").stdout.splitlines()[0]
        shown = self.datahaul("jobs", "get", json.loads(job)["id"], "--json").stdout
        self.assertIn(b"nightly", shown)

        for secret, message in (("wrong", "does not accept access key"), ("short", "secret-access-key"), ("none", "datahaul secrets set none")):
            run = self.datahaul("copy", address, self.tmp / secret, *flags, "--s3-secret", secret, expect=5)
            self.assertIn(message, run.stderr.decode())
            shown += run.stdout + run.stderr
        for value in (s3_server.SECRET, PLANTED):
            self.assertNotIn(value.encode(), shown)
            self.assertEqual(self.holders(self.tmp, value), [])

    def test_a_process_that_has_read_one_leaves_no_core_file(self):
        self.datahaul("secrets", "make-key")
        self.store("nightly", "access-key-id", "secret-access-key", text=f"AKIA\n{PLANTED}\n")
        with socket.socket() as silent:  # takes the connection and says nothing: the copy waits
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            process = subprocess.Popen([str(PROGRAM), "inspect", "s3://bucket/x", "--s3-secret", "nightly", "--s3-endpoint",
                                        f"http://127.0.0.1:{silent.getsockname()[1]}", "--data-dir", str(self.data_dir)], stderr=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            silent.settimeout(60)
            connection = silent.accept()[0]
            with connection:
                limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
                self.assertRegex(limits, r"Max core file size +0 +0 ")
                words = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
                self.assertNotIn(PLANTED.encode(), words)


if __name__ == "__main__":
    unittest.main()
