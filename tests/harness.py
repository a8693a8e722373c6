"""What the end-to-end tests share: the program, temporary folders, generated exports, outputs read back."""
import contextlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("DATAHAUL", ROOT / "build" / "datahaul")).resolve()
EXPORTS = ROOT / "testdata" / "exports"
TRUTH = ROOT / "testdata" / "truth"

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
import make_export  # noqa: E402
import read_export  # noqa: E402


def generate(out, options, truth=None):
    """Makes an export in the folder `out`; `options` as on make_export.py's command line. Returns the sorted truth."""
    truth = Path(truth or f"{out}.truth")
    with contextlib.redirect_stdout(io.StringIO()):
        make_export.main([str(out), *shlex.split(options), "--truth", str(truth)])
    return sorted(truth.read_bytes().splitlines())


def export_root(sample):
    """The folder that holds the export of a committed sample (the emulator puts its own folder around it)."""
    inner = [p for p in sample.iterdir() if p.is_dir() and any(p.glob("*.overall_export_metadata"))]
    return inner[0] if inner else sample


def good_samples():
    return sorted(p for p in EXPORTS.iterdir() if not p.name.startswith("corrupt-"))


def oracle_lines(export):
    """What the independent reader makes of it, sorted."""
    return sorted(read_export.json_line(e).encode() for e in read_export.read_export(str(export)))


def tree(folder):
    """{relative path: bytes} of everything in a folder but the manifest, which holds times and ids."""
    folder = Path(folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "manifest.json"}


def data_files(folder, suffix=".typed.ndjson"):
    """{relative path: bytes} of the records' files: not the rejects, not the key index."""
    return {name: data for name, data in tree(folder).items() if name.endswith(suffix) and not name.startswith(("_rejects/", "_keys/"))}


def lines_of(folder, suffix=".typed.ndjson"):
    """All lines of all files, sorted."""
    return sorted(line for data in data_files(folder, suffix).values() for line in data.splitlines())


class Case(unittest.TestCase):
    """A test with a temporary folder and a data directory of its own."""

    @classmethod
    def setUpClass(cls):
        if not os.access(PROGRAM, os.X_OK):
            raise RuntimeError(f"no program at {PROGRAM}: build it, or set DATAHAUL to its path")

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="datahaul-test-")
        self.addCleanup(folder.cleanup)
        self.tmp = Path(folder.name)
        self.data_dir = self.tmp / "data-dir"

    @contextlib.contextmanager
    def small_disk(self, size):
        """A folder that holds no more than `size`; needs root."""
        folder = self.tmp / "disk"
        folder.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False)
        if mount.returncode != 0:
            self.skipTest(f"a small disk cannot be mounted here: {mount.stderr.decode().strip()}")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)

    def run_program(self, *args, timeout=120):
        args = [PROGRAM, *args] + ([] if str(args[0]).startswith("-") else ["--data-dir", self.data_dir])
        return subprocess.run([str(a) for a in args], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)

    def datahaul(self, *args, expect=0, timeout=120):
        """Runs the program and checks its exit code."""
        run = self.run_program(*args, timeout=timeout)
        if run.returncode != expect:
            self.fail(f"datahaul {' '.join(map(str, args))}\nexit code {run.returncode}, expected {expect}\n"
                      f"{run.stderr.decode(errors='replace')[-2000:]}{run.stdout.decode(errors='replace')[-500:]}")
        return run

    def copy(self, source, out, *args, expect=0):
        return self.datahaul("copy", source, out, "--format", "typed-ndjson", "--quiet", *args, expect=expect)

    def assertSameLines(self, found, expected):
        """Like assertEqual for sorted lists of lines, but its message shows the first difference only."""
        if found == expected:
            return
        missing, extra = set(expected) - set(found), set(found) - set(expected)
        show = lambda lines: "".join("\n  " + line[:2000].decode(errors="replace") for line in sorted(lines)[:2])  # noqa: E731
        self.fail(f"{len(found)} lines, expected {len(expected)}; {len(missing)} missing:{show(missing)}\n{len(extra)} extra:{show(extra)}")

    def assertSameTree(self, a, b):
        a, b = tree(a), tree(b)
        self.assertEqual(sorted(a), sorted(b))
        for name in a:
            if a[name] != b[name]:
                at = next((i for i, (x, y) in enumerate(zip(a[name], b[name])) if x != y), min(len(a[name]), len(b[name])))
                self.fail(f"{name} differs at byte {at}:\n  {a[name][max(0, at - 100):at + 200]!r}\n  {b[name][max(0, at - 100):at + 200]!r}")
