"""Read the run: the charts of a run that has been, its variants under letters; which of them, when, why.

The run is simulated once, when a version of the question is made (`prepare`). What the question asks of it is computed from
it, never typed in: the variant with the best value of a metric, the time of a moment. A question whose key a careful reader
could fairly doubt (two variants too near, a peak with a rival) is refused in words.

Rule: a weighted share. Which and why are all or nothing; a time is right within the tolerance.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from quizzes.kinds.base import AnswerError, Frozen, Json, Kind, Note, Outcome
from quizzes.kinds.choices import frozen_order, note_on, option_id, public_options, reviewed_options
from quizzes.kinds.frozen_run import as_letters
from quizzes.kinds.lab_runs import address_query, arm_label, clock, lab_named
from quizzes.kinds.quantity import parse_quantity
from quizzes.kinds.reading import ArmRemark, ReadTheRunDefinition, measured

LETTERS = "ABCDEFGHI"
PLACEHOLDER = re.compile(r"\{([a-z0-9][a-z0-9+-]{0,59})\}")
CLOCK = re.compile(r"^(\d{1,4}):([0-5]?\d(?:[.,]\d{1,3})?)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer: the arm by its own name, the time, the option's id; None where a part is left open."""

    which: str | None = None
    when_s: float | None = None
    why: str | None = None


