#!/usr/bin/env python3
"""From every store into every other, and from a folder: the bytes are those of a copy between folders."""
import os
import subprocess
import unittest
from unittest import mock

import azure_server
import gcs_server
import s3_server
from harness import PROGRAM, Case, generate


class Clouds(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roots = {}
        environment = {}
        for root, server in ((f"s3://{s3_server.BUCKET}", s3_server.Server("minio")), (f"gs://{gcs_server.BUCKET}", gcs_server.Server("fake-gcs-server")),
                             (f"az://{azure_server.CONTAINER}", azure_server.Server("azurite"))):
            cls.addClassCleanup(server.remove)
            cls.roots[root[:2]] = root
            environment |= server.environment
        patched = mock.patch.dict(os.environ, environment)
        patched.start()
        cls.addClassCleanup(patched.stop)

    def test_every_store_into_every_other(self):
        generate(self.tmp / "export", "16 --datastore --files 2")
        self.copy(self.tmp / "export", self.tmp / "local")
        for name, root in self.roots.items():
            self.copy(self.tmp / "export", f"{root}/first")
        for source, from_root in self.roots.items():
            for sink, to_root in self.roots.items():
                with self.subTest(f"{source} to {sink}"):
                    there = f"{to_root}/from-{source}"
                    self.copy(f"{from_root}/first", there)
                    self.copy(there, self.tmp / f"{source}-{sink}")
                    self.assertSameTree(self.tmp / "local", self.tmp / f"{source}-{sink}")
                    self.datahaul("verify", there, self.tmp / "export", "--quiet")

    def test_formats_and_replacing(self):
        generate(self.tmp / "export", "4 --files 2")
        for number, options in enumerate((["--format", "csv"], ["--format", "parquet"], ["--compression", "zstd"], ["--layout", "namespace"])):
            self.datahaul("copy", self.tmp / "export", self.tmp / f"local-{number}", *options, "--quiet")
            for name, root in self.roots.items():
                with self.subTest(f"{name} {options}"):
                    there = f"{root}/same-place"
                    self.datahaul("copy", self.tmp / "export", there, *options, "--quiet", *["--if-exists", "replace"] * (number > 0))
                    self.datahaul("verify", self.tmp / f"local-{number}", there, "--quiet")
                    self.datahaul("copy", self.tmp / "export", there, *options, "--quiet", expect=5)


class TwoStoresOfOneCloud(Case):
    """Each end with an endpoint and credentials of its own."""

    def test_from_one_into_the_other(self):
        minio = s3_server.Server("minio")
        self.addCleanup(minio.remove)
        with mock.patch.multiple(s3_server, ACCESS="another-access-key", SECRET="another-secret"):
            gateway = s3_server.Server("versitygw")
            self.addCleanup(gateway.remove)
            command = [str(a) for a in (PROGRAM, "secrets", "set", "gateway", "access-key-id", "secret-access-key", "--data-dir", self.data_dir)]
            values = f"{s3_server.ACCESS}\n{s3_server.SECRET}\n"
        environment = minio.environment | {"XDG_CONFIG_HOME": str(self.tmp / "config")}
        del environment["AWS_ENDPOINT_URL"], environment["AWS_REGION"]
        generate(self.tmp / "export", "12 --datastore --files 2")
        here, there = f"s3://{s3_server.BUCKET}/here", f"s3://{s3_server.BUCKET}/there"
        at_minio, at_gateway = ["--s3-endpoint", minio.url], ["--s3-endpoint", gateway.url, "--s3-secret", "gateway"]
        with mock.patch.dict(os.environ, environment, clear=True):
            self.datahaul("secrets", "make-key")
            subprocess.run(command, input=values.encode(), check=True, capture_output=True, timeout=60)
            self.copy(self.tmp / "export", self.tmp / "local")
            self.copy(self.tmp / "export", here, *at_minio)
            both = [*at_gateway, "--from-s3-endpoint", minio.url]
            self.copy(here, there, *both)
            self.datahaul("verify", here, there, *both, "--quiet")
            self.copy(there, self.tmp / "back", *at_gateway)
            # The other way round, each with a secret.
            self.copy(there, f"{here}-again", *at_minio, "--from-s3-endpoint", gateway.url, "--from-s3-secret", "gateway")
            self.copy(f"{here}-again", self.tmp / "again", *at_minio)
            refused = self.copy(here, f"{there}-2", "--s3-endpoint", gateway.url, "--from-s3-endpoint", minio.url, expect=5)
            self.assertIn(f"access key {s3_server.ACCESS}", refused.stderr.decode())
        for copied in ("back", "again"):
            self.assertSameTree(self.tmp / "local", self.tmp / copied)


if __name__ == "__main__":
    unittest.main()
