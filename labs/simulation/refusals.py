"""The parts of asyncio's interface that need a real machine, and what to do instead."""

import asyncio
from typing import Any, NoReturn

from labs.simulation.errors import NotInVirtualTime

SOCKETS = "there is no network here: call a `Service` over a `Link`, or run in the live world"
THREADS = "nothing runs beside virtual time: await the work in the loop, or `sleep` for the time it would take"
CHILDREN = "there are no child processes here: run in the live world"
SIGNALS = "signals come at wall-clock times: change the world with a timer, or between two calls of `advance`"


def refusal(name: str, instead: str) -> Any:
    def refuse(_loop: object, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotInVirtualTime(f"loop.{name}() does not exist in virtual time: {instead}")

    refuse.__name__ = name
    return refuse


class NoRealWorld(asyncio.AbstractEventLoop):
    """An event loop that says no, clearly, to everything outside the process."""

    add_reader = refusal("add_reader", SOCKETS)
    remove_reader = refusal("remove_reader", SOCKETS)
    add_writer = refusal("add_writer", SOCKETS)
    remove_writer = refusal("remove_writer", SOCKETS)
    create_connection = refusal("create_connection", SOCKETS)
    create_server = refusal("create_server", SOCKETS)
    create_unix_connection = refusal("create_unix_connection", SOCKETS)
    create_unix_server = refusal("create_unix_server", SOCKETS)
    create_datagram_endpoint = refusal("create_datagram_endpoint", SOCKETS)
    connect_accepted_socket = refusal("connect_accepted_socket", SOCKETS)
    start_tls = refusal("start_tls", SOCKETS)
    sendfile = refusal("sendfile", SOCKETS)
    sock_accept = refusal("sock_accept", SOCKETS)
    sock_connect = refusal("sock_connect", SOCKETS)
    sock_recv = refusal("sock_recv", SOCKETS)
    sock_recv_into = refusal("sock_recv_into", SOCKETS)
    sock_recvfrom = refusal("sock_recvfrom", SOCKETS)
    sock_recvfrom_into = refusal("sock_recvfrom_into", SOCKETS)
    sock_sendall = refusal("sock_sendall", SOCKETS)
    sock_sendto = refusal("sock_sendto", SOCKETS)
    sock_sendfile = refusal("sock_sendfile", SOCKETS)
    getaddrinfo = refusal("getaddrinfo", SOCKETS)
    getnameinfo = refusal("getnameinfo", SOCKETS)

    run_in_executor = refusal("run_in_executor", THREADS)
    set_default_executor = refusal("set_default_executor", THREADS)
    call_soon_threadsafe = refusal("call_soon_threadsafe", THREADS)

    subprocess_exec = refusal("subprocess_exec", CHILDREN)
    subprocess_shell = refusal("subprocess_shell", CHILDREN)
    connect_read_pipe = refusal("connect_read_pipe", CHILDREN)
    connect_write_pipe = refusal("connect_write_pipe", CHILDREN)

    add_signal_handler = refusal("add_signal_handler", SIGNALS)
    remove_signal_handler = refusal("remove_signal_handler", SIGNALS)
