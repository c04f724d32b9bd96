"""The parts of asyncio's interface that need a real machine, and what to do instead."""

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

from labs.simulation.errors import NotInVirtualTime

SOCKETS = "there is no network here: call a `Service` over a `Link`, or run in the live world"
THREADS = "nothing runs beside virtual time: await the work in the loop, or `sleep` for the time it would take"
CHILDREN = "there are no child processes here: run in the live world"
SIGNALS = "signals come at wall-clock times: change the world with a timer, or between two calls of `advance`"

REFUSED: dict[str, str] = {
    **dict.fromkeys(
        (
            "add_reader", "remove_reader", "add_writer", "remove_writer", "create_connection", "create_server",
            "create_unix_connection", "create_unix_server", "create_datagram_endpoint", "connect_accepted_socket",
            "start_tls", "sendfile", "sock_accept", "sock_connect", "sock_recv", "sock_recv_into", "sock_recvfrom",
            "sock_recvfrom_into", "sock_sendall", "sock_sendto", "sock_sendfile", "getaddrinfo", "getnameinfo",
        ),
        SOCKETS,
    ),
    **dict.fromkeys(("run_in_executor", "set_default_executor", "call_soon_threadsafe"), THREADS),
    **dict.fromkeys(("subprocess_exec", "subprocess_shell", "connect_read_pipe", "connect_write_pipe"), CHILDREN),
    **dict.fromkeys(("add_signal_handler", "remove_signal_handler"), SIGNALS),
}  # fmt: skip


def refusal(name: str, instead: str) -> Callable[..., NoReturn]:
    def refuse(_loop: object, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotInVirtualTime(f"loop.{name}() does not exist in virtual time: {instead}")

    refuse.__name__ = name
    return refuse


class NoRealWorld(asyncio.AbstractEventLoop):
    """An event loop that says no, clearly, to everything outside the process."""


for _name, _instead in REFUSED.items():
    setattr(NoRealWorld, _name, refusal(_name, _instead))
