"""A fresh simulated world: a clock at 0 and the random streams of a seed."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from labs.simulation.loop import VirtualLoop
from labs.simulation.randomness import Streams

Result = TypeVar("Result")


class World(NamedTuple):
    """`loop` is the clock, `streams("name")` the randomness."""

    loop: VirtualLoop
    streams: Streams


@contextmanager
def new_world(seed: int | str) -> Iterator[World]:
    """A world that is closed, with whatever still runs in it, at the end of the block."""
    world = World(VirtualLoop(), Streams(seed))
    try:
        yield world
    finally:
        world.loop.close()


def run(main: Callable[[World], Coroutine[Any, Any, Result]], seed: int | str = 0) -> Result:
    """Run `main(world)` in a world of its own and return its result."""
    with new_world(seed) as world:
        result: Result = world.loop.run_until_complete(main(world))
        return result
