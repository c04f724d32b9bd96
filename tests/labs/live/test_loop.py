import asyncio
import sys

import pytest

from tests.labs.live.conftest import Play


@pytest.mark.skipif(sys.platform != "linux", reason="the platform's own loop is used there")
def test_timers_do_not_wait_for_the_next_whole_millisecond(play: Play[None]) -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        lateness_s = []
        for _ in range(20):
            due_s = loop.time() + 0.00205
            await asyncio.sleep(0.00205)
            lateness_s.append(loop.time() - due_s)
        assert 0.0 <= min(lateness_s) < 0.0008  # the standard loop would wait until 3 ms: 0.95 ms late

    play(scene())


def test_sockets_wake_the_loop_before_its_timers(play: Play[None]) -> None:
    async def scene() -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        sleeper = asyncio.create_task(asyncio.sleep(5))
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"awake\n")
        assert await reader.readline() == b"awake\n"
        assert not sleeper.done()
        sleeper.cancel()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()

    play(scene())
