#!/usr/bin/env python3
"""Reads output files with PyPI's leveldb-export and dumps each document as JSON: leveldb_export_peer.py FILE... >/dev/null"""
import json, os, sys

# The App Engine library that it stands on wants to be told who it is.
os.environ.setdefault("APPLICATION_ID", "s~bench-project")
from leveldb_export import parse_leveldb_documents  # noqa: E402


def main():
    for path in sys.argv[1:]:
        for document in parse_leveldb_documents(path):
            sys.stdout.write(json.dumps(document, default=str) + "\n")


main()
