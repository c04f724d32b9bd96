"""Notifications by plug-in: a core that never changes when a channel is added, and what such a core has to promise.

Problem. A dictionary from names to providers is closed to edits and open to new channels, and does nothing else: an unknown
name is a bare `KeyError` in the middle of an order, a provider with the wrong signature fails at its first message, one that
hangs holds the caller, and a retry is a second message.

Rule. The contract is a type: the type checker compares signatures, and `register` refuses what has no `send`. An unknown
channel is refused when the message is handed in, not when it is sent. Handing in only queues. A worker sends with a timeout
and a bounded number of tries, always under the same key; what cannot be delivered is kept with the reason.

Source. Bertrand Meyer, "Object-Oriented Software Construction" (1988), for open and closed; Gregor Hohpe and Bobby Woolf,
"Enterprise Integration Patterns" (2003), for the dead-letter channel.

Limits. The queue here is memory and dies with its process: in production it is a table written with the order. A provider
that ignores the key may deliver twice after a timeout.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class UnknownChannel(Exception):
    """Nobody registered this name. Raised to whoever hands a message in; nothing was queued."""


class Undeliverable(Exception):
    """This message will never go through this channel (no such address, refused text). Do not try again."""


@dataclass(frozen=True, slots=True)
class Message:
    """`key` is the same for every try of one message, so that a provider can tell a repeat."""

    key: str
    channel: str
    recipient: str
    text: str


@runtime_checkable
class Provider(Protocol):
    async def send(self, key: str, recipient: str, text: str) -> None:
        """Deliver once for each `key`. Raises `Undeliverable`; any other error means: perhaps later."""


class Notifier:
    """The core. Adding a channel is a call of `register`, not an edit."""

    def __init__(self, *, timeout_s: float, tries: int, pause: Callable[[int], Awaitable[object]]) -> None:
        self.timeout_s = timeout_s
        self.tries = tries
        self.pause = pause
        self.providers: dict[str, Provider] = {}
        self.queue: deque[Message] = deque()
        self.dead: list[tuple[Message, str]] = []

    def register(self, channel: str, provider: Provider) -> None:
        """Refuses a name that is taken and a thing that cannot send: a wiring mistake should stop the start, not an order."""
        if channel in self.providers or not isinstance(provider, Provider):
            raise ValueError(f"cannot register {provider!r} as “{channel}”")
        self.providers[channel] = provider

    def hand_in(self, message: Message) -> None:
        """Returns at once, whatever state the provider is in."""
        if message.channel not in self.providers:
            raise UnknownChannel(message.channel)
        self.queue.append(message)

    async def work_off(self) -> None:
        """Send what is queued. Nothing that happens to one message stops the next."""
        while self.queue:
            message = self.queue.popleft()
            reason = await self._deliver(message)
            if reason:
                self.dead.append((message, reason))

    async def _deliver(self, message: Message) -> str:
        """Empty if it was sent, else why not."""
        reason = "never tried"
        for attempt in range(self.tries):
            if attempt:
                await self.pause(attempt)
            try:
                async with asyncio.timeout(self.timeout_s):
                    await self.providers[message.channel].send(message.key, message.recipient, message.text)
                return ""
            except Undeliverable as error:
                return f"undeliverable: {error}"
            except Exception as error:  # a plug-in may raise anything; the core goes on and keeps the reason
                reason = f"{type(error).__name__} at try {attempt + 1}"
        return reason
