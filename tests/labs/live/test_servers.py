"""The private servers of live runs: up, in nobody's way, and gone without a trace."""

import os
import socket
import time
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import EmbeddedServerError
from labs.live import servers
from labs.live.servers import PrivateServer, ServerFailed, private_postgresql, private_valkey, remove_orphans
from tests.labs.live.conftest import Play, ends_within


def test_a_private_valkey_answers_freezes_goes_on_and_leaves_nothing(play: Play[None]) -> None:
    async def scene() -> None:
        server = private_valkey()
        url = await server.start()
        folder = server._folder
        assert folder is not None
        with redis.Redis.from_url(url, socket_timeout=0.2) as store:
            store.set("key", 1)
            server.pause()
            with pytest.raises(redis.TimeoutError):
                store.get("key")
            server.resume()
            assert store.get("key") == b"1"
        pid = server.pid
        assert pid is not None
        server.pause()  # a frozen server is ended too
        await server.stop()
        assert ends_within(pid, 2.0)
        assert not folder.exists()

    play(scene())


def test_a_private_postgresql_answers_and_leaves_nothing(play: Play[None]) -> None:
    async def scene() -> None:
        server = private_postgresql()
        url = await server.start()
        folder = server._folder
        assert folder is not None
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        pid = server.pid
        assert pid is not None
        await server.stop()
        assert ends_within(pid, 2.0)
        assert not folder.exists()

    play(scene())


def test_a_server_that_cannot_be_made_says_why_and_leaves_nothing(play: Play[None]) -> None:
    async def scene() -> None:
        def fail(*_args: object) -> None:
            raise EmbeddedServerError("no programs for this system")

        server = PrivateServer(fail)  # type: ignore[arg-type]
        with pytest.raises(ServerFailed, match="no programs for this system"):
            await server.start()
        assert server._folder is None

    play(scene())


def test_a_server_whose_port_was_taken_meanwhile_says_so_without_the_place_of_its_log(
    play: Play[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        with socket.create_server(("127.0.0.1", 0)) as occupant:
            monkeypatch.setattr(servers, "free_port", lambda: occupant.getsockname()[1])
            server = private_valkey()
            with pytest.raises(ServerFailed, match=r"Valkey stopped while starting: .*Failed listening on port") as told:
                await server.start()
        assert servers.PREFIX not in str(told.value)
        assert server._folder is None

    play(scene())


def test_folders_of_killed_processes_are_removed_and_no_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    orphan, at_work, young, strange = (tmp_path / f"plimsoll-{name}" for name in ("live-a", "live-b", "live-c", "other"))
    for folder in (orphan, at_work, young, strange):
        (folder / "data").mkdir(parents=True)
    lock = servers._locked(at_work)
    assert lock is not None
    long_ago_s = time.time() - 3600.0
    for folder in (orphan, at_work, strange):
        os.utime(folder, (long_ago_s, long_ago_s))
    remove_orphans()
    assert not orphan.exists()
    assert at_work.exists()
    assert young.exists()
    assert strange.exists()
    os.close(lock)
