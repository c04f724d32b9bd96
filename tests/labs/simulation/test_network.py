import asyncio

import pytest

from labs.simulation.distributions import Constant, Exponential
from labs.simulation.network import Link, Network
from labs.simulation.primitives import now_s, sleep, timeout
from labs.simulation.worlds import World, run


async def answer(delay_s: float) -> str:
    await sleep(delay_s)
    return "answer"


def test_a_call_takes_the_way_there_the_work_and_the_way_back() -> None:
    async def main(world: World) -> None:
        network = Network(world.streams, Constant(0.25))
        network.link("server", "client").latency = Constant(0.5)
        assert await network.call("client", "server", answer(1.0)) == "answer"
        assert now_s() == 1.75

    run(main)


def test_an_error_comes_back_over_the_line_too() -> None:
    async def broken() -> None:
        raise KeyError

    async def main(world: World) -> None:
        network = Network(world.streams, Constant(0.5))
        with pytest.raises(KeyError):
            await network.call("client", "server", broken())
        assert now_s() == 1.0

    run(main)


def test_a_partition_is_silence_until_it_heals() -> None:
    async def main(world: World) -> None:
        network = Network(world.streams)
        network.partition(("a", "b"), ("c",))
        assert network.reaches("a", "b")
        assert network.reaches("a", "outsider")
        with pytest.raises(TimeoutError):
            async with timeout(1.0):
                await network.call("a", "c", answer(0.0))
        assert network.link("a", "c").lost == 1
        network.heal()
        assert await network.call("a", "c", answer(0.0)) == "answer"

    run(main)


def test_a_link_loses_its_share_and_loss_does_not_shift_latencies() -> None:
    def crossings(loss: float) -> list[float | None]:
        async def main(world: World) -> list[float | None]:
            link = Link("line", world.streams, Exponential(0.1), loss)
            took: list[float | None] = []
            for _ in range(1000):
                began_s = now_s()
                try:
                    async with asyncio.timeout(100.0):
                        await link.cross()
                    took.append(round(now_s() - began_s, 6))
                except TimeoutError:
                    took.append(None)
            return took

        return run(main)

    whole, lossy = crossings(0.0), crossings(0.2)
    assert lossy.count(None) == pytest.approx(200, abs=40)
    assert all(late is None or late == pytest.approx(plain, abs=2e-6) for plain, late in zip(whole, lossy, strict=True))
