"""The service as a system meets it: a process of its own, behind real sockets."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from labs.experiments.world import Behaviour, ServicePlan
from labs.live.http_service import MAXIMUM_CONNECTIONS, MAXIMUM_HEAD_BYTES
from labs.live.service import LiveService
from labs.live.service_process import ServiceDied
from tests.labs.live.conftest import Play, ends_within, failure_of, request, until

PLAN = ServicePlan(slots=2, queue_limit=2, mean_s=0.02, cv=0.0)
PROJECT = Path(__file__).resolve().parents[3]


@asynccontextmanager
async def a_service(
    plan: ServicePlan = PLAN, behaviour: Behaviour | None = None, failures: list[Exception] | None = None
) -> AsyncIterator[LiveService]:
    """A service that is closed at the end; a failure that the test does not collect fails it."""
    heard: list[Exception] = [] if failures is None else failures
    service = LiveService("service", plan, behaviour or Behaviour(), heard.append)
    await service.open()
    try:
        yield service
    finally:
        await service.close()
    assert failures is not None or not heard


def test_answers_as_the_draws_of_the_request_say(play: Play[None]) -> None:
    async def scene() -> None:
        behaviour = Behaviour(failure_rate=0.3, client_error_rate=0.2)
        async with a_service(behaviour=behaviour) as service:
            statuses = [await service.call(request(fate=fate)) for fate in (0.0, 0.29, 0.3, 0.49, 0.5, 0.99)]
        assert statuses == [500, 500, 400, 400, 200, 200]

    play(scene())


@pytest.mark.parametrize(
    ("cv", "demand", "pace", "fate", "expected_s"),
    [
        (0.0, 0.99, 0.9, 0.9, 0.02),
        (1.0, 0.5, 0.9, 0.9, 0.02 * 0.6931),
        (0.0, 0.5, 0.1, 0.9, 0.02 + 0.03),
        (0.0, 0.5, 0.9, 0.1, 0.005),
    ],
)
def test_takes_the_time_that_the_draws_say(
    play: Play[None],
    cv: float,
    demand: float,
    pace: float,
    fate: float,
    expected_s: float,
) -> None:
    async def scene() -> None:
        behaviour = Behaviour(failure_rate=0.5, failure_s=0.005, slow_rate=0.5, slow_s=0.03)
        async with a_service(replace(PLAN, cv=cv), behaviour) as service:
            await service.call(request())
            took_s = []
            for _ in range(3):
                began_s = time.monotonic()
                await service.call(request(demand=demand, pace=pace, fate=fate))
                took_s.append(time.monotonic() - began_s)
        assert expected_s <= min(took_s) < expected_s + 0.01

    play(scene())


def test_serves_as_many_as_it_has_slots_queues_the_next_in_order_and_turns_the_rest_away(play: Play[None]) -> None:
    order: list[int] = []

    async def call(service: LiveService, number: int) -> int:
        status = await service.call(request(number))
        order.append(number)
        return status

    async def scene() -> None:
        async with a_service(replace(PLAN, slots=1, mean_s=0.2)) as service:
            calls = []
            for number in range(4):
                calls.append(asyncio.create_task(call(service, number)))
                await until(lambda: service.busy + service.queued == min(len(calls), 3) or calls[-1].done())
            assert (service.busy, service.queued) == (1, 2)
            assert await asyncio.gather(*calls) == [200, 200, 200, 503]
        assert order == [3, 0, 1, 2]

    play(scene())


def test_fails_and_heals_on_command(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service(replace(PLAN, mean_s=0.001)) as service:
            assert await service.call(request()) == 200
            service.behaviour = Behaviour(failure_rate=1.0)
            while await service.call(request()) == 200:
                pass
            service.behaviour = Behaviour()
            while await service.call(request()) == 500:
                pass
            assert [await service.call(request()) for _ in range(5)] == [200] * 5

    play(scene())


def test_a_hung_service_keeps_the_slot_until_the_caller_hangs_up(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service(behaviour=Behaviour(answers=False)) as service:
            call = asyncio.create_task(service.call(request()))
            await until(lambda: service.busy == 1)
            call.cancel()
            await until(lambda: service.busy == 0)
            assert call.cancelled()

    play(scene())


def test_what_hung_is_answered_when_the_service_answers_again(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service(replace(PLAN, mean_s=0.0), Behaviour(failure_rate=0.5, answers=False)) as service:
            calls = [asyncio.create_task(service.call(request(fate=fate))) for fate in (0.1, 0.9, 0.1)]
            await until(lambda: (service.busy, service.queued) == (2, 1))
            service.behaviour = Behaviour()
            assert await asyncio.gather(*calls) == [500, 200, 200]
            await until(lambda: service.busy == 0)

    play(scene())


def test_drops_the_work_of_a_caller_who_hung_up_while_it_was_in_the_queue(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service(replace(PLAN, slots=1, mean_s=0.5)) as service:
            working = asyncio.create_task(service.call(request()))
            await until(lambda: service.busy == 1)
            waiting = asyncio.create_task(service.call(request()))
            await until(lambda: service.queued == 1)
            waiting.cancel()
            await until(lambda: service.queued == 0)
            assert not working.done()
            working.cancel()

    play(scene())


def test_counts_the_seconds_of_work(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service() as service:
            await asyncio.gather(service.call(request()), service.call(request()))
            await until(lambda: service.busy == 0)
            assert 0.04 <= service.busy_s < 0.08

    play(scene())


def test_a_killed_service_refuses_connections_and_a_restarted_one_answers_on_the_same_port(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service(replace(PLAN, mean_s=5.0)) as service:
            first_life, port = service.pid, service.port
            in_flight = asyncio.create_task(service.call(request()))
            await until(lambda: service.busy == 1)
            service.behaviour = Behaviour(reachable=False)
            assert issubclass(await failure_of(in_flight) or BaseException, ConnectionError)
            assert issubclass(await failure_of(service.call(request())) or BaseException, ConnectionError)
            assert service.busy == 0
            assert first_life is not None
            assert ends_within(first_life, 1.0)
            service.behaviour = Behaviour(failure_rate=1.0, failure_s=0.0)
            await until(lambda: service.pid is not None)
            assert await service.call(request()) == 500
            assert service.pid != first_life
            assert service.port == port

    play(scene())


def test_a_service_killed_just_before_it_is_closed_leaves_nothing_open(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service() as service:
            service.behaviour = Behaviour(reachable=False)
            await asyncio.sleep(0)

    play(scene())
    gc.collect()  # what was left open warns now, and warnings are errors


def test_ends_in_the_state_that_was_asked_for_last_however_fast_it_changes(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service() as service:
            first_life = service.pid
            for reachable in (False, True, False, True):
                service.behaviour = Behaviour(reachable=reachable)
            await until(lambda: service.pid not in (None, first_life))
            assert await service.call(request()) == 200

    play(scene())


def test_a_service_that_begins_unreachable_can_be_brought_up(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service(behaviour=Behaviour(reachable=False)) as service:
            assert issubclass(await failure_of(service.call(request())) or BaseException, ConnectionError)
            service.behaviour = Behaviour()
            await until(lambda: service.pid is not None)
            assert await service.call(request()) == 200

    play(scene())


@pytest.mark.parametrize("trouble", ["dies", "is silent"])
def test_says_so_when_the_process_does_not_come_up(play: Play[None], monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    script = "pass" if trouble == "dies" else "import sys; sys.stdin.read()"

    async def spawn() -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdin=pipe, stdout=pipe)

    monkeypatch.setattr("labs.live.service_process._spawn", spawn)
    monkeypatch.setattr("labs.live.service_process.START_TIMEOUT_S", 0.3 if trouble == "is silent" else 5.0)

    async def scene() -> None:
        service = LiveService("service", PLAN, Behaviour(), lambda failure: None)
        assert await failure_of(service.open()) is ServiceDied
        await service.close()

    play(scene())
    gc.collect()


def test_says_so_when_the_process_dies_by_itself(play: Play[None]) -> None:
    async def scene() -> None:
        failures: list[Exception] = []
        async with a_service(failures=failures) as service:
            assert service.pid is not None
            os.kill(service.pid, signal.SIGKILL)
            await until(lambda: bool(failures))
        assert "died by itself" in str(failures[0])

    play(scene())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /?fate=0.5&pace=0.5 HTTP/1.1\r\n\r\n", 400),
        (b"GET /?fate=nan&pace=0.5&demand=0.5 HTTP/1.1\r\n\r\n", 400),
        (b"GET /?fate=0.5&pace=0.5&demand=1.0 HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"POST /?fate=0.5&pace=0.5&demand=0.5 HTTP/1.1\r\n\r\n", 405),
        (b"GET /?fate=0.5&pace=0.5&demand=0.5 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 413),
        (b"GET /" + b"x" * MAXIMUM_HEAD_BYTES, 431),
    ],
)
def test_refuses_what_it_does_not_understand_and_goes_on_serving(play: Play[None], sent: bytes, status: int) -> None:
    async def scene() -> None:
        async with a_service() as service:
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            writer.write(sent)
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            assert answer.startswith(b"HTTP/1.1 %d " % status)
            assert await service.call(request()) == 200

    play(scene())


def test_answers_requests_sent_at_once_one_after_the_other(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service(replace(PLAN, mean_s=0.001), Behaviour(failure_rate=0.5)) as service:
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            asks = [f"GET /?fate={fate}&pace=0.5&demand=0.5 HTTP/1.1\r\n\r\n".encode() for fate in (0.9, 0.1, 0.8)]
            writer.write(b"".join(asks))
            statuses: list[int] = []
            while len(statuses) < 3:
                head = await reader.readuntil(b"\r\n\r\n")
                statuses.append(int(head[9:12]))
                await reader.readuntil(b"\n")
            writer.close()
            await writer.wait_closed()
        assert statuses == [200, 500, 200]

    play(scene())


def test_turns_callers_away_beyond_its_bound_of_connections(play: Play[None]) -> None:
    async def scene() -> None:
        async with a_service() as service:
            connections = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(MAXIMUM_CONNECTIONS + 1)]
            answer = await connections[-1][0].read()
            for _, writer in connections:
                writer.close()
            for _, writer in connections:
                await writer.wait_closed()
            assert answer.startswith(b"HTTP/1.1 503 ")

    play(scene())


PARENT = """
import asyncio
from labs.experiments.world import Behaviour, ServicePlan
from labs.live.service import LiveService
from labs.live.service_process import ServiceDied

async def main():
    service = LiveService("service", ServicePlan(1, 1, 0.01), Behaviour(), print)
    await service.open()
    print(service.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="watches the process through a pidfd")
def test_the_process_dies_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        service_pid = int(parent.stdout.readline())
        assert not ends_within(service_pid, 0.0)
        parent.kill()
        assert ends_within(service_pid, 2.0)
