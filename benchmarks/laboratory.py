"""Every lab at its defaults: how many requests a second are simulated, how much faster than the clock, and in what memory."""

import json
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.report import Report
from labs.experiments.catalogue import experiments

REAL_TIMES = 20.0
MEMORY_MIB = 300.0
LONGEST_S = 600.0

ONE_RUN = """
import json, resource, sys, time
from labs.experiments.catalogue import get
from labs.experiments.events import Finished
from labs.experiments.simulate import simulate
spec = get(sys.argv[1]).spec()
began_s = time.perf_counter()
requests = next(event.requests for event in simulate(spec) if isinstance(event, Finished))
wall_s = time.perf_counter() - began_s
peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"virtual_s": spec.duration_s, "wall_s": wall_s, "requests": requests, "memory_mib": peak_kib / 1024}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A default run: all default arms, to its end."""

    virtual_s: float
    wall_s: float
    requests: int
    memory_mib: float


def run(report: Report) -> None:
    largest = 0.0
    for slug in experiments():
        measured = default_run(slug)
        largest = max(largest, measured.memory_mib)
        rate = f"{measured.requests / measured.wall_s:,.0f}/s"
        report.show(f"{slug}: {measured.requests:,} requests in {measured.wall_s:.2f} s, {measured.memory_mib:.0f} MiB", rate)
        report.at_least(f"{slug}: virtual time / wall time", measured.virtual_s / measured.wall_s, REAL_TIMES)
    report.at_most("largest peak memory of a process that computes one default run", largest, MEMORY_MIB, "MiB")


def default_run(slug: str) -> Measured:
    """In a process of its own, so that the memory is this lab's."""
    done = subprocess.run([sys.executable, "-c", ONE_RUN, slug], capture_output=True, text=True, check=True, timeout=LONGEST_S)
    return Measured(**json.loads(done.stdout))
