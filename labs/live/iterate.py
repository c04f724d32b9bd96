"""A live run for callers without an event loop: it plays in a thread of its own, so that no caller can slow it down."""

import asyncio
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing
from types import TracebackType

from labs.experiments.events import Event
from labs.experiments.spec import Change, RunSpec
from labs.live.limits import check_live
from labs.live.loop import new_loop
from labs.live.run import Inbox, run_live

POLL_EVERY_S = 0.05
PollChanges = Callable[[], Sequence[Change]]


def no_changes() -> Sequence[Change]:
    return ()


def iterate_live(spec: RunSpec, poll_changes: PollChanges = no_changes) -> Generator[Event, None, None]:
    """The events of a run at the pace of the wall clock. `poll_changes` is asked every 50 ms for changes to make at once.

    Raises SpecError here and now when the live world cannot carry the run; what `run_live` raises, while iterating. Closing
    the iterator ends the run and everything that it had started.
    """
    check_live(spec)
    return _iterate(spec, poll_changes)


def _iterate(spec: RunSpec, poll_changes: PollChanges) -> Generator[Event, None, None]:
    with _Player(spec) as player:
        while True:
            for change in poll_changes():
                player.change(change)
            try:
                event = player.events.get(timeout=POLL_EVERY_S)
            except queue.Empty:
                continue
            if event is None:
                break
            yield event
    if player.error is not None:
        raise player.error


class _Player:
    """The thread. `events` ends with None; `error` is then what went wrong, if anything did."""

    def __init__(self, spec: RunSpec) -> None:
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.error: BaseException | None = None
        self._spec = spec
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._inbox: Inbox | None = None
        self._thread = threading.Thread(target=self._play, name="live run")

    def __enter__(self) -> "_Player":
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._task is not None:
            self._call(self._task.cancel)
        self._thread.join()

    def change(self, change: Change) -> None:
        assert self._inbox is not None
        self._call(self._inbox.put_nowait, change)

    def _call(self, callback: Callable[..., object], *arguments: object) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            return  # the run has ended already and its loop is closed

    def _play(self) -> None:
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(self._forward())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self._ready.set()
            self.events.put(None)

    async def _forward(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._inbox = asyncio.Queue()
        self._ready.set()
        async with aclosing(run_live(self._spec, self._inbox)) as events:
            async for event in events:
                self.events.put(event)
