"""Cloze: blanks are graded by the kinds they are, and stand in the stem wherever Markdown allows words."""

import json
import random
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.kinds import AnswerError, Frozen
from quizzes.kinds.cloze import KIND, ClozeDefinition
from quizzes.services.bank import definition_problems
from quizzes.services.review import Shows
from quizzes.templatetags.cloze import cloze_asked, cloze_reviewed

STEM = "After [[wait]] it is [[state]]; a [[call]] is tried."
BLANKS: dict[str, Any] = {
    "state": {"options": [
        {"id": "half-open", "text": "half-open", "correct": True, "feedback": "Yes."},
        {"id": "closed", "text": "closed", "feedback": "Not yet.", "misconception": "time heals"},
    ]},
    "wait": {"answer": 30, "unit": "s", "units": {"ms": 0.001}, "tolerance": {"absolute": 0}},
    "call": {"accept": ["trial", {"text": "request", "score": 0.5}], "weight": 2},
}  # fmt: skip


def asked(stem: str = STEM, blanks: dict[str, Any] = BLANKS, seed: int = 1) -> tuple[ClozeDefinition, Frozen]:
    definition = KIND.with_stem(ClozeDefinition.model_validate({"blanks": blanks}), stem)
    return definition, KIND.freeze(definition, random.Random(seed), shuffle=True)


def answer(wait: str = "", state: str = "", call: str = "", seed: int = 1) -> tuple[float | None, list[str]]:
    definition, frozen = asked(seed=seed)
    chosen = str(frozen["blanks"]["state"]["order"].index(state) + 1) if state else ""
    response = KIND.parse(definition, frozen, {"1": wait, "2": chosen, "3": call})
    assert response is not None
    outcome = KIND.grade(definition, frozen, response)
    return outcome.score, [f"{note.about} | {note.text} | {note.misconception}" for note in outcome.notes]


def test_right_blanks_earn_their_weights() -> None:
    assert answer("30", "half-open", "Trial")[0] == 1.0
    assert answer(wait="30000 ms")[0] == 0.25
    assert answer(call="trial")[0] == 0.5
    assert answer("31", "closed", "request")[0] == 0.25


def test_the_rule_says_how_what_is_typed_will_be_read() -> None:
    definition, _ = asked()
    for words in (
        "its share (25 %, 25 %, 50 %, in the order of the text)",
        "earn a part",
        "letters make no difference",
        "A comma before three digits",
    ):
        assert words in KIND.rule(definition)
    choice, _ = asked("It is [[state]].", {"state": BLANKS["state"]})
    assert KIND.rule(choice) == "The one blank carries all the points."


def test_answers_are_not_graded_by_other_blanks_or_in_another_unit() -> None:
    definition, frozen = asked()
    assert KIND.fits(definition, frozen)
    for changed in ({"wait": BLANKS["wait"] | {"unit": "min"}}, {"wait": {"accept": ["30"]}}):
        assert not KIND.fits(asked(blanks=BLANKS | changed)[0], frozen)


def test_each_blank_is_told_what_its_kind_says() -> None:
    said = ["Blank 1: 31 s | Not right. | ", "Blank 2: closed | Not yet. | time heals", "Blank 3: request | Right in part. | "]
    assert answer("31", "closed", "request")[1] == said


def test_blanks_are_numbered_as_they_are_read_whatever_order_the_database_gives_back() -> None:
    turned = dict(reversed(BLANKS.items()))
    assert asked()[1]["order"] == asked(blanks=turned)[1]["order"] == ["wait", "state", "call"]
    assert KIND.words(f"{STEM} [[9]]", *asked()) == "After [[1]] it is [[2]]; a [[3]] is tried. [[9]]"


def test_no_name_and_no_key_reach_the_browser() -> None:
    for seed in range(10):
        definition, frozen = asked(seed=seed)
        shown = json.dumps(KIND.public_view(definition, frozen)) + KIND.words(STEM, definition, frozen)
        assert all(hidden not in shown for hidden in ("wait", "state", "30", "trial", "heals", "Yes", "correct", "id"))


def test_what_cannot_be_read_is_refused_by_the_blank_it_stands_in() -> None:
    definition, frozen = asked()
    for raw, words in [
        ({"1": "soon"}, "Blank 1: Write a number"), ({"2": "9"}, "Blank 2: That option"),
        ({"3": "x" * 201}, "Blank 3: Shorten"),
        ({"4": "x"}, "has 3 blanks"), ({"1": 30}, "Blank 1"), ("30", "what belongs into each blank"), (["30"], "each blank"),
    ]:  # fmt: skip
        with pytest.raises(AnswerError, match=words):
            KIND.parse(definition, frozen, raw)
    assert KIND.parse(definition, frozen, {"1": " ", "2": "", "3": None}) is None


