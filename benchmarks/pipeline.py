"""From the form to the first event on the stream, and from a change to the first event of its take."""

import time
from statistics import median, quantiles

from benchmarks._client import Client
from benchmarks._site import children, worker
from benchmarks.report import Report

ROUNDS = 120
CHANGES = 25
IDLE_S = 0.01
"""After each task: the worker acknowledges it and asks for the next."""
ORDER = {"parameters": {}, "duration_s": 10.0, "arms": ["none"], "world": "simulated"}
WHOLE = {"parameters": {}, "duration_s": 120.0, "world": "simulated"}


def run(report: Report) -> None:
    started = children()
    try:
        worker(started, "simulation", include="benchmarks._noop")
        client = Client(started.web().url)
        starts, firsts = [], []
        for _ in range(ROUNDS):  # in turn, so that both see the same machine
            starts.append(_noop_start_s())
            firsts.append(_post_to_first_event_s(client))
        starts, firsts = starts[20:], firsts[20:]
        report.show("no-op task, until it starts, p50", f"{median(starts) * 1e3:.2f} ms")
        report.show("POST to first event on the stream, p50", f"{median(firsts) * 1e3:.2f} ms")
        report.show("POST to first event on the stream, p95", f"{quantiles(firsts, n=20)[-1] * 1e3:.2f} ms")
        report.at_most("POST to first event / no-op task", median(firsts) / median(starts), 5.0)
        takes = _change_to_first_event_s(client)
        report.show(
            "change at t = 60 s of 120 s, four arms, to the first event of the take, p50", f"{median(takes) * 1e3:.0f} ms"
        )
        client.close()
    finally:
        started.close()


def _noop_start_s() -> float:
    from benchmarks._noop import KEY, noop
    from labs.streams import store

    sent_s = time.monotonic()
    noop.apply_async(queue="simulation")
    found = store().blpop([KEY], timeout=4)
    assert found is not None, "the no-op task did not start"
    time.sleep(IDLE_S)
    return float(found[1]) - sent_s


def _post_to_first_event_s(client: Client) -> float:
    began_s = time.monotonic()
    state = client.post("/labs/circuit-breaker/runs/", ORDER)
    first_s = client.until(state["events_url"], b'"type":"started"') - began_s
    client.until(state["events_url"], b'"type":"end"')
    time.sleep(IDLE_S)
    return first_s


def _change_to_first_event_s(client: Client) -> list[float]:
    state = client.post("/labs/circuit-breaker/runs/", WHOLE)
    client.until(state["events_url"], b'"type":"end"')
    found = []
    for place in range(CHANGES):
        change = {"t_s": 60.0, "kind": "set", "name": "rate_rps", "value": 100.0 + place}
        began_s = time.monotonic()
        take = client.post(state["changes_url"], change)["take"]
        found.append(client.until(f"{state['events_url']}&last={take - 1}.800", b"\nid: %d." % take) - began_s)
        client.until(state["events_url"], b'"type":"end"')
        time.sleep(IDLE_S)
    return found
