"""Questions as the interchange formats see them, between a format's text and the kinds of the bank.

All texts are Markdown, but for accepted forms (`ShortText`) and the right sides of pairs, which are plain. A `share` is a part
of the marks: 1 is full, 0 none, negative takes away.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that a question foresees."""

    text: str
    share: float = 0.0
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """Options to choose from: one (`many` false) or any number. `keep_order`: they are not shuffled."""

    answers: tuple[Answer, ...]
    many: bool = False
    keep_order: bool = False


@dataclass(frozen=True, slots=True)
class TrueFalse:
    right: bool
    true_feedback: str = ""
    false_feedback: str = ""


@dataclass(frozen=True, slots=True)
class ShortText:
    """`*` in an answer stands for any text, `\\*` for a star."""

    answers: tuple[Answer, ...]
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a question foresees. With `low` and `high` that range counts, else `key` give or take a tolerance.

    `absolute` is in the unit of the key, `relative` a share of the key; without both, the key itself counts alone.
    """

    key: float
    absolute: float | None = None
    relative: float | None = None
    low: float | None = None
    high: float | None = None
    share: float = 1.0
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """`units` are further units: (name, how many of `unit` one of them is)."""

    answers: tuple[Number, ...]
    wrong_feedback: str = ""
    unit: str = ""
    units: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that is drawn for each attempt: from `low` to `high` in steps of `step`, or one of `values`."""

    name: str
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """A value that is computed from the parameters, in the syntax of `quizzes.kinds.expression`."""

    text: str
    share: float = 1.0
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Calculated:
    """The first answer is the key; the others have a share below 1. The tolerance holds for all of them."""

    answers: tuple[Formula, ...]
    parameters: tuple[Parameter, ...]
    absolute: float | None = None
    relative: float | None = None
    wrong_feedback: str = ""
    unit: str = ""
    units: tuple[tuple[str, float], ...] = ()
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    left: str
    right: str
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """`distractors` are right sides that belong to no left one."""

    pairs: tuple[Pair, ...]
    distractors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Items in the right order; their shares mean nothing."""

    items: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Essay:
    """`for_graders` is what the formats keep for whoever reads the answer: a model answer, as a rule."""

    for_graders: str = ""
    min_words: int | None = None
    max_words: int | None = None


@dataclass(frozen=True, slots=True)
class Blank:
    """A gap in a text; its place in the stem is `[[name]]`."""

    name: str
    body: Choices | ShortText | Numbers
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Cloze:
    blanks: tuple[Blank, ...]


Body = Choices | TrueFalse | ShortText | Numbers | Calculated | Pairs | Order | Essay | Cloze


@dataclass(frozen=True, slots=True)
class Record:
    """One question. `line` is where it begins in its file (from 1); `name` is its id there, `title` what it is called.

    `tags` are None where the file says nothing of tags. `notices` say what reading it changed or left out.
    """

    stem: str
    body: Body
    line: int = 0
    name: str = ""
    title: str = ""
    explanation: str = ""
    hints: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A question that cannot be read, and why, in words. `line` is where the fault is."""

    line: int
    what: str
    title: str = ""


class Unreadable(Exception):
    """A question cannot be read. `line` counts from 1; 0 means where the question begins."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.what, self.line = what, line


MAX_QUESTIONS = 2_000
"""Of one file. A reader stops at the first that is too many."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: records and problems in its order, and notices about the file as a whole."""

    items: tuple[Record | Problem, ...]
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, items: Iterable[Record | Problem]) -> "Reading":
        return cls(tuple(islice(items, MAX_QUESTIONS + 1)))


class NotHeld(Exception):
    """A format has no way to write this question at all; the text says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """A question in a format: its text, and what of it the format cannot hold, one phrase each."""

    text: str
    lost: tuple[str, ...] = ()


def middle(low: float, high: float) -> float:
    """Halfway, in decimals: between 3.141 and 3.142 lies 3.1415."""
    return float((Decimal(repr(low)) + Decimal(repr(high))) / 2)


@dataclass(slots=True)
class Notes:
    """Collects notices while a question is read; each once."""

    found: list[str] = field(default_factory=list)

    def add(self, *what: str) -> None:
        self.found.extend(each for each in what if each not in self.found)

    def all(self) -> tuple[str, ...]:
        return tuple(self.found)