def test_a_form_sends_key_and_text_of_each_blank() -> None:
    assert KIND.from_form(["1", "30", "2", "", "3", "trial"]) == {"1": "30", "3": "trial"}
    assert KIND.from_form(["1", "", "2", ""]) is None


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ("No blank at all.", r"no blank \[\[state\]\]|no blank \[\[wait\]\]"),
        (f"{STEM} [[1]]", "a blank [[1]] that the definition does not tell of"),
        (f"{STEM} [[wiat]]", "a blank [[wiat]] that the definition does not tell of"),
        (f"{STEM} [[wait]]", "[[wait]] stands in the stem twice"),
    ],
)
def test_stem_and_blanks_must_fit(stem: str, words: str) -> None:
    (problem,) = definition_problems("cloze", {"blanks": BLANKS}, stem)
    assert words in problem or words.startswith("no blank")
    assert problem.startswith("the ")


@pytest.mark.parametrize("blank", [{}, {"accept": ["x"], "answer": 1}, "x", {"options": []}, {"accept": ["x"], "weight": 0}])
def test_a_blank_that_cannot_work_is_said_by_its_name(blank: Any) -> None:
    problems = definition_problems("cloze", {"blanks": {"state": blank}}, "[[state]]")
    assert problems
    assert all(problem.startswith("blanks, state") for problem in problems)


def test_an_old_draw_is_graded_anew_only_by_the_same_blanks() -> None:
    mended = BLANKS | {"wait": BLANKS["wait"] | {"answer": 60}}
    assert KIND.fits(asked(blanks=mended)[0], asked()[1])
    reworded = BLANKS | {"state": {"accept": ["half-open"]}}
    assert not KIND.fits(asked(blanks=reworded)[0], asked()[1])


class Fields(HTMLParser):
    """The `data-field` of each input in a page, and the tags around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        key = dict(attrs).get("data-field")
        if key:
            assert key not in self.found, "a blank stands twice"
            self.found[key] = list(self.open)
        if tag not in ("input", "br", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass


def fields(stem: str) -> dict[str, list[str]]:
    names = ["wait", "state", "call"]
    definition, frozen = asked(stem, {name: BLANKS[name] for name in names if f"[[{name}]]" in stem})
    view = KIND.public_view(definition, frozen)
    return Fields(cloze_asked(KIND.words(stem, definition, frozen), view["blanks"], "q1", "q1")).found


@pytest.mark.parametrize(
    ("stem", "tag"),
    [
        ("A *[[wait]]* b", "em"), ("`x = [[wait]]`", "code"), ("    x = [[wait]]", "pre"),
        ("```python\nsleep([[wait]])\n```", "pre"), ("```yaml\nwait: [[wait]]s\n```", "pre"), ("```\n[[wait]]\n```", "pre"),
        ("| a | b |\n|---|--:|\n| 1 | [[wait]] |", "td"), ("1. one\n2. [[wait]]", "ol"), ("## [[wait]]", "h2"),
        ("> [[wait]]", "blockquote"), ("!!! note\n    [[wait]]", "div"), ("a_[[wait]]_b", "p"), ("<b>[[wait]]</b>", "b"),
        # what is pressed, or is no text, holds no input: the blank comes below
        ("[go [[wait]]](https://example.org/)", "ul"), ("![[[wait]]](/static/x.png)", "ul"),
        ('<span title="[[wait]]">x</span>', "ul"), ("<script>[[wait]]</script>", "ul"), ("??? note \"[[wait]]\"\n    x", "ul"),
    ],
)  # fmt: skip
def test_a_blank_stands_wherever_words_can_and_is_never_lost(stem: str, tag: str) -> None:
    found = fields(stem)
    assert list(found) == ["1"]
    assert tag in found["1"]
    assert not {"a", "summary"} & set(found["1"])


MARKS = st.text("[]*_`|#>-\n ()!<\"'&X", max_size=40)


@given(MARKS, MARKS)
@settings(max_examples=80, deadline=None)
def test_no_markdown_around_it_loses_a_blank(before: str, after: str) -> None:
    assert list(fields(f"{before}[[wait]]{after}")) == ["1"]


def test_what_was_put_in_is_shown_as_text_and_by_the_policy() -> None:
    definition, frozen = asked()
    shown = KIND.review(definition, frozen, {"call": "<b>trial</b>"})
    stem = KIND.words(STEM, definition, frozen)
    html = cloze_reviewed(stem, shown["blanks"], Shows(marks=True, correctness=True, right_answer=True, feedback=True))
    assert "&lt;b&gt;trial&lt;/b&gt;" in html
    assert "wrong" in html
    withheld = Shows(marks=False, correctness=False, right_answer=False, feedback=False)
    assert "wrong" not in cloze_reviewed(stem, shown["blanks"], withheld)
    assert [blank["answer"] for blank in shown["blanks"]] == ["30 s", "half-open", "trial"]
