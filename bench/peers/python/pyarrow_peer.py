#!/usr/bin/env python3
"""Writes the rows of Parquet files again, from Python dictionaries, as a script with pyarrow does.

usage: pyarrow_peer.py FOLDER          FOLDER holds what tables_bench --rows has written

Prints a line "NAME seconds": pyarrow_dicts for building tables of dictionaries and writing them, which is what is compared
with datahaul; the dictionaries are there before its clock starts. One thread, the same compression.
"""
import os, sys, time

import pyarrow as pa
import pyarrow.parquet as pq


def main():
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    seconds = 0.0
    for name in sorted(os.listdir(sys.argv[1])):
        table = pq.read_table(os.path.join(sys.argv[1], name), use_threads=False)
        rows, schema = table.to_pylist(), table.schema
        start = time.perf_counter()
        out = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows, schema), out, compression="zstd", compression_level=1,
                       write_page_checksum=True)
        seconds += time.perf_counter() - start
    print(f"pyarrow_dicts {seconds:.6f}")


main()
