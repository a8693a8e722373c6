"""A test case beside an S3 server."""
import os
from unittest import mock

import boto3
import botocore.config
import s3_server
from harness import Case


class S3Case(Case):
    """Has a server of KIND, an environment in which all find it, and another client of it than datahaul."""
    KIND = "minio"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = s3_server.Server(cls.KIND)
        cls.addClassCleanup(cls.server.remove)
        environment = mock.patch.dict(os.environ, cls.server.environment, clear=True)
        environment.start()
        cls.addClassCleanup(environment.stop)
        # Path style, as MinIO wants it.
        cls.client = boto3.client("s3", endpoint_url=cls.server.url, config=botocore.config.Config(s3={"addressing_style": "path"}))

    def put(self, folder, prefix):
        """Uploads a folder; returns its address."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.client.upload_file(str(path), s3_server.BUCKET, f"{prefix}/{path.relative_to(folder)}")
        return f"s3://{s3_server.BUCKET}/{prefix}"

    def keys(self, prefix):
        """Of all objects below it, without it."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=s3_server.BUCKET, Prefix=prefix + "/")
        return sorted(item["Key"][len(prefix) + 1:] for page in pages for item in page.get("Contents", []))
