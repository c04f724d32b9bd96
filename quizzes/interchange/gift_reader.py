"""Reads GIFT, all that Moodle's reader takes: every kind of answer, weights, feedback, format marks, categories, ids, tags.

Where Moodle guesses or is silent, this says so: a second pair of braces, a weight that is no number, a text without an answer.
"""

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from quizzes.interchange.gift_syntax import Block, as_written, blocks, meant
from quizzes.interchange.marked import FORMATS, MARKDOWN, Texts
from quizzes.interchange.records import (
    Answer,
    Body,
    Choices,
    Essay,
    Notes,
    Number,
    Numbers,
    Order,
    Pair,
    Pairs,
    Problem,
    Reading,
    Record,
    ShortText,
    TrueFalse,
    Unreadable,
    middle,
)
from quizzes.interchange.tags import of_category

BLANK = "_____"
_FORMAT = re.compile(rf"\s*\[({'|'.join(FORMATS)})\]")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d+)?)%")
_ORDER_WORDS = re.compile(
    r"(?:\d+|ALL|EXACT|RANDOM|REL|CONTIG(?:UOUS)?|HORI(?:ZONTAL)?|VERT(?:ICAL)?|[HV]|ABS(?:OLUTE)?(?:_POSITION)?|ALL_OR_NOTHING"
    r"|RELATIVE\w*|LONGEST_\w+|SHOW|HIDE|TRUE|FALSE|YES|NO)(?:\s+|$)"
)


def read_gift(text: str, unmarked: str = MARKDOWN) -> Reading:
    """Never raises: what cannot be read becomes a `Problem` with its line."""
    return Reading.of(_items(text, unmarked))


def _items(text: str, unmarked: str) -> Iterator[Record | Problem]:
    for block in blocks(text):
        if not block.text.strip():
            continue
        try:
            yield _Question(block, unmarked).record()
        except Unreadable as error:
            yield Problem(error.line or block.line, error.what, meant(block.text)[:80])


