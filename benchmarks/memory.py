"""The memory of a worker's process over two hundred runs, one after the other."""

import os
from pathlib import Path
from statistics import linear_regression

from benchmarks._client import Client
from benchmarks._site import children, worker
from benchmarks.report import Report

RUNS, WARM_UP, EVERY = 240, 40, 5
ORDER = {"parameters": {"rate_rps": 60.0}, "duration_s": 20.0, "arms": ["windowed"], "world": "simulated"}


def run(report: Report) -> None:
    started = children()
    try:
        pool = worker(started, "simulation", include="benchmarks._noop")
        client = Client(started.web().url)
        runs: list[float] = []
        sizes: list[float] = []
        for number in range(1, RUNS + 1):
            state = client.post("/labs/circuit-breaker/runs/", ORDER)
            client.until(state["events_url"], b'"type":"end"')
            if number > WARM_UP and number % EVERY == 0:
                runs.append(float(number))
                sizes.append(_memory_kib(pool.pid))
        client.close()
        growth_kib = linear_regression(runs, sizes).slope
        report.show(
            f"worker's process after {WARM_UP} and after {RUNS} runs", f"{sizes[0] / 1024:.1f}, {sizes[-1] / 1024:.1f} MiB"
        )
        report.at_most(f"growth over {RUNS - WARM_UP} runs, by regression", growth_kib, 4.0, "KiB a run")
    finally:
        started.close()


def _memory_kib(worker_pid: int) -> float:
    """Resident memory of the pool's only child, which computes."""
    children = Path(f"/proc/{worker_pid}/task/{worker_pid}/children").read_text().split()
    pages = max(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024
