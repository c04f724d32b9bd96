import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from courses.examples.notifications import Message, Notifier, Provider, Undeliverable, UnknownChannel

MAIL = Message("order-1", "mail", "a@example.org", "Thank you")


class Channel:
    """Does as it is told, one behaviour a call, and keeps what was delivered by key."""

    def __init__(self, *behaviours: Callable[[], Any]) -> None:
        self.behaviours = list(behaviours)
        self.keys: list[str] = []

    async def send(self, key: str, recipient: str, text: str) -> None:
        self.keys.append(key)
        if self.behaviours:
            await self.behaviours.pop(0)()


async def hang() -> None:
    await asyncio.Event().wait()


async def refuse() -> None:
    raise ConnectionError


async def no_such_address() -> None:
    raise Undeliverable("no such address")


async def no_pause(attempt: int) -> None: ...


def notifier(**channels: Provider) -> Notifier:
    core = Notifier(timeout_s=0.01, tries=3, pause=no_pause)
    for name, provider in channels.items():
        core.register(name, provider)
    return core


def work(core: Notifier, *messages: Message) -> Notifier:
    for message in messages:
        core.hand_in(message)
    asyncio.run(core.work_off())
    return core


def test_a_channel_is_added_without_touching_the_core() -> None:
    mail, sms = Channel(), Channel()
    work(notifier(mail=mail, sms=sms), MAIL, Message("order-2", "sms", "+44", "Thank you"))
    assert (mail.keys, sms.keys) == (["order-1"], ["order-2"])


def test_an_unknown_channel_is_refused_when_it_is_handed_in() -> None:
    core = notifier(mail=Channel())
    with pytest.raises(UnknownChannel):
        core.hand_in(Message("order-1", "fax", "+44", "Thank you"))
    assert not core.queue


def test_a_thing_that_cannot_send_and_a_name_that_is_taken_are_refused_at_the_start() -> None:
    core = notifier(mail=Channel())
    with pytest.raises(ValueError, match="cannot register"):
        core.register("fax", cast(Provider, object()))
    with pytest.raises(ValueError, match="cannot register"):
        core.register("mail", Channel())


def test_a_provider_that_hangs_or_refuses_is_tried_again_under_the_same_key() -> None:
    mail = Channel(hang, refuse)
    core = work(notifier(mail=mail), MAIL)
    assert (mail.keys, core.dead) == (["order-1"] * 3, [])


def test_after_the_last_try_the_message_is_kept_with_the_reason_and_the_next_one_goes_out() -> None:
    mail, sms = Channel(refuse, refuse, refuse), Channel()
    core = work(notifier(mail=mail, sms=sms), MAIL, Message("order-2", "sms", "+44", "Thank you"))
    assert core.dead == [(MAIL, "ConnectionError at try 3")]
    assert sms.keys == ["order-2"]


def test_what_can_never_be_delivered_is_not_tried_again() -> None:
    mail = Channel(no_such_address)
    core = work(notifier(mail=mail), MAIL)
    assert (mail.keys, core.dead) == (["order-1"], [(MAIL, "undeliverable: no such address")])
