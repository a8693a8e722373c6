"""A test case that looks at jobs, and kills them."""
import json
import signal
import subprocess

from harness import PROGRAM, Case


class JobsCase(Case):
    def jobs(self):
        """{id: what `jobs list` says}"""
        run = self.datahaul("jobs", "list", "--json")
        return {job["id"]: job for job in map(json.loads, run.stdout.splitlines()) if "id" in job}

    def kill_and_resume(self, copy, took, r, kills=5, earliest=0.1):
        """Runs `datahaul COPY…`, which alone takes `took` seconds, kills it so many times after `earliest` to 0.9 of that, and resumes it until it has succeeded."""
        known, job, killed = set(self.jobs()), None, 0
        for _ in range(kills + 20):
            args = ("jobs", "resume", job) if job else copy
            with subprocess.Popen([PROGRAM, *map(str, args), "--quiet", "--data-dir", self.data_dir], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
                try:
                    run.wait(timeout=r.uniform(earliest, 0.9) * took if killed < kills else 60)
                    break
                except subprocess.TimeoutExpired:
                    run.send_signal(signal.SIGKILL)
                    run.wait()
                    killed += 1
            job = next(iter(set(self.jobs()) - known), None)
            if job and self.jobs()[job]["state"] == "succeeded":
                break
        self.assertGreater(killed, 0)
        if job:
            self.assertEqual(self.jobs()[job]["state"], "succeeded")
