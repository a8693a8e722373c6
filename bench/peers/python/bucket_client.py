#!/usr/bin/env python3
"""What the stores' own Python clients take for the same bytes.

usage: bucket_client.py s3|gcs ENDPOINT get BUCKET PREFIX FOLDER      every object below PREFIX into FOLDER, several at once
       bucket_client.py s3|gcs ENDPOINT put BUCKET PREFIX FOLDER      every file of FOLDER, several at once
       bucket_client.py s3|gcs ENDPOINT read BUCKET PREFIX            lists, and reads one object after the other into memory
"""
import concurrent.futures
import os
import sys

AT_ONCE = 8


class S3:
    def __init__(self, endpoint, bucket):
        import boto3
        import botocore.config
        config = botocore.config.Config(s3={"addressing_style": "path"}, max_pool_connections=4 * AT_ONCE)
        self.client, self.bucket = boto3.client("s3", endpoint_url=endpoint, config=config), bucket

    def names(self, prefix):
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            yield from (found["Key"] for found in page.get("Contents", []))

    def get(self, name, path):
        self.client.download_file(self.bucket, name, path)

    def put(self, name, path):
        self.client.upload_file(path, self.bucket, name)

    def read(self, name):
        return self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()


class Gcs:
    def __init__(self, endpoint, bucket):
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage
        self.bucket = storage.Client("test", AnonymousCredentials(), client_options={"api_endpoint": endpoint}).bucket(bucket)

    def names(self, prefix):
        return (blob.name for blob in self.bucket.list_blobs(prefix=prefix))

    def get(self, name, path):
        self.bucket.blob(name).download_to_filename(path)

    def put(self, name, path):
        self.bucket.blob(name).upload_from_filename(path)

    def read(self, name):
        return self.bucket.blob(name).download_as_bytes()


def main():
    kind, endpoint, action, bucket, prefix, *folder = sys.argv[1:]
    client = {"s3": S3, "gcs": Gcs}[kind](endpoint, bucket)
    if action == "read":
        sizes = [len(client.read(name)) for name in client.names(prefix + "/")]
        print(len(sizes), sum(sizes))
        return
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        if action == "get":
            paths = {name: os.path.join(folder[0], os.path.relpath(name, prefix)) for name in client.names(prefix + "/")}
            for path in paths.values():
                os.makedirs(os.path.dirname(path), exist_ok=True)
            list(pool.map(client.get, paths.keys(), paths.values()))
        else:
            paths = [os.path.join(at, name) for at, _, names in os.walk(folder[0]) for name in names]
            list(pool.map(client.put, (f"{prefix}/{os.path.relpath(path, folder[0])}" for path in paths), paths))


if __name__ == "__main__":
    main()
