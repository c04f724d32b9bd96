"""The lean client: what it reads, whose answer is whose, and what callers get when the connection goes."""

import asyncio
from contextlib import suppress

import pytest

from labs.live.resp import PING, Connection, Reply, ReplyError, Script, encoded, read
from tests.labs.live.conftest import Play


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (b"+PONG\r\n", b"PONG"),
        (b":-42\r\n", -42),
        (b"$5\r\na\r\nbc\r\n", b"a\r\nbc"),
        (b"$0\r\n\r\n", b""),
        (b"$-1\r\n", None),
        (b"*-1\r\n", None),
        (b"*3\r\n:1\r\n$1\r\nx\r\n*1\r\n+OK\r\n", [1, b"x", [b"OK"]]),
    ],
)
def test_reads_a_reply_whole_and_only_whole(said: bytes, reply: Reply) -> None:
    assert read(said + b"+next", 0) == (reply, len(said))
    for cut in range(len(said)):
        assert read(said[:cut], 0) is None


def test_an_error_is_a_reply() -> None:
    found = read(b"-NOSCRIPT No matching script\r\n", 0)
    assert found is not None
    assert isinstance(found[0], ReplyError)
    assert str(found[0]) == "NOSCRIPT No matching script"


def test_something_else_than_resp2_is_refused() -> None:
    with pytest.raises(ConnectionError, match="RESP2"):
        read(b"%1\r\n", 0)


def test_commands_are_encoded_with_the_length_of_their_bytes() -> None:
    assert encoded("SET", "ключ", 1.5) == b"*3\r\n$3\r\nSET\r\n$8\r\n\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87\r\n$3\r\n1.5\r\n"


def test_a_script_is_called_by_the_digest_that_the_server_reckons() -> None:
    head = Script("return 1").head(2)
    assert head == b"*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n1\r\n"


class Server:
    """Answers each PING with its number, in pieces of three bytes, after `batch` of them have come."""

    def __init__(self, batch: int = 1) -> None:
        self.batch = batch
        self.writes = 0
        self._at_work: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        await asyncio.gather(*self._at_work)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._at_work.append(asyncio.get_running_loop().create_future())
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._at_work[-1].set_result(None)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = waiting = 0
        while data := await reader.read(65536):
            self.writes += 1
            if b"QUIT" in data:
                break
            waiting += data.count(PING)
            if waiting >= self.batch:
                answer = b"".join(b":%d\r\n" % (number + place) for place in range(waiting))
                number, waiting = number + waiting, 0
                for at in range(0, len(answer), 3):
                    writer.write(answer[at : at + 3])
                    await writer.drain()


def test_commands_of_one_turn_travel_together_and_each_caller_gets_its_own_answer(play: Play[None]) -> None:
    async def main() -> None:
        async with Server() as server:
            connection = await Connection.open(f"redis://127.0.0.1:{server.port}")
            assert await asyncio.gather(*(connection.send(PING) for _ in range(50))) == list(range(50))
            assert server.writes == 1
            connection.close()

    play(main())


def test_a_caller_that_leaves_does_not_shift_the_others_answers(play: Play[None]) -> None:
    async def main() -> None:
        async with Server(batch=3) as server:
            connection = await Connection.open(f"redis://127.0.0.1:{server.port}")
            first, second, third = (connection.send(PING) for _ in range(3))
            second.cancel()
            assert (await first, await third) == (0, 2)
            connection.close()

    play(main())


def test_a_lost_connection_fails_everybody_who_waits_and_whoever_asks_then(play: Play[None]) -> None:
    lost: list[bool] = []

    async def main() -> None:
        async with Server(batch=100) as server:
            connection = await Connection.open(f"redis://127.0.0.1:{server.port}", lambda: lost.append(True))
            waiting = [connection.send(PING) for _ in range(3)]
            connection.send(encoded("QUIT"))
            for caller in waiting:
                with pytest.raises(ConnectionError):
                    await caller
            with pytest.raises(ConnectionError):
                await connection.send(PING)

    play(main())
    assert lost == [True]


def test_of_several_commands_in_one_the_last_reply_is_given(play: Play[None]) -> None:
    async def main() -> None:
        async with Server(batch=4) as server:
            connection = await Connection.open(f"redis://127.0.0.1:{server.port}")
            last, next_one = connection.send(PING * 3, replies=3), connection.send(PING)
            assert (await last, await next_one) == (2, 3)
            connection.close()

    play(main())