class ReadTheRun(Kind[ReadTheRunDefinition, Reading]):
    """The answer is an object with `which` (a letter), `when` (a time as text) and `why` (an option's key)."""

    slug: ClassVar[str] = "read-the-run"
    label: ClassVar[str] = "Read the run"
    template: ClassVar[str] = "quizzes/kinds/read_the_run.html"
    review_template: ClassVar[str] = "quizzes/kinds/read_the_run_review.html"
    example: ClassVar[str] = """\
run: {lab: retry-storm, arms: [full-jitter, retry-budget], seed: 7, duration_s: 60}
series: [goodput_rps, offered_rps]
which:                                 # the key is computed from the run
  ask: Which variant sends the service the most attempts?
  metric: offered_rps
  best: highest
  remarks: {retry-budget: {feedback: It repeats one request in ten., misconception: any retry storms}}
when:                                  # {retry-budget} becomes "variant B", or whichever letter it has
  ask: When does {retry-budget} lose its useful load?
  arm: retry-budget
  crossing: {series: goodput_rps, below: 35, after_s: 10}     # or mark, extremum
  tolerance_s: 2
why:
  ask: Why does one variant not come back?
  options:
  - {id: load, text: Repeats keep the service full., correct: true, feedback: 'Yes: the overload feeds itself.'}
  - {id: slow, text: The service is still slow., feedback: 'It has been well again for a minute.',
     misconception: an overload ends with its cause}
"""
    definition = ReadTheRunDefinition

    def prepare(self, definition: ReadTheRunDefinition) -> Json:
        return json.loads(measured(definition.model_dump_json()))

    def assemble(self, raw: Json, artifact: Json | None) -> ReadTheRunDefinition:
        definition = ReadTheRunDefinition.model_validate(raw)
        definition._artifact = artifact
        return definition

    def with_stem(self, definition: ReadTheRunDefinition, stem: str) -> ReadTheRunDefinition:
        """A stem that calls a variant by its letter would narrow down which of them is asked for."""
        named = {found[1] for found in PLACEHOLDER.finditer(stem)} & set(definition.run.spec().arms)
        if definition.which and named:
            raise ValueError(f"the stem names {{{min(named)}}} by its letter, while “which” asks for one")
        return definition

    def rule(self, definition: ReadTheRunDefinition) -> str:
        parts, when = definition.parts, definition.when
        within = f" A time is right within ±{when.tolerance_s:g} s." if when else ""
        if len(parts) == 1:
            return f"All or nothing.{within}"
        whole = sum(part.weight for part in parts.values())
        shares = ", ".join(f"{name} {100 * part.weight / whole:.0f} %" for name, part in parts.items())
        return f"Each part earns its share: {shares}.{within}"

    def freeze(self, definition: ReadTheRunDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        """Letters, and with them colours and shapes, are always dealt anew: in the author's order they would tell."""
        arms = list(definition.run.spec().arms)
        rng.shuffle(arms)
        why = definition.why
        order = frozen_order([option.id for option in why.options], rng, shuffle=shuffle and not why.keep_order) if why else {}
        return {"run": definition.artifact["run"], "arms": arms, **order}

    def fits(self, definition: ReadTheRunDefinition, frozen: Frozen) -> bool:
        """Answers are about the run that was seen: a version that shows another one cannot grade them."""
        return super().fits(definition, frozen) and frozen["run"] == definition.artifact["run"]

    def words(self, text: str, definition: ReadTheRunDefinition, frozen: Frozen) -> str:
        """`{full-jitter}` becomes "variant B". Other braces stay as they are."""
        letters = _letters(frozen)
        return PLACEHOLDER.sub(lambda found: f"variant {letters[found[1]]}" if found[1] in letters else found[0], text)

    def public_view(self, definition: ReadTheRunDefinition, frozen: Frozen) -> Mapping[str, Any]:
        letters = _letters(frozen)
        view: dict[str, Any] = {"run": as_letters(definition.artifact, letters)}
        if definition.which:
            view["which"] = {"ask": self._asked_which(definition, frozen), "letters": list(letters.values())}
        if definition.when:
            view["when"] = {"ask": self.words(definition.when.ask, definition, frozen)}
        if definition.why:
            options = public_options(definition.why.options, frozen)
            view["why"] = {
                "ask": self.words(definition.why.ask, definition, frozen),
                "options": [option | {"text": self.words(option["text"], definition, frozen)} for option in options],
            }
        return view

    def _asked_which(self, definition: ReadTheRunDefinition, frozen: Frozen) -> str:
        which, lab = definition.which, lab_named(definition.run.lab)
        if which is None or which.ask:
            return self.words(which.ask, definition, frozen) if which else ""
        label = next(metric.label for metric in lab.metrics if metric.name == which.metric)
        return f"Which variant has the {which.best} value of “{label}” over the run?"

    def from_form(self, values: Sequence[str]) -> Any:
        """A form carries the whole answer in one field, as JSON."""
        try:
            return json.loads(values[0]) if values and values[0].strip() else None
        except (ValueError, RecursionError):
            return values[0]

    def parse(self, definition: ReadTheRunDefinition, frozen: Frozen, raw: Any) -> Reading | None:
        if raw in (None, "", {}):
            return None
        if not isinstance(raw, dict) or not raw.keys() <= definition.parts.keys():
            raise AnswerError(f"The answer to this question has the parts {', '.join(definition.parts)}.")
        when = raw.get("when")
        reading = Reading(
            which=_arm(frozen, raw["which"]) if raw.get("which") is not None else None,
            when_s=_time_s(when, definition.artifact["duration_s"]) if when not in (None, "") else None,
            why=option_id(frozen, raw["why"]) if raw.get("why") is not None else None,
        )
        return None if reading == Reading() else reading

    def grade(self, definition: ReadTheRunDefinition, frozen: Frozen, response: Reading) -> Outcome:
        right = _right(definition, response)
        whole = sum(part.weight for part in definition.parts.values())
        score = sum(part.weight for name, part in definition.parts.items() if right[name]) / whole
        notes = (*_on_which(definition, frozen, response), *_on_when(definition, response), *_on_why(definition, response))
        return Outcome(score=1.0 if all(right.values()) else score, notes=tuple(self._filled(notes, definition, frozen)))

    def _filled(self, notes: Sequence[Note], definition: ReadTheRunDefinition, frozen: Frozen) -> list[Note]:
        return [
            Note(
                text=self.words(note.text, definition, frozen), about=self.words(note.about, definition, frozen),
                right=note.right, misconception=note.misconception, given=note.given,
            )
            for note in notes
        ]  # fmt: skip

    def review(self, definition: ReadTheRunDefinition, frozen: Frozen, response: Reading | None) -> Mapping[str, Any]:
        answer = response or Reading()
        lab, letters, right = lab_named(definition.run.lab), _letters(frozen), _right(definition, answer)
        view = dict(self.public_view(definition, frozen)) | {
            "told": as_letters(
                definition.artifact, {arm: f"{letter}: {arm_label(lab, arm)}" for arm, letter in letters.items()}
            ),
            "names": [{"letter": letter, "name": arm_label(lab, arm)} for arm, letter in letters.items()],
            "sentence": definition.artifact["sentence"],
            "lab": {"slug": lab.slug, "title": lab.title, "query": _address(definition)},
        }
        if definition.which:
            key = letters[definition.artifact["which"]]
            view["which"] |= {"given": letters.get(answer.which or ""), "right": right["which"], "key": key}
            view["which"]["remark"] = next(iter(self._filled(_on_which(definition, frozen, answer), definition, frozen)), None)
        if definition.when:
            view["when"] |= {
                "given": None if answer.when_s is None else clock(answer.when_s), "right": right["when"],
                "key": clock(definition.artifact["when_s"]), "tolerance_s": definition.when.tolerance_s,
                "remark": next(iter(self._filled(_on_when(definition, answer), definition, frozen)), None),
            }  # fmt: skip
            flag = {"t": definition.artifact["when_s"], "kind": "goal", "text": "the time that was asked for", "arm": ""}
            view["told"]["flags"] = [*view["told"]["flags"], flag]
        if definition.why:
            options = reviewed_options(definition.why.options, frozen, [answer.why] if answer.why else [])
            view |= {"options": [self._option(option, definition, frozen) for option in options], "shape": "radio"}
        return view

    def _option(self, option: Mapping[str, Any], definition: ReadTheRunDefinition, frozen: Frozen) -> dict[str, Any]:
        return dict(option) | {name: self.words(option[name], definition, frozen) for name in ("text", "feedback")}

    def answer_text(self, definition: ReadTheRunDefinition, frozen: Frozen, response: Reading) -> str:
        lab = lab_named(definition.run.lab)
        given = [
            f"{_letters(frozen)[response.which]} ({arm_label(lab, response.which)})" if response.which else "",
            f"at {clock(response.when_s)}" if response.when_s is not None else "",
            next((option.text for option in definition.why.options if option.id == response.why), "") if definition.why else "",
        ]
        return "; ".join(part for part in given if part)


def _letters(frozen: Frozen) -> dict[str, str]:
    """The letter of each arm by its own name, from A."""
    return dict(zip(frozen["arms"], LETTERS, strict=False))


def _arm(frozen: Frozen, letter: Any) -> str:
    arms = {shown: arm for arm, shown in _letters(frozen).items()}
    if not isinstance(letter, str) or letter not in arms:
        raise AnswerError("That variant is not part of this question.")
    return arms[letter]


def _time_s(text: Any, duration_s: float) -> float:
    """Seconds from "42", "42.5 s", "2 min" or, as the charts write it, "1:15.5". Raises `AnswerError` outside of the run."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise AnswerError("A time is a number of seconds, such as 42 or 1:15.")
    on_the_clock = CLOCK.match(str(text).strip())
    if on_the_clock:
        at_s = 60.0 * int(on_the_clock[1]) + float(on_the_clock[2].replace(",", "."))
    else:
        at_s = parse_quantity(str(text), "s", {"ms": 0.001, "min": 60.0, "h": 3600.0})
    if not 0 <= at_s <= duration_s:
        raise AnswerError(f"The run lasts from 0:00 to {clock(duration_s)}: name a time in it.")
    return at_s


def _right(definition: ReadTheRunDefinition, answer: Reading) -> dict[str, bool]:
    right: dict[str, bool] = {}
    if definition.which:
        right["which"] = answer.which == definition.artifact["which"]
    if definition.when:
        right["when"] = _near(answer.when_s, definition.artifact["when_s"], definition.when.tolerance_s)
    if definition.why:
        right["why"] = any(option.correct and option.id == answer.why for option in definition.why.options)
    return right


def _near(given_s: float | None, key_s: float, tolerance_s: float) -> bool:
    return given_s is not None and abs(given_s - key_s) <= tolerance_s + 1e-9


def _on_which(definition: ReadTheRunDefinition, frozen: Frozen, answer: Reading) -> Sequence[Note]:
    if definition.which is None or answer.which is None:
        return ()
    remark = definition.which.remarks.get(answer.which, ArmRemark())
    right = answer.which == definition.artifact["which"]
    about = f"Variant {_letters(frozen)[answer.which]}"
    return (
        Note(text=remark.feedback, about=about, right=right, misconception="" if right else remark.misconception, given=True),
    )


def _on_when(definition: ReadTheRunDefinition, answer: Reading) -> Sequence[Note]:
    when = definition.when
    if when is None or answer.when_s is None:
        return ()
    about = clock(answer.when_s)
    if _near(answer.when_s, definition.artifact["when_s"], when.tolerance_s):
        return (Note(text=when.right_feedback, about=about, right=True, given=True),)
    for mistake, at_s in zip(when.mistakes, definition.artifact["mistakes_s"], strict=True):
        if _near(answer.when_s, at_s, when.tolerance_s):
            belief = mistake.misconception
            return (Note(text=mistake.feedback, about=about, right=False, misconception=belief, given=True),)
    return (Note(text=when.wrong_feedback, about=about, right=False, given=True),)


def _on_why(definition: ReadTheRunDefinition, answer: Reading) -> Sequence[Note]:
    return [note_on(option) for option in definition.why.options if option.id == answer.why] if definition.why else ()


def _address(definition: ReadTheRunDefinition) -> str:
    run = definition.run
    return address_query(run.parameters, seed=run.seed, arms=run.spec().arms, duration_s=run.duration_s)


KIND = ReadTheRun()
