"""Options to choose from, shared by the kinds that offer them.

An option has an id in the definition and a *key* in the browser: its place in the frozen order, from "1". The id may say
what the author thinks ("correct-one"), so it stays on the server.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from quizzes.kinds.base import AnswerError, Definition, Frozen, Note

OptionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class Option(Definition):
    """One option: text and feedback in Markdown; `misconception` names the belief that makes it look right."""

    id: OptionId
    text: Words
    correct: bool = False
    feedback: str = ""
    misconception: str = ""


def check_ids_differ(ids: Sequence[str]) -> None:
    """Raises ValueError when two of the ids are the same."""
    twice = sorted({name for name in ids if list(ids).count(name) > 1})
    if twice:
        raise ValueError(f"ids must differ; twice: {', '.join(twice)}")


def check_texts_differ(texts: Sequence[str]) -> None:
    """Raises ValueError when two read the same: no learner could tell the right one from the wrong one."""
    twice = next((text for text in texts if list(texts).count(text) > 1), None)
    if twice is not None:
        raise ValueError(f"two entries read the same: “{twice[:80]}”")


def frozen_order(ids: Sequence[str], rng: random.Random, *, shuffle: bool) -> Frozen:
    """The order in which the options are shown in one attempt."""
    order = list(ids)
    if shuffle:
        rng.shuffle(order)
    return {"order": order}


def shown(options: Sequence[Option], frozen: Frozen) -> list[tuple[str, Option]]:
    """(key in the browser, option) in the frozen order."""
    by_id = {option.id: option for option in options}
    return [(str(place), by_id[name]) for place, name in enumerate(frozen["order"], start=1)]


def public_options(options: Sequence[Option], frozen: Frozen) -> list[dict[str, str]]:
    """Key and text, and nothing else of each option."""
    return [{"key": key, "text": option.text} for key, option in shown(options, frozen)]


def option_id(frozen: Frozen, key: Any) -> str:
    """The id behind a key from the browser."""
    order: Sequence[str] = frozen["order"]
    places = {str(place): name for place, name in enumerate(order, start=1)}
    if not isinstance(key, str) or key not in places:
        raise AnswerError("That option is not part of this question.")
    return places[key]


def chosen_ids(frozen: Frozen, keys: Any) -> list[str]:
    """The ids behind a list of keys, each at most once."""
    if not isinstance(keys, list):
        raise AnswerError("The answer to this question is a list of options.")
    if len(keys) > len(frozen["order"]):
        raise AnswerError("The answer names more options than the question has.")
    ids = [option_id(frozen, key) for key in keys]
    if len(set(ids)) != len(ids):
        raise AnswerError("The answer names an option twice.")
    return ids


def note_on(option: Option) -> Note:
    """The feedback of an option that was chosen."""
    return Note(text=option.feedback, about=option.text, right=option.correct, misconception=option.misconception, given=True)


def reviewed_options(options: Sequence[Option], frozen: Frozen, chosen: Sequence[str]) -> list[Mapping[str, Any]]:
    """Options in the order shown, with the key, the choice and the feedback."""
    return [
        {"key": key, "chosen": option.id in chosen, **option.model_dump(exclude={"id"})}
        for key, option in shown(options, frozen)
    ]


OptionList = Annotated[list[Option], Field(min_length=2, max_length=12)]