class _Question:
    """One block, taken apart. Offsets are kept, so that a fault can name its line."""

    def __init__(self, block: Block, unmarked: str) -> None:
        self.block = block
        self.notes = Notes()
        self.texts = Texts(self.notes, unmarked)
        self.format = ""

    def record(self) -> Record:
        title, begin = self._title()
        opened, closed = self._braces(begin)
        head, tail = self.block.text[begin:opened], self.block.text[closed + 1 :]
        stem = self._stem(f"{head}{BLANK}{tail}" if tail.strip() else head)
        answers = self.block.text[opened + 1 : closed]
        explanation_at = answers.rfind("####")
        explanation = self._text(answers[explanation_at + 4 :]) if explanation_at >= 0 else ""
        body = self._body(answers[:explanation_at] if explanation_at >= 0 else answers, opened + 1)
        if self.block.joined:
            self.notes.add("a blank line inside of the braces was skipped; Moodle ends the question there")
        tags = (*of_category(self.block.category), *self.block.tags)
        return Record(
            stem=stem, body=body, line=self.block.line, name=self.block.name, title=title, explanation=explanation,
            tags=tags or None, notices=self.notes.all(),
        )  # fmt: skip

    def _title(self) -> tuple[str, int]:
        """The title, and where the question's text begins."""
        text = self.block.text
        if not text.lstrip().startswith("::"):
            return "", 0
        start = text.index("::") + 2
        end = text.find("::", start)
        if end < 0:
            raise Unreadable("The title that “::” begins has no second “::” at its end.", self.block.line)
        return meant(text[start:end]), end + 2

    def _braces(self, begin: int) -> tuple[int, int]:
        text = self.block.text
        opened, closed = text.find("{", begin), text.find("}", begin)
        if opened < 0 and closed < 0:
            raise Unreadable("This text has no answer in braces. A description is no question: leave it out, or add { … }.")
        if closed < 0:
            raise Unreadable("The “{” of the answer is never closed by a “}”.", self.block.line_at(opened))
        if closed < opened or opened < 0:
            line = self.block.line_at(closed)
            raise Unreadable(r"There is a “}” without a “{” before it. A brace that is text is written “\}”.", line)
        for brace in "{}":
            again = text.find(brace, (opened if brace == "{" else closed) + 1)
            if again >= 0:
                line = self.block.line_at(again)
                raise Unreadable(
                    rf"A second “{brace}”: a question has one pair of braces. One that is text is written “\{brace}”.", line
                )
        return opened, closed

    # Texts

    def _marked(self, raw: str) -> tuple[str, str]:
        """The format that a text names, and the rest."""
        found = _FORMAT.match(raw)
        return (found[1], raw[found.end() :]) if found else ("", raw)

    def _stem(self, raw: str) -> str:
        self.format, rest = self._marked(raw)
        return self.texts.markdown(meant(rest), self.format)

    def _text(self, raw: str) -> str:
        """Of an answer: lines that are only indented to look well are not."""
        form, rest = self._marked(re.sub(r"\n[ \t]+", "\n", raw))
        return self.texts.markdown(meant(rest), form or self.format)

    # Answers

    def _body(self, answers: str, offset: int) -> Body:
        plain = answers.strip()
        if not plain:
            return Essay()
        if plain.startswith("#"):
            return self._numbers(answers, offset)
        if plain.startswith(">"):
            return self._order(plain[1:])
        if "~" in plain:
            return self._choices(answers, offset)
        if "=" in plain and "->" in plain:
            return self._pairs(answers, offset)
        said, *feedback = plain.split("#", 2)
        if said.strip().upper() in ("T", "TRUE", "F", "FALSE"):
            return self._true_false(said.strip().upper().startswith("T"), feedback)
        return self._short_text(answers, offset)

    def _true_false(self, right: bool, feedback: list[str]) -> TrueFalse:
        wrong_text, right_text = (self._text(each) for each in [*feedback, "", ""][:2])
        return TrueFalse(right, right_text if right else wrong_text, wrong_text if right else right_text)

    def _choices(self, answers: str, offset: int) -> Choices:
        found = [self._choice(mark, part, at) for mark, part, at in self._parts(answers, offset, "~=")]
        if len(found) < 2:
            raise Unreadable("A choice needs two options at least.", self.block.line_at(offset))
        return Choices(tuple(found), many="=" not in answers)

    def _choice(self, mark: str, part: str, at: int) -> Answer:
        weight, rest = (1.0, part) if mark == "=" else self._weight(part, 0.0, at)
        text, feedback = self._with_feedback(rest)
        if not text:
            raise Unreadable("An option has no text.", self.block.line_at(at))
        return Answer(self._text(text), weight, self._text(feedback))

    def _short_text(self, answers: str, offset: int) -> ShortText:
        found = []
        for _, part, at in self._parts(answers, offset, "="):
            weight, rest = self._weight(part, 1.0, at)
            text, feedback = self._with_feedback(rest)
            if not meant(text):
                raise Unreadable("An accepted answer has no text.", self.block.line_at(at))
            found.append(Answer(meant(text), weight, self._text(feedback)))
        return ShortText(tuple(found))

    def _pairs(self, answers: str, offset: int) -> Pairs:
        pairs: list[Pair] = []
        distractors: list[str] = []
        for _, part, at in self._parts(answers, offset, "="):
            left, arrow, right = part.partition("->")
            if not arrow or not meant(right):
                raise Unreadable("A pair is written “=left -> right”.", self.block.line_at(at))
            if left.strip():
                pairs.append(Pair(self._text(left), meant(right)))
            else:
                distractors.append(meant(right))
        return Pairs(tuple(pairs), tuple(distractors))

    def _order(self, answers: str) -> Order:
        first, _, rest = answers.strip().partition("\n")
        while word := _ORDER_WORDS.match(first := first.lstrip()):
            first = first[word.end() :]
        lines = [as_written(line).strip() for line in [first, *rest.split("\n")]]
        return Order(tuple(Answer(self.texts.markdown(line, self.format)) for line in lines if line))

    def _numbers(self, answers: str, offset: int) -> Numbers:
        start = answers.index("#") + 1
        right, tilde, wrong = answers[start:].partition("~")
        found = [self._number(part, at) for _, part, at in self._parts(right, offset + start, "=")]
        if not found:
            raise Unreadable("A number is asked for, but none is given after “{#”.", self.block.line_at(offset))
        wrong_feedback = self._text(self._with_feedback(wrong)[1]) if tilde else ""
        return Numbers(tuple(found), wrong_feedback)

    def _number(self, part: str, at: int) -> Number:
        weight, rest = self._weight(part, 1.0, at)
        text, feedback = self._with_feedback(rest)
        said = self._text(feedback)
        low, dots, high = text.partition("..")
        if dots and low.strip():
            bottom, top = self._value(low, at), self._value(high, at)
            return Number(middle(bottom, top), low=bottom, high=top, share=weight, feedback=said)
        key, _, tolerance = text.partition(":")
        width = self._value(tolerance, at) if tolerance.strip() else 0.0
        return Number(self._value(key, at), absolute=width, share=weight, feedback=said)

    def _value(self, text: str, at: int) -> float:
        plain = meant(text).replace("−", "-")
        try:
            value = float(plain)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or "_" in plain:
            raise Unreadable(f"“{plain[:60]}” is no number. Write it like 1234.5.", self.block.line_at(at))
        return value

    # Parts

    def _parts(self, answers: str, offset: int, marks: str) -> Iterator[tuple[str, str, int]]:
        """(mark, text after it, offset) of each answer; what stands before the first mark counts as marked by the last."""
        starts = [found.start() for found in re.finditer(f"[{marks}]", answers)]
        if answers[: starts[0] if starts else None].strip():
            yield marks[-1], answers[: starts[0] if starts else None], self._at(answers, 0, offset)
        for start, end in pairwise([*starts, len(answers)]):
            if answers[start + 1 : end].strip() or answers[start] == "~":
                yield answers[start], answers[start + 1 : end], self._at(answers, start, offset)

    def _at(self, answers: str, start: int, offset: int) -> int:
        blank = len(answers[start:]) - len(answers[start:].lstrip())
        return offset + start + blank

    def _weight(self, part: str, default: float, at: int) -> tuple[float, str]:
        """A share of the marks, from “%50%” at the beginning."""
        text = part.lstrip()
        if not text.startswith("%"):
            return default, text
        found = _WEIGHT.match(text)
        if found is None:
            return default, text
        share = float(found[1]) / 100
        if abs(share) > 1:
            raise Unreadable(f"A weight lies between -100 and 100 %, not at {found[1]} %.", self.block.line_at(at))
        return share, text[found.end() :]

    def _with_feedback(self, part: str) -> tuple[str, str]:
        text, _, feedback = part.partition("#")
        return text.strip(), feedback
