"""The section "buckets" of bench/run: a copy from a bucket to a bucket beside the stores' own clients getting, then putting, the same bytes;
and many small objects. The servers are the tests' own, on this machine, and share its cores.
"""
import json, os, shutil, subprocess, sys

import inputs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import gcs_server  # noqa: E402
import s3_server  # noqa: E402

VENV = os.path.join(ROOT, "build", "venv-buckets", "bin")
MC = os.path.join(ROOT, "build", "bench", "mc")
CLIENT = [os.path.join(VENV, "python"), os.path.join(ROOT, "bench", "peers", "python", "bucket_client.py")]
SMALL = 10_000


class S3:
    """MinIO."""
    name, scheme, kind = "MinIO", "s3", "s3"

    def __init__(self):
        self.server = s3_server.Server("minio")
        self.url, self.bucket = self.server.url, s3_server.BUCKET
        access = {"AWS_DEFAULT_REGION": "us-east-1", "MC_HOST_bench": self.url.replace("://", f"://{s3_server.ACCESS}:{s3_server.SECRET}@")}
        self.environment = {**self.server.environment, **access, "AWS_S3_ADDRESSING_STYLE": "path"}

    def clients(self):
        """{name: (command to get a prefix into a folder, to put a folder)}"""
        aws = [f"{VENV}/aws", "s3", "cp", "--recursive", "--only-show-errors", "--endpoint-url", self.url]
        at = f"bench/{self.bucket}"
        return {"aws s3 cp": (lambda prefix, folder: [*aws, f"s3://{self.bucket}/{prefix}", folder],
                              lambda folder, prefix: [*aws, folder, f"s3://{self.bucket}/{prefix}"]),
                "mc cp": (lambda prefix, folder: [MC, "cp", "--quiet", "--recursive", f"{at}/{prefix}/", folder],
                          lambda folder, prefix: [MC, "cp", "--quiet", "--recursive", folder + "/", f"{at}/{prefix}/"]),
                "boto3, 8 threads": python_client(self)}


class Gcs:
    """fake-gcs-server."""
    name, scheme, kind = "fake-gcs-server", "gs", "gcs"

    def __init__(self):
        self.server = gcs_server.Server("fake-gcs-server")
        self.url, self.bucket, self.environment = self.server.url, gcs_server.BUCKET, self.server.environment

    def clients(self):
        return {"google-cloud-storage, 8 threads": python_client(self)}


def python_client(store):
    command = [*CLIENT, store.kind, store.url]
    return (lambda prefix, folder: [*command, "get", store.bucket, prefix, folder],
            lambda folder, prefix: [*command, "put", store.bucket, prefix, folder])


def measure(options, Run, Figures, show, table, goal, datahaul):
    """The section's tables, each as soon as it is there. `Run` and the others are bench/run's."""
    for section in (copies, small):
        for kind in (S3, Gcs):
            store = kind()
            try:
                yield section(options, store, Run, Figures, show, table, goal, datahaul)
            finally:
                store.server.remove()


def put(store, folder, prefix):
    subprocess.run([*CLIENT, store.kind, store.url, "put", store.bucket, prefix, folder], check=True, env={**os.environ, **store.environment})


def our_copy(options, store, Run, datahaul, source, sink, *flags):
    state = f"{options.folder}/state"
    shutil.rmtree(state, ignore_errors=True)
    return Run([datahaul, "copy", source, sink, "--data-dir", state, "--quiet", "--format", "typed-ndjson", "--if-exists", "replace", *flags],
               env=store.environment)


def copies(options, store, Run, Figures, show, table, goal, datahaul):
    figures, cpu, peaks = Figures(), Figures(), []
    export = inputs.make(options.folder, "1gb")
    local, got = f"{options.folder}/local", f"{options.folder}/got"
    shutil.rmtree(local, ignore_errors=True)
    if not our_copy(options, store, Run, datahaul, export, local).ok:
        return ""
    os.remove(f"{local}/manifest.json")
    put(store, export, "export")
    address = f"{store.scheme}://{store.bucket}"
    for _ in range(options.repeat):
        run = our_copy(options, store, Run, datahaul, f"{address}/export", f"{address}/ours")
        if run.ok:
            figures.add("datahaul copy", run.seconds)
            cpu.add("datahaul copy", run.cpu_seconds)
            peaks.append(run.peak_mb)
        for name, (get, put_back) in store.clients().items():
            shutil.rmtree(got, ignore_errors=True)
            os.makedirs(got)
            if not os.access(get("", "")[0], os.X_OK):
                continue
            runs = [Run(get("export", got), env=store.environment), Run(put_back(local, "theirs"), env=store.environment)]
            if all(run.ok for run in runs):
                figures.add(name, sum(run.seconds for run in runs))
                cpu.add(name, sum(run.cpu_seconds for run in runs))
    for folder in (local, got):
        shutil.rmtree(folder, ignore_errors=True)
    rows = [[name, show(figures[name], 2, " s"), f"{min(v):.2f} to {max(v):.2f}", show(cpu[name], 2, " s")] for name, v in figures.series.items()]
    fastest = min((figures[name] for name in figures.series if name != "datahaul copy"), default=None)
    ours = figures["datahaul copy"]
    goals = [goal("fastest client getting and putting / datahaul copy", fastest / ours if fastest and ours else None, 0.9),
             ["peak memory", show(max(peaks, default=None), 1, " MB"), "at most 128 MB", "" if not peaks else "yes" if max(peaks) <= 128 else "NO"]]
    return (table(f"Bucket to bucket, {store.name}: 1 GB of export in, typed NDJSON out", ["what", "seconds", "range", "client's processor time"], rows) +
            "\n" + table(f"Goals, {store.name}", ["what", "value", "goal", "met"], goals))


def small(options, store, Run, Figures, show, table, goal, datahaul):
    """Objects of one record: what a request costs."""
    figures, folder = Figures(), f"{options.folder}/small"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for number in range(SMALL):
        record = {"key": {"database": "", "namespace": "", "path": [["Small", f"name-{number}"]]}, "properties": {}}
        with open(f"{folder}/Small-{number:05}.typed.ndjson", "w", encoding="ascii") as f:
            f.write(json.dumps(record) + "\n")
    put(store, folder, "small")
    shutil.rmtree(folder)
    for _ in range(options.repeat):
        run = Run([datahaul, "inspect", f"{store.scheme}://{store.bucket}/small", "--json"], env=store.environment)
        if run.ok:
            figures.add("datahaul inspect", run.seconds)
        run = Run([*CLIENT, store.kind, store.url, "read", store.bucket, "small"], env=store.environment)
        if run.ok:
            figures.add("Python's client", run.seconds)
    rows = [[name, show(figures[name], 2, " s"), f"{min(v):.2f} to {max(v):.2f}"] for name, v in figures.series.items()]
    goals = [goal("Python's client / datahaul", figures.ratio("Python's client", "datahaul inspect"), 5)]
    return (table(f"{SMALL:,} small objects listed and read, {store.name}", ["what", "seconds", "range"], rows) + "\n" +
            table(f"Goal, {store.name}", ["ratio", "value", "goal", "met"], goals))
