"""Aiken: one question a line, its options on a line each, and the letter of the right one. Nothing else; not even a comment.

Format: docs.moodle.org, “Aiken format”.
"""

import re
from collections.abc import Iterable, Iterator

from quizzes.interchange.marked import MARKDOWN, Texts
from quizzes.interchange.records import (
    Answer,
    Choices,
    Notes,
    NotHeld,
    Problem,
    Reading,
    Record,
    Unreadable,
    Written,
)

_OPTION = re.compile(r"\s*([A-Za-z])[.)](?:\s+(.*))?$")
_ANSWER = re.compile(r"\s*ANSWER\s*:\s*(.*?)\s*$", re.I)
_BLOCKS = re.compile(r"\n\s*\n|^\s{4}|^\s*(?:[-+*]\s|[>#|]|\d+[.)]|```|~~~|:\s)|  \n", re.M)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def looks_like_aiken(text: str) -> bool:
    return any(_ANSWER.match(line) for line in text.split("\n")) and any(_OPTION.match(line) for line in text.split("\n"))


def read_aiken(text: str, unmarked: str = MARKDOWN) -> Reading:
    """Never raises: what cannot be read becomes a `Problem` with its line."""
    return Reading.of(_items(text, unmarked))


def _items(text: str, unmarked: str) -> Iterator[Record | Problem]:
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        lines.append((number, line))
        if _ANSWER.match(line):
            yield _item(lines, unmarked)
            lines = []
    if lines:
        yield Problem(lines[0][0], "After the last option a line such as “ANSWER: B” is missing.", lines[0][1][:80])


def _item(lines: list[tuple[int, str]], unmarked: str) -> Record | Problem:
    try:
        return _record(lines, unmarked)
    except Unreadable as error:
        return Problem(error.line or lines[0][0], error.what, lines[0][1][:80])


def _record(lines: list[tuple[int, str]], unmarked: str) -> Record:
    notes = Notes()
    texts = Texts(notes, unmarked)
    options_at = next((place for place, (_, line) in enumerate(lines) if _OPTION.match(line)), None)
    if not options_at:
        raise Unreadable(
            "There is no question above the options." if options_at == 0 else "Options are missing (“A. …” or “A) …”)."
        )
    stem = "\n".join(line.strip() for _, line in lines[:options_at])
    if options_at > 1:
        notes.add("the question has several lines; Moodle takes the last of them only")
    answers = _answers(lines[options_at:-1], lines[-1], texts)
    return Record(texts.markdown(stem), Choices(answers), line=lines[0][0], notices=notes.all())


def _answers(options: list[tuple[int, str]], last: tuple[int, str], texts: Texts) -> tuple[Answer, ...]:
    found: list[tuple[str, str]] = []
    for number, line in options:
        match = _OPTION.match(line)
        if match is None:
            raise Unreadable(
                "Between the options and “ANSWER:” every line begins with a letter and a point or bracket.", number
            )
        if match[1].upper() != LETTERS[len(found)]:
            raise Unreadable(f"Option {match[1]} stands where {LETTERS[len(found)]} is due.", number)
        if not (match[2] or "").strip():
            raise Unreadable(f"Option {match[1]} has no text.", number)
        found.append((match[1].upper(), match[2]))
    key = _key(last, [letter for letter, _ in found])
    return tuple(Answer(texts.markdown(text), 1.0 if letter == key else 0.0) for letter, text in found)


def _key(last: tuple[int, str], letters: list[str]) -> str:
    match = _ANSWER.match(last[1])
    assert match is not None
    if not re.fullmatch(r"[A-Za-z][.)]?", match[1]):
        raise Unreadable(f"“ANSWER: {match[1]}” must name one letter.", last[0])
    letter: str = match[1][0].upper()
    if letter not in letters:
        raise Unreadable(f"The answer is {letter}, but the options end at {letters[-1]}.", last[0])
    return letter


def write_aiken(record: Record, lost: Iterable[str] = ()) -> Written:
    """One question. Raises `NotHeld`."""
    if not isinstance(record.body, Choices) or record.body.many:
        raise NotHeld("Aiken knows nothing but choices with one right option")
    own: list[str] = []
    lines = [_line(record.stem, own)]
    key = ""
    for letter, answer in zip(LETTERS, record.body.answers, strict=False):
        lines.append(f"{letter}. {_line(answer.text, own)}")
        key = letter if answer.share == 1 else key
    if _OPTION.match(lines[0]) or _ANSWER.match(lines[0]):
        raise NotHeld("the question begins like an option of Aiken")
    missing = (*lost, *own, *_lost(record, record.body))
    return Written("\n".join([*lines, f"ANSWER: {key}"]) + "\n", tuple(dict.fromkeys(missing)))


def _line(text: str, lost: list[str]) -> str:
    """A text on one line; line ends inside of a paragraph show as spaces anyway."""
    if _BLOCKS.search(text.strip()):
        raise NotHeld("Aiken has one line for a text: no code blocks, lists, tables or paragraphs")
    if "\n" in text:
        lost.append("line ends in texts (they become spaces)")
    return " ".join(text.split("\n"))


def _lost(record: Record, body: Choices) -> list[str]:
    parts = [
        ("its name", bool(record.name)),
        ("tags, difficulty and coverage", bool(record.tags)),
        ("hints", bool(record.hints)),
        ("the explanation", bool(record.explanation)),
        ("feedback of options", any(answer.feedback for answer in body.answers)),
        ("the order of the options", body.keep_order),
    ]
    return [what for what, there in parts if there]
