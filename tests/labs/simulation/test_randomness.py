import os
import subprocess
import sys
from pathlib import Path

from labs.simulation.randomness import Streams

ROOT = Path(__file__).parents[3]

PROGRAM = """
import asyncio
from labs.simulation.distributions import service_time
from labs.simulation.primitives import timeout
from labs.simulation.service import Service, ServiceError, draws_from
from labs.simulation.workload import OpenLoop
from labs.simulation.worlds import run

async def main(world):
    trace = []
    service = Service("a", draws_from(world.streams, "a", service_time(0.1, 1.5)), servers=3, queue_limit=9)
    world.loop.call_at(2, service.break_, 0.3)

    async def handle(request):
        tasks = {asyncio.create_task(service.call(request)) for _ in range(2)}
        try:
            async with timeout(0.3):
                done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                trace.append((request.number, [task.get_name() for task in done | pending]))
                await asyncio.gather(*done, *pending)
        except (ServiceError, TimeoutError) as error:
            trace.append((world.loop.time(), repr(error)))
        await asyncio.gather(*tasks, return_exceptions=True)

    await OpenLoop(handle, 30, world.streams("arrivals"), until_s=10).run()
    await asyncio.sleep(5)
    return trace, service.served, service.busy_s

print(run(main, seed=11))
"""


def output(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    arguments = [sys.executable, "-c", PROGRAM]
    return subprocess.run(arguments, env=environment, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout


def test_a_run_is_the_same_in_every_process_whatever_its_hash_seed() -> None:
    first, second = output("1"), output("4242")
    assert first == second
    assert len(first) > 10_000


def test_streams_do_not_depend_on_the_order_in_which_they_are_asked_for() -> None:
    one, two = Streams(7), Streams(7)
    arrivals = one("arrivals").random()
    two("service").random()
    assert two("arrivals").random() == arrivals
    assert one("arrivals") is one("arrivals")


def test_streams_of_other_names_and_seeds_differ() -> None:
    numbers = {Streams(seed)(name).random() for seed in (1, 2, "1") for name in ("a", "b", "ab")}
    assert len(numbers) == 9


def test_a_stream_is_the_same_in_every_version() -> None:
    assert Streams(1)("arrivals").getrandbits(32) == 1399997376
