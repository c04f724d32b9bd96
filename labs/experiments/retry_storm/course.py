"""A request on its way, and the answers that it may get."""

from dataclasses import dataclass
from typing import NamedTuple

from labs.experiments.world import BAD_REQUEST, OK, UNAVAILABLE, Request


class Answer(NamedTuple):
    """What an attempt that was answered gives to its caller."""

    status_code: int
    retry_after_s: float = 0.0


GOOD, WRONG, ILL = Answer(OK), Answer(BAD_REQUEST), Answer(UNAVAILABLE)


@dataclass(slots=True)
class Course:
    """How far a request has come: how often it was sent in all, and how its last attempt ended."""

    request: Request
    began_s: float
    sent: int = 0
    outcome: str = "failed"
