"""The real servers behind the interfaces that labs declare (`labs.experiments.world.Backend`).

A live backend is opened before the run's clock starts and closed when the run has ended, however it ended. It belongs to one
arm of one run: nothing that a learner does reaches the data of anybody else.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from labs.experiments.world import Backend, World

IMPLEMENTATIONS: dict[str, str] = {
    "labs.experiments.connection_pool.database.Database": "labs.live.database_pool.LiveDatabase",
    "labs.experiments.rate_limiter.store.LimiterStore": "labs.live.limiter_store.LiveLimiterStore",
}
"""By the dotted name of the interface that of its implementation. Imported when a run asks for it, not before."""


class LiveBackend(Protocol):
    async def open(self) -> None:
        """Start the server, wait until it answers. Raises OSError in words when it does not come up."""

    async def close(self) -> None:
        """End it; nothing is left. Safe to call when `open` failed or was never called."""


Make = Callable[[World, Any, Callable[[Exception], None]], LiveBackend]
"""Of a world, the lab's plan, and whom to tell when the server dies by itself."""


def live_backend(interface: type[Backend]) -> Make:
    """The maker of the real thing. Raises LookupError for an interface that has none."""
    dotted = f"{interface.__module__}.{interface.__qualname__}"
    if dotted not in IMPLEMENTATIONS:
        raise LookupError(f"{dotted} has no live implementation; name it in labs.live.backends")
    module, _, name = IMPLEMENTATIONS[dotted].rpartition(".")
    make: Make = getattr(import_module(module), name)
    return make
