"""Candidates who answer an exam over real HTTP, each with a session and a CSRF token of its own, as their browsers would.

Reads {"url", "quiz", "lasts_s", "sessions": [...], "late": n} as one JSON line; prints what they saw as another. The last
`late` candidates go on sending when their time is over. Whatever is not acknowledged is sent again under the same number.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from typing import Any

import httpx

QUESTIONS, AGAIN_S, PATIENCE_S, BEAT_S = 20, 0.3, 30.0, 20.0
UUID = re.compile(r"/attempts/([0-9a-f-]{36})/")
KEYS = re.compile(r'data-question="(\d+)" data-kind="([a-z-]+)"')


class Candidate:
    """One person: starts, answers question by question at an uneven pace, hands in twice at once."""

    def __init__(self, order: dict[str, Any], number: int, seen: "Seen") -> None:
        self.order, self.number, self.seen = order, number, seen
        self.chance = random.Random(number)
        self.late = number >= len(order["sessions"]) - order["late"]
        cookies = {"sessionid": order["sessions"][number]}
        limits = httpx.Limits(max_connections=2)
        self.http = httpx.AsyncClient(base_url=order["url"], cookies=cookies, timeout=10.0, limits=limits)
        self.attempt = ""
        self.over = False

    async def sit(self, ends_s: float) -> None:
        await asyncio.sleep(self.number * 0.06)  # they come in over some seconds
        await self.begin()
        beat = asyncio.create_task(self.beats())
        try:
            await self.answer_all(ends_s)
            if not self.late:
                await asyncio.gather(self.hand_in(), self.hand_in())
        finally:
            beat.cancel()
            await self.http.aclose()

    async def begin(self) -> None:
        await self.insist("GET", f"/quizzes/{self.order['quiz']}/")
        self.http.headers["X-CSRFToken"] = self.http.cookies["csrftoken"]
        started = await self.insist("POST", f"/quizzes/{self.order['quiz']}/start/")
        self.attempt = UUID.search(started.headers["location"])[0]  # type: ignore[index]
        page = await self.insist("GET", self.attempt)
        self.kinds = dict(KEYS.findall(page.text))
        assert len(self.kinds) == QUESTIONS, page.text[:2000]

    async def answer_all(self, ends_s: float) -> None:
        """Spread over the time there is; a second, changed answer to every tenth question."""
        said = [(name, seq) for name in self.kinds for seq in (1, 2) if seq == 1 or int(name) % 10 == 0]
        lasts_s = ends_s - time.monotonic() - (0 if self.late else 8)
        for place, (name, seq) in enumerate(said):
            due_s = ends_s - (0 if self.late else 8) - lasts_s * (1 - (place + self.chance.random()) / len(said))
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            if self.over:
                return
            await self.save(name, seq, self.value(self.kinds[name]))

    def value(self, kind: str) -> Any:
        match kind:
            case "single-choice":
                return self.chance.choice("123")
            case "multiple-choice":
                return self.chance.sample("1234", 2)
            case "ordering":
                return self.chance.sample("1234", 4)
        return str(self.chance.randint(1, 5000))

    async def save(self, name: str, seq: int, value: Any) -> None:
        body = {"answers": [{"question": name, "seq": seq, "value": value}], "at": name}
        began_s = time.monotonic()
        reply = await self.insist("POST", f"{self.attempt}answers/", body, timed=True)
        self.seen.until_kept_s.append(time.monotonic() - began_s)
        fate = reply.json()["fates"][f"{name}:{seq}"]
        self.seen.fates[fate] += 1
        if fate == "kept":
            self.seen.kept.append([self.attempt, int(name), seq, value])
        elif not self.late:
            self.over = True

    async def hand_in(self) -> None:
        await self.insist("POST", f"{self.attempt}submit/")
        self.seen.handed_in += 1

    async def beats(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await self.insist("POST", f"{self.attempt}answers/", {"at": "1"})

    async def insist(self, method: str, path: str, body: Any = None, *, timed: bool = False) -> httpx.Response:
        """Send until there is an answer that is one; what went wrong in between is counted."""
        until_s = time.monotonic() + PATIENCE_S
        while True:
            began_s = time.monotonic()
            try:
                reply = await self.http.request(method, path, json=body)
                if reply.status_code in (200, 302, 409):
                    if timed:
                        self.seen.saves.append((began_s - self.seen.began_s, time.monotonic() - began_s))
                    return reply
                if reply.status_code < 500:
                    raise RuntimeError(f"{method} {path}: {reply.status_code} {reply.text[:500]}")
                self.seen.errors[f"HTTP {reply.status_code}"] += 1
            except httpx.TransportError as error:
                self.seen.errors[type(error).__name__] += 1
            if time.monotonic() > until_s:
                raise RuntimeError(f"{method} {path}: no answer within {PATIENCE_S:g} s, met {dict(self.seen.errors)}")
            await asyncio.sleep(AGAIN_S * (0.5 + self.chance.random()))


class Seen:
    """What all candidates saw together."""

    def __init__(self) -> None:
        self.began_s = time.monotonic()
        self.saves: list[tuple[float, float]] = []  # when, after the beginning, and how long (seconds)
        self.until_kept_s: list[float] = []
        self.kept: list[list[Any]] = []
        self.fates: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.handed_in = 0


async def main(order: dict[str, Any]) -> dict[str, Any]:
    seen = Seen()
    ends_s = time.monotonic() + order["lasts_s"]
    print("begun", flush=True)
    people = [Candidate(order, number, seen) for number in range(len(order["sessions"]))]
    await asyncio.gather(*(one.sit(ends_s) for one in people))
    return vars(seen) | {"wall_s": order["lasts_s"] + time.monotonic() - ends_s}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.stdin.readline())))), flush=True)
