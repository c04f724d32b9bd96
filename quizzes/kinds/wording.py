"""Words compared with the forms that an author accepts.

Two texts are the same when they are after folding: Unicode NFKC (full-width letters, ligatures), every dash as "-", every
quotation mark as a straight one (telephones put in curly ones by themselves), invisible characters dropped, runs of spaces
as one, none at the ends, one full stop at the end forgiven; small and capital letters too unless the author says otherwise.

In a form `*` stands for anything, nothing included, and `\\*` for a star. Matching is a scan from left to right without
backtracking (the leftmost place of each piece is always good enough when only `*` is wild), so no form can keep a process busy.

Of the forms that fit, one without `*` goes before one with it, then the higher score counts: the order in which an author
lists them plays no part.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from quizzes.kinds.base import AnswerError, Definition

MAX_LENGTH = 200
FormText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LENGTH)]
_MARKS = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"') | {"⁄": "/"}
)
_TOKENS = re.compile(r"\\\*|\*|[^*\\]+|\\")


class Form(Definition):
    """A form that an answer may have. May be written as plain text where only the text matters."""

    text: FormText
    feedback: str = ""
    misconception: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, raw: Any) -> Any:
        return {"text": raw} if isinstance(raw, str) else raw

    @property
    def exact(self) -> bool:
        return len(_pieces(self.text)) == 1

    @property
    def shown(self) -> str:
        """For people: “…” where anything may stand."""
        return "…".join(_pieces(self.text))

    def fits(self, answer: str, *, case_sensitive: bool) -> bool:
        given = folded(answer, case_sensitive=case_sensitive)
        pieces = self._folded_pieces(case_sensitive)
        return _fits(pieces, given) or (given.endswith(".") and _fits(pieces, given[:-1].rstrip()))

    def _folded_pieces(self, case_sensitive: bool) -> list[str]:
        """Ends are trimmed only where they are the form's own: the space in “circuit *” stays. Of the two in
        “half * breaker” one goes, so that it fits “half breaker” too.
        """
        pieces = [_plain(piece, case_sensitive) for piece in _pieces(self.text)]
        if len(pieces) == 1:
            return [pieces[0].strip()]
        joined = [after.removeprefix(" ") if before.endswith(" ") else after for before, after in pairwise(pieces)]
        return [pieces[0].lstrip(), *joined[:-1], joined[-1].rstrip()]


class AcceptedForm(Form):
    """Right, or right in part: `score` above 0 and up to 1."""

    score: Annotated[float, Field(gt=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _not_everything(self) -> "AcceptedForm":
        if not any(piece.strip() for piece in _pieces(self.text)):
            raise ValueError("a form that is only * accepts every answer")
        return self


class WrongForm(Form):
    """Wrong in a way that deserves words of its own. `*` alone speaks to every other answer."""


def best_form(forms: Iterable[Form], answer: str, *, case_sensitive: bool) -> Form | None:
    """The form that decides about an answer."""
    found = [form for form in forms if form.fits(answer, case_sensitive=case_sensitive)]
    return max(found, key=lambda form: (form.exact, score_of(form)), default=None)


def score_of(form: Form | None) -> float:
    return form.score if isinstance(form, AcceptedForm) else 0.0


def folded(text: str, *, case_sensitive: bool) -> str:
    """The spelling in which texts are compared."""
    return _plain(text, case_sensitive).strip()


def parse_words(raw: Any) -> str | None:
    """The text in a raw answer, without blank ends; None when it is empty. Raises `AnswerError`."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise AnswerError("The answer to this question is a text.")
    text = raw.strip()
    if len(text) > MAX_LENGTH:
        raise AnswerError(f"Shorten the answer: it has at most {MAX_LENGTH} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text.replace("\t", " ")):
        raise AnswerError("The answer holds a character that is no letter, digit or sign. Type it again.")
    return text if folded(text, case_sensitive=True) else None


def check_forms(accept: Sequence[AcceptedForm], wrong: Sequence[WrongForm], *, case_sensitive: bool) -> None:
    """Raises ValueError where forms contradict each other, or no form is fully right."""
    if all(form.score < 1 for form in accept):
        raise ValueError("at least one accepted form must score 1")
    seen: dict[tuple[str, ...], str] = {}
    for form in (*accept, *wrong):
        name = tuple(form._folded_pieces(case_sensitive))
        if name in seen:
            raise ValueError(f"“{form.text}” is the same form as “{seen[name]}”")
        seen[name] = form.text


def _plain(text: str, case_sensitive: bool) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_MARKS)
    if not case_sensitive:
        plain = unicodedata.normalize("NFKC", plain.casefold()).translate(_MARKS)
    visible = "".join(character for character in plain if unicodedata.category(character) != "Cf")
    return re.sub(r"\s+", " ", visible)


def _pieces(form: str) -> list[str]:
    """The literal pieces between the wildcards, `\\*` read as a star."""
    pieces = [""]
    for part in _TOKENS.findall(form):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += "*" if part == r"\*" else part
    return pieces


def _fits(pieces: Sequence[str], text: str) -> bool:
    if len(pieces) == 1:
        return text == pieces[0]
    first, *inner, last = pieces
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in inner:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True
