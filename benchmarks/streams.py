"""A thousand open event streams on one web process, against bare Starlette streams on the same bus in the same run."""

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks._site import children
from benchmarks.report import Report

if TYPE_CHECKING:
    from labs.publisher import Publisher
    from tests.site import Child

RUNS, READERS, RATE_PER_S, LASTS_S, ROUNDS = 100, 10, 10, 8, 2
RECONNECT_WAVES = 5


def run(report: Report) -> None:
    started = children()
    try:
        site = started.web()
        port = site.url.rpartition(":")[2]
        bare = started._start(["benchmarks._bare"], {"PORT": str(int(port) + 1)})
        bare.url = f"http://127.0.0.1:{int(port) + 1}"
        _wait(bare)
        ours: list[dict[str, Any]] = []
        theirs: list[dict[str, Any]] = []
        for _ in range(ROUNDS):
            ours.append(_measure(site))
            theirs.append(_measure(bare))
        _tell(report, ours, theirs)
        report.exactly(f"{RECONNECT_WAVES * RUNS * READERS:,} reconnects with resume, failures", _reconnect(site, report), 0)
    finally:
        started.close()


def _tell(report: Report, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    mine_s, yours_s = (sum(one["cpu_s"] for one in some) / sum(one["got"] for one in some) for some in (ours, theirs))
    expected = ROUNDS * RUNS * READERS * RATE_PER_S * LASTS_S
    report.exactly(f"events lost of {expected:,}", sum(one["lost"] for one in ours), 0)
    report.exactly("events doubled or out of turn", sum(one["wrong"] for one in ours), 0)
    report.show("CPU per delivered event", f"{mine_s * 1e6:.1f} µs")
    report.show("CPU per delivered event, bare Starlette", f"{yours_s * 1e6:.1f} µs")
    report.at_most("CPU per delivered event / bare Starlette", mine_s / yours_s, 1.3)
    report.show("delay p50", f"{max(one['p50_s'] for one in ours) * 1e3:.1f} ms")
    report.show("delay p99", f"{max(one['p99_s'] for one in ours) * 1e3:.1f} ms")
    report.show("delay p99, bare Starlette", f"{max(one['p99_s'] for one in theirs) * 1e3:.1f} ms")
    report.show("memory per open stream", f"{ours[0]['memory_bytes'] / 1024:.1f} KiB")
    report.show("memory per open stream, bare Starlette", f"{theirs[0]['memory_bytes'] / 1024:.1f} KiB")


def _measure(web: "Child") -> dict[str, Any]:
    """Open all streams, feed them for a while, and see what came through at what price."""
    from labs.capabilities import events_token
    from labs.publisher import Publisher

    runs = [uuid.uuid4() for _ in range(RUNS)]
    publishers = [Publisher(run, 1, [0.0], world="live") for run in runs]
    for publisher in publishers:
        publisher.add(b'{"type":"started"}', 0.0)
    paths = [f"/labs/runs/{run}/events?token={events_token(run)}" for run in runs for _ in range(READERS)]
    before = _memory_bytes(web.pid)
    last = RATE_PER_S * LASTS_S
    readers = _readers(web, paths=paths, last=-1, until=last, waves=0)
    assert readers.stdout is not None
    assert readers.stdout.readline() == b"open\n", "the streams did not open"
    memory = (_memory_bytes(web.pid) - before) / len(paths)
    cpu_s = _cpu_s(web.pid)
    _feed(publishers)
    found: dict[str, Any] = orjson.loads(readers.stdout.readline())
    readers.wait()
    return found | {"cpu_s": _cpu_s(web.pid) - cpu_s, "memory_bytes": memory}


def _feed(publishers: "list[Publisher]") -> None:
    """Each run gets its events evenly spaced, the runs spread over the interval between two events."""
    interval_s = 1.0 / RATE_PER_S
    began_s = time.monotonic()
    values = ",".join(f'"series_{place}":{place}.123456' for place in range(14))
    for step in range(RATE_PER_S * LASTS_S):
        for place, publisher in enumerate(publishers):
            due_s = began_s + (step + place / len(publishers)) * interval_s
            if (early_s := due_s - time.monotonic()) > 0:
                time.sleep(early_s)
            head = f'{{"type":"sample","t":{step},"arm":"windowed","values":{{{values}}},"sent_s":'
            publisher.add(f"{head}{time.monotonic():.6f}}}".encode(), float(step))


def _reconnect(web: "Child", report: Report) -> int:
    from labs.capabilities import events_token
    from labs.publisher import Publisher

    runs = [uuid.uuid4() for _ in range(RUNS)]
    for one in runs:
        publisher = Publisher(one, 1, [0.0], world="live")
        for number in range(60):
            publisher.add(b'{"type":"sample","t":%d}' % number, float(number))
    paths = [f"/labs/runs/{one}/events?token={events_token(one)}" for one in runs for _ in range(READERS)]
    readers = _readers(web, paths=paths, last=30, until=59, waves=RECONNECT_WAVES)
    assert readers.stdout is not None
    found = orjson.loads(readers.stdout.readline())
    readers.wait()
    report.show("reconnects with resume per second", f"{RECONNECT_WAVES * len(paths) / found['wall_s']:.0f}/s")
    return int(found["failures"])


def _readers(web: "Child", **order: Any) -> "subprocess.Popen[bytes]":
    host, _, port = web.url.removeprefix("http://").partition(":")
    root = Path(__file__).resolve().parent.parent
    readers = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._readers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    )
    assert readers.stdin is not None
    readers.stdin.write(orjson.dumps({"host": host, "port": int(port), **order}) + b"\n")
    readers.stdin.flush()
    return readers


def _wait(web: "Child") -> None:
    from tests.site import answers

    deadline_s = time.monotonic() + 30
    while not answers(f"{web.url}/livez"):
        assert time.monotonic() < deadline_s, web.output()
        time.sleep(0.05)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
