"""What the review page's script sends, checked for its form. JSON in, values out; wrong ones are said in words."""

import json
from typing import Annotated, Any
from uuid import UUID

from django.http import QueryDict
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quizzes.reviews.memory import Rating
from quizzes.reviews.services.queue import Choice
from quizzes.reviews.services.rating import Rated

MAX_BODY_BYTES = 256 * 1024
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Milliseconds = Annotated[int, Field(ge=0, le=2**53)]


class WireError(ValueError):
    """The request is not what the page sends."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ChoiceSent(Strict):
    """Which cards the page asks."""

    tag: Annotated[str, Field(max_length=80)] = ""
    lesson: Annotated[str, Field(max_length=80)] = ""
    deck: Annotated[str, Field(max_length=120)] = ""
    ahead: bool = False

    def choice(self) -> Choice:
        return Choice(**{name: _plain(value) for name, value in self.model_dump().items()})


class RatingSent(Strict):
    """One rating, named by the browser."""

    id: Annotated[UUID, Field(strict=False)]
    card: Annotated[UUID, Field(strict=False)]
    revision: Count
    rating: Annotated[int, Field(ge=1, le=4)]
    age_ms: Milliseconds = 0
    duration_ms: Milliseconds = 0
    ahead: bool = False
    version: Count | None = None
    score: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None

    def rated(self) -> Rated:
        return Rated(
            client_id=self.id, card=self.card, revision=self.revision, rating=Rating(self.rating), age_ms=self.age_ms,
            duration_ms=self.duration_ms, ahead=self.ahead, version_number=self.version, score=self.score,
        )  # fmt: skip


class RatingsSent(Strict):
    """Ratings in the order in which they were given, and what the page wants next. `user`: whose page it is."""

    user: Annotated[str, Field(max_length=40)] = ""
    ratings: Annotated[list[RatingSent], Field(max_length=100)] = []
    zone: Annotated[str, Field(max_length=64)] = ""
    choice: ChoiceSent = ChoiceSent()


class UndoSent(Strict):
    """The rating to take back, and a name for doing so."""

    id: Annotated[UUID, Field(strict=False)]
    rating: Annotated[UUID, Field(strict=False)]
    choice: ChoiceSent = ChoiceSent()


class AnswerSent(Strict):
    """An answer to a question card; `give_up`: the answer is asked for instead."""

    revision: Count
    version: Count
    value: Any = None
    give_up: bool = False


class PutAwaySent(Strict):
    on: bool = True
    choice: ChoiceSent = ChoiceSent()


def read(schema: type[Any], body: bytes) -> Any:
    """The body as the schema has it. Raises `WireError`."""
    if len(body) > MAX_BODY_BYTES:
        raise WireError(f"A request has at most {MAX_BODY_BYTES // 1024} kB.")
    try:
        return schema.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors()[0]
        raise WireError(f"{'.'.join(str(step) for step in first['loc']) or 'request'}: {first['msg']}") from None
    except (ValueError, RecursionError):
        raise WireError("The request cannot be read as JSON.") from None


def choice_of(query: QueryDict) -> Choice:
    """The choice in a page's address; what is too long is nobody's tag."""
    names = (("tag", 80), ("lesson", 80), ("deck", 120))
    return Choice(**{name: _plain(query.get(name, ""))[:most] for name, most in names}, ahead=query.get("ahead") == "1")


def _plain(value: Any) -> Any:
    """No NUL and no halves of characters: the database takes neither."""
    return value.encode(errors="ignore").decode().replace("\x00", "") if isinstance(value, str) else value
