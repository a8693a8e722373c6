#!/usr/bin/env python3
"""From every store into every other, and from a folder: the bytes are those of a copy between folders."""
import os
import unittest
from unittest import mock

import azure_server
import gcs_server
import s3_server
from harness import Case, generate


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


if __name__ == "__main__":
    unittest.main()
