"""A logging module: one call for everybody, any number of places where lines go, and a bound on what a slow one may cost.

Problem. A caller that formats, opens files or waits for a collector knows too much, and stops when the collector does.

Rule. `log(level, message)` is all that callers know. Sinks take lines and decide where they go. A sink that may be slow sits
behind a buffer of a fixed size; when that is full the oldest line goes, and the loss is counted.

Limits. What is in the buffer dies with the process. Where no line may be lost (audit, money) the record belongs into the same
transaction as the deed, not into a log.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Literal

Level = Literal["debug", "info", "warning", "error"]
Sink = Callable[[str], None]


class Log:
    """What callers see of the module: one method."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self.sinks = sinks

    def log(self, level: Level, message: str) -> None:
        line = f"{level.upper()} {message}"
        for sink in self.sinks:
            sink(line)


class BufferedSink:
    """Takes a line at once. One thread of its own calls `flush`, and only that thread waits for the slow sink."""

    def __init__(self, slow: Sink, capacity: int) -> None:
        self.slow = slow
        self.lines: deque[str] = deque(maxlen=capacity)
        self.dropped = 0
        self.lock = Lock()

    def __call__(self, line: str) -> None:
        with self.lock:  # never held while the slow sink works
            self.dropped += len(self.lines) == self.lines.maxlen
            self.lines.append(line)

    def flush(self) -> None:
        while self.lines:
            self.slow(self.lines[0])  # the line leaves the buffer only once it has been taken
            with self.lock:
                self.lines.popleft()
