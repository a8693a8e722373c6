#!/usr/bin/env python3
"""The README's commands and those of the guides work as they stand.

Run are: in docs/guide/*.md the ```sh blocks behind a `<!-- run -->` comment, and so in README.md; in the README also each line of code
that begins with build/datahaul. All in a folder where EXPORT is a sample export, and datahaul is on the path.
"""
import os
import re
import subprocess
import unittest

import azure_server
import boto3
import botocore.config
import gcs_server
import s3_server
from harness import PROGRAM, ROOT, Case, generate

MARKED = re.compile(r"<!-- run -->\s*\n```sh\n(.*?)```", re.S)
COMMAND = re.compile(r"^(?: {4})?(build/datahaul .*?)(?:\s+#.*)?$", re.M)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def documents():
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


class DocsTest(Case):
    def setUp(self):
        super().setUp()
        generate(self.tmp / "EXPORT", "--records 60 --special --small --files 2", truth=self.tmp / "truth")
        (self.tmp / "build").mkdir()
        (self.tmp / "build" / "datahaul").symlink_to(PROGRAM)
        self.env = {**os.environ, "PATH": f"{self.tmp / 'build'}:{os.environ['PATH']}", "XDG_STATE_HOME": str(self.tmp / "state"),
                    "XDG_CONFIG_HOME": str(self.tmp / "config")}

    def run_script(self, script):
        run = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self.tmp, env=self.env, capture_output=True, check=False)
        self.assertEqual(run.returncode, 0, f"{script}\n{run.stderr.decode()[-2000:]}")

    def fill_bucket(self):
        """The sample as s3://backups/2026-11-21."""
        server = s3_server.Server("minio")
        self.addCleanup(server.remove)
        server.make_bucket("backups")
        self.env = {**self.env, **server.environment, "PATH": self.env["PATH"], "XDG_STATE_HOME": self.env["XDG_STATE_HOME"],
                    "XDG_CONFIG_HOME": self.env["XDG_CONFIG_HOME"]}
        client = boto3.client("s3", endpoint_url=server.url, aws_access_key_id=s3_server.ACCESS, aws_secret_access_key=s3_server.SECRET,
                              region_name="us-east-1", config=botocore.config.Config(s3={"addressing_style": "path"}))
        for path in (self.tmp / "EXPORT").rglob("*"):
            if path.is_file():
                client.upload_file(str(path), "backups", f"2026-11-21/{path.relative_to(self.tmp / 'EXPORT')}")

    def fill_google_bucket(self):
        """The sample as gs://backups/2026-11-21."""
        server = gcs_server.Server("fake-gcs-server")
        self.addCleanup(server.remove)
        server.make_bucket("backups")
        self.env = {**self.env, "STORAGE_EMULATOR_HOST": server.url}
        for path in (self.tmp / "EXPORT").rglob("*"):
            if path.is_file():
                server.put("backups", f"2026-11-21/{path.relative_to(self.tmp / 'EXPORT')}", path.read_bytes())

    def fill_container(self):
        """The sample as az://backups/2026-11-21."""
        server = azure_server.Server("azurite")
        self.addCleanup(server.remove)
        server.make_container("backups")
        self.env["AZURE_STORAGE_CONNECTION_STRING"] = server.environment["AZURE_STORAGE_CONNECTION_STRING"]
        server.put_folder(self.tmp / "EXPORT", "backups/2026-11-21")

    def test_readme(self):
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        commands = COMMAND.findall(text)
        self.assertTrue(commands, "the README shows the program at work")
        for command in commands:
            with self.subTest(command):
                self.run_script(command)
        for script in MARKED.findall(text):
            with self.subTest(script):
                self.run_script(script)

    def test_guides(self):
        for path in sorted((ROOT / "docs/guide").glob("*.md")):
            if path.name == "README.md":
                continue
            with self.subTest(path.name):
                if path.name == "object-stores.md":
                    self.fill_bucket()
                    self.fill_google_bucket()
                    self.fill_container()
                self.run_script("find . -mindepth 1 -maxdepth 1 ! -name EXPORT ! -name build ! -name truth -exec rm -r {} +")
                scripts = MARKED.findall(path.read_text(encoding="utf-8"))
                self.assertTrue(scripts)
                for script in scripts:
                    self.run_script(script)

    def test_links_lead_somewhere(self):
        for path in documents():
            for link in LINK.findall(path.read_text(encoding="utf-8")):
                with self.subTest(f"{path.relative_to(ROOT)}: {link}"):
                    self.assertTrue((path.parent / link).exists())


if __name__ == "__main__":
    unittest.main()
