"""What can go wrong with virtual time itself.

SimulationError
├── NotInVirtualTime     a socket, thread, child process or signal was asked for
├── OnlyInVirtualTime    a primitive of this package was used on another event loop
└── Deadlock             nothing can happen any more, and the main task has not finished

What a *service* of the world answers with is another tree: see `labs.simulation.service`.
"""


class SimulationError(RuntimeError):
    """The virtual-time world was used in a way it cannot serve."""


class NotInVirtualTime(SimulationError):
    """Virtual time has no sockets, threads, child processes or signals."""


class OnlyInVirtualTime(SimulationError):
    """A primitive of the simulated world was awaited on another event loop."""


class Deadlock(SimulationError):
    """Nothing is ready, no timer is set and the main task waits for ever.

    `tasks` describes each task that waits: its name, its place in the code and what it waits for.
    """

    def __init__(self, now_s: float, tasks: tuple[str, ...]) -> None:
        self.now_s = now_s
        self.tasks = tasks
        listed = "".join(f"\n  {task}" for task in tasks)
        super().__init__(f"deadlock at t={now_s:g} s: nothing can happen any more, and these tasks wait:{listed}")
