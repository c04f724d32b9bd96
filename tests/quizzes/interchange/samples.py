"""Files as people and other systems write them, and contents of every kind with awkward characters in every text."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from quizzes.services.bank import Content

FILES = Path(__file__).parent / "files"


def file(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


AWKWARD = "ab1 ~=#{}:\\\n*_`<>&[]()%-|\"'$/!?;é漢🙂"
SNIPPETS = (
    "```python\nx = {1: 2}  # a\n```", "[html]not a mark", "%50%half", "<b>bold</b>", "a -> b", "]]>", "<![CDATA[x", "&amp;",
    "\\n", "\\\\", "::x::", "####", "// no comment", "{1:SHORTANSWER:=x}", "$CATEGORY: x", "=", "~", "T", "*", "-- >",
    "ANSWER: A", "A. b",
)  # fmt: skip


def texts(**sizes: int) -> st.SearchStrategy[str]:
    """Markdown as the bank keeps it: not empty, without blank ends."""
    parts = st.lists(st.text(AWKWARD, max_size=12) | st.sampled_from(SNIPPETS), min_size=1, max_size=3).map(" ".join)
    return parts.map(str.strip).filter(bool)


TEXTS = texts()
FEEDBACK = st.just("") | TEXTS
WORDS = st.text("ab ~=#{}:*_é漢-'&", min_size=1, max_size=12).map(str.strip).filter(bool)
VALUES = st.integers(-5000, 5000).map(float) | st.floats(-1e6, 1e6).map(lambda value: round(value, 4))
WIDTHS = st.sampled_from((0.0, 0.5, 2.0, 0.001))
UNITS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    ({}, {"unit": "ms"}, {"unit": "ms", "units": {"s": 1000.0, "µs": 0.001}})
)


def lettered(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the ids that an import gives, and without what is empty."""
    return [
        {"id": letter, **{name: value for name, value in entry.items() if value}}
        for letter, entry in zip("abcdefghij", entries, strict=False)
    ]


@st.composite
def options(draw: st.DrawFn, *, many: bool) -> dict[str, Any]:
    found = draw(st.lists(st.tuples(TEXTS, FEEDBACK), min_size=2, max_size=5, unique_by=lambda each: each[0]))
    right = draw(st.integers(1, len(found) - 1)) if many else 1
    entries = [{"text": text, "correct": place < right, "feedback": said} for place, (text, said) in enumerate(found)]
    return {"options": lettered(draw(st.permutations(entries)))}


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    words = draw(st.lists(WORDS, min_size=2, max_size=4, unique_by=lambda text: " ".join(text.casefold().split())))
    said = [{"text": text, **({"feedback": note} if (note := draw(FEEDBACK)) else {})} for text in words]
    return {"accept": [said[0], *({**each, "score": 0.5} for each in said[1:-1])], "wrong": said[-1:]}


@st.composite
def numbers(draw: st.DrawFn, *, ranges: bool = False) -> dict[str, Any]:
    key, width = draw(VALUES), draw(WIDTHS)
    tolerance = {"low": -4.0, "high": 7.0} if ranges and draw(st.booleans()) else {"absolute": width}
    said = {"right_feedback": draw(FEEDBACK), "wrong_feedback": draw(FEEDBACK)}
    key = 1.5 if "low" in tolerance else key
    far = int(abs(key)) + 10_000
    misses = [{"formula": repr(far), "feedback": draw(TEXTS)}] if draw(st.booleans()) else []
    return {"answer": key, "tolerance": tolerance, "near_misses": misses, **{name: text for name, text in said.items() if text}}


@st.composite
def pairs(draw: st.DrawFn) -> dict[str, Any]:
    lefts = draw(st.lists(TEXTS, min_size=2, max_size=4, unique=True))
    rights = draw(st.lists(WORDS, min_size=len(lefts) + 1, max_size=len(lefts) + 1, unique=True))
    entries = [{"left": left, "right": right} for left, right in zip(lefts, rights, strict=False)]
    return {"pairs": lettered(entries), "distractors": rights[-1:]}


@st.composite
def calculated(draw: st.DrawFn) -> dict[str, Any]:
    spans: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
        ({"low": 1, "high": 40, "step": 1}, {"low": 0.5, "high": 9.5, "step": 0.5}, {"values": [3, 10, 250]})
    )
    tolerance = draw(st.sampled_from(({"relative": 0.01}, {"absolute": 0.5})))
    formula = draw(st.sampled_from(("rate_rps * open_s", "(rate_rps + 2*open_s)/3", "max(rate_rps, open_s) % 1000 + 1")))
    return {
        "parameters": {"rate_rps": draw(spans), "open_s": draw(spans)}, "formula": formula, "tolerance": tolerance,
        "near_misses": [{"formula": "rate_rps + 90000", "feedback": draw(TEXTS)}], "right_feedback": draw(FEEDBACK),
        "digits": draw(st.integers(6, 12)), **draw(UNITS),
    }  # fmt: skip


def on_one_line(number: dict[str, Any]) -> dict[str, Any]:
    """Moodle's gaps know no line ends."""
    said = {name: " ".join(text.split("\n")) for name, text in number.items() if isinstance(text, str)}
    misses = [{**miss, "feedback": " ".join(miss["feedback"].split("\n"))} for miss in number["near_misses"]]
    return {**number, **said, "near_misses": misses}


@st.composite
def blanks(draw: st.DrawFn) -> dict[str, Any]:
    choice = draw(st.lists(WORDS.filter(lambda text: not text.endswith("&")), min_size=2, max_size=3, unique=True))
    listed = lettered([{"text": text, "correct": place == 0} for place, text in enumerate(choice)])
    return {
        "blanks": {
            "b1": {"options": listed, "weight": 2},
            "b2": on_one_line(draw(numbers())),
            "b3": {"accept": [{"text": "x~#}=y"}]},
        }
    }


@st.composite
def contents(draw: st.DrawFn, kind: str, definition: st.SearchStrategy[dict[str, Any]], *, hints: bool) -> Content:
    stem = draw(TEXTS)
    if kind == "cloze":
        stem = "Fill [[b1]], [[b2]] and [[b3]]: " + stem.replace("[[", "[")
    if kind == "calculated":
        stem = f"At {{rate_rps}} for {{open_s}} s, twice {{= rate_rps * 2}}: {stem.replace('{=', '{')}"
    return Content(
        kind=kind, stem=stem, definition=draw(definition), explanation="" if kind == "ordering" else draw(FEEDBACK),
        hints=draw(st.lists(TEXTS, max_size=2)) if hints else [], tags=["week-3", "tcp"], difficulty=draw(st.integers(1, 5)),
        covers=["circuit-breaker"],
    )  # fmt: skip
