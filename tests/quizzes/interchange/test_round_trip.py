"""Export, then import, is the identity for what a format can hold; what it cannot hold is said."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from quizzes.interchange.formats import FORMATS, Format
from quizzes.interchange.from_bank import record_of
from quizzes.interchange.merge import content_of, merged, said_by
from quizzes.interchange.records import Notes, NotHeld, Record
from quizzes.kinds import kind_named
from quizzes.services.bank import Content, definition_problems
from tests.quizzes.bank import DEFINITIONS
from tests.quizzes.interchange import samples

GIFT, AIKEN, MOODLE = FORMATS["gift"], FORMATS["aiken"], FORMATS["moodle"]
TRUE_FALSE = st.fixed_dictionaries(
    {"answer": st.booleans(), "true_feedback": samples.FEEDBACK, "false_feedback": samples.FEEDBACK}
)
ITEMS = st.lists(samples.TEXTS, min_size=3, max_size=5, unique=True).map(
    lambda found: {"items": samples.lettered([{"text": text} for text in found])}
)
ONE_LINE = st.lists(samples.WORDS.filter(lambda text: text[0] not in "{}"), min_size=3, max_size=5, unique=True)
BOTH: dict[str, Any] = {
    "single-choice": samples.options(many=False), "multiple-choice": samples.options(many=True), "true-false": TRUE_FALSE,
    "short-text": samples.forms(), "matching": samples.pairs(),
}  # fmt: skip
IN_GIFT = {**BOTH, "numeric": samples.numbers(ranges=True)}
IN_MOODLE = {
    **BOTH, "numeric": st.builds(lambda number, units: {**number, **units}, samples.numbers(), samples.UNITS),
    "calculated": samples.calculated(), "cloze": samples.blanks(), "ordering": ITEMS,
}  # fmt: skip
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def any_of(kinds: dict[str, Any], *, hints: bool) -> st.SearchStrategy[Content]:
    return st.one_of(*(samples.contents(kind, definition, hints=hints) for kind, definition in kinds.items()))


def exported(content: Content, form: Format) -> tuple[str, tuple[str, ...]]:
    """The file, and what is lost. Raises `NotHeld`."""
    record, lost = record_of("the-slug", content)
    written = form.write(record, lost)
    return f"{form.head}{written.text}{form.foot}", written.lost


def can_be_held(content: Content, form: Format) -> bool:
    """Examples that the kind or the format refuses are passed over."""
    if definition_problems(content.kind, content.definition, content.stem):
        return False
    try:
        exported(content, form)
    except NotHeld:
        return False
    return True


def imported(text: str, form: Format) -> Record:
    items = form.read(text, "markdown").items
    assert len(items) == 1
    assert isinstance(items[0], Record), (items[0], text)
    return items[0]


def comes_back(content: Content, form: Format) -> None:
    text, lost = exported(content, form)
    assert not lost
    record = imported(text, form)
    found = content_of(record, Notes())
    assert (record.name, record.title) == ("the-slug", "the-slug")
    for name in ("kind", "stem", "explanation", "difficulty"):
        assert getattr(found, name) == getattr(content, name), text
    for name in ("hints", "tags", "covers"):
        assert list(getattr(found, name)) == list(getattr(content, name)), text
    schema = kind_named(content.kind).definition
    assert schema.model_validate(found.definition) == schema.model_validate(content.definition), text


@quick
@given(any_of(IN_GIFT, hints=False))
def test_gift_gives_back_what_it_was_given(content: Content) -> None:
    assume(can_be_held(content, GIFT))
    comes_back(content, GIFT)


@quick
@given(any_of(IN_MOODLE, hints=True))
def test_moodle_xml_gives_back_what_it_was_given(content: Content) -> None:
    assume(can_be_held(content, MOODLE))
    comes_back(content, MOODLE)


@settings(quick, max_examples=40)
@given(st.lists(samples.WORDS, min_size=3, max_size=6, unique=True))
def test_aiken_gives_back_question_options_and_key(words: list[str]) -> None:
    stem, *choices = words
    entries = samples.lettered([{"text": text, "correct": place == 1} for place, text in enumerate(choices)])
    content = Content("single-choice", stem, {"options": entries})
    assume(can_be_held(content, AIKEN))
    text, _ = exported(content, AIKEN)
    found = content_of(imported(text, AIKEN), Notes())
    assert (found.stem, found.definition["options"]) == (stem, entries)


def test_gift_gives_back_an_order() -> None:
    items = samples.lettered([{"text": text} for text in ("closed ~ = :", "half-open #", "open é")])
    content = Content("ordering", "In which **order**?", {"items": items}, tags=["week-3", "tcp"], covers=["circuit-breaker"])
    comes_back(content, GIFT)


HELD = {(kind, "moodle") for kind in IN_MOODLE} | {(kind, "gift") for kind in IN_GIFT} | {("single-choice", "aiken")}
CHANGED_ELSEWHERE = "A stem that somebody changed elsewhere"


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.slug)
@pytest.mark.parametrize("kind", DEFINITIONS)
def test_what_a_format_cannot_hold_is_said_and_stays_in_the_bank(kind: str, form: Format) -> None:
    """Every definition of the test bank is full of what no format holds: misconceptions, own ids, formulas."""
    definition = DEFINITIONS[kind]
    names = [f"[[{name}]]" for name in definition.get("blanks", ())] + [
        f"{{{name}}}" for name in definition.get("parameters", ())
    ]
    stem = " ".join(["What is it?", *names])
    old = Content(kind, stem, definition, ["a hint"], "because", ["[RFC](https://example.org/)"], ["tcp"], 4, ["x"])
    try:
        record, lost = record_of("the-slug", old)
        written = form.write(record, lost)
    except NotHeld:
        assert (kind, form.slug) not in HELD
        return
    assert written.lost
    if form is not AIKEN:
        assert all(part in " ".join(written.text.split()) for part in written.lost)
    said = said_by(imported(f"{form.head}{written.text}{form.foot}", form), Notes())
    assert merged(said, "the-slug", old, form, Notes()).columns() == old.columns()


def test_a_change_made_elsewhere_is_taken_and_the_rest_stays() -> None:
    old = Content("single-choice", "What?", DEFINITIONS["single-choice"], ["a hint"], "because", ["source"], ["tcp"], 4, ["x"])
    record, lost = record_of("the-slug", old)
    text = GIFT.write(record, lost).text.replace("Retries", "Sends it again").replace("What?", CHANGED_ELSEWHERE)
    found = merged(said_by(imported(text, GIFT), Notes()), "the-slug", old, GIFT, Notes())
    options = found.definition["options"]
    assert found.stem == CHANGED_ELSEWHERE
    assert [option["id"] for option in options] == ["right-one", "wrong-one", "wrong-two"]
    assert options[1]["text"] == "Sends it again"
    assert options[1]["misconception"] == DEFINITIONS["single-choice"]["options"][1]["misconception"]
    assert (list(found.hints), list(found.sources), found.difficulty) == (["a hint"], ["source"], 4)


def test_what_no_longer_fits_is_left_behind_and_said() -> None:
    old = Content("numeric", "How many?", DEFINITIONS["numeric"], tags=["tcp"])
    record, lost = record_of("the-slug", old)
    text = GIFT.write(record, lost).text.replace("2227", "3000")
    notes = Notes()
    found = merged(said_by(imported(text, GIFT), notes), "the-slug", old, GIFT, notes)
    assert found.definition["answer"] == 3000
    assert "formula" not in found.definition
    assert any("left behind" in note for note in notes.found)
