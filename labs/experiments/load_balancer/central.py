"""One queue for all servers, in the shadow: when each request would be answered if whoever is free took the next in line.

No balancer can do this over a network, for it needs to know who is free at this instant. It is the yardstick: the same requests
with the same work at the same servers, reckoned by the recursion of Kiefer and Wolfowitz, without touching the real servers.
"""

from heapq import heapify, heappop, heappush

from labs.measurement.recorder import Samples


class CentralQueue:
    """First come, first served; the server that has been free longest takes the next. `times` gets what each needs in all."""

    def __init__(self, times: Samples) -> None:
        self._times = times
        self._free: list[tuple[float, int]] = []

    def join(self, server: int, now_s: float) -> None:
        """A server that is free from now on."""
        if all(number != server for _free_s, number in self._free):
            heappush(self._free, (now_s, server))

    def leave(self, server: int) -> None:
        """It takes no more requests."""
        self._free = [entry for entry in self._free if entry[1] != server]
        heapify(self._free)

    def next(self, at_s: float) -> tuple[float, int] | None:
        """When a request that arrives now would be begun, and by whom; None where there is nobody. Then tell `work`."""
        if not self._free:
            return None
        free_s, server = heappop(self._free)
        return max(at_s, free_s), server

    def work(self, at_s: float, begun_s: float, server: int, work_s: float) -> None:
        """The request that arrived at `at_s` keeps this server busy for so long."""
        heappush(self._free, (begun_s + work_s, server))
        self._times.record(begun_s + work_s - at_s)
