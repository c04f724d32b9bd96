"""Read the run: what is shown is thinned and nameless, keys are computed, and what cannot be told for sure is refused."""

import copy
import json
import random
from typing import Any

import pytest
from pydantic import ValidationError

from courses.loading.yaml_source import read_yaml
from labs.experiments.events import Mark
from quizzes.kinds import AnswerError, kind_named
from quizzes.kinds.frozen_run import MOST_BINS, Trace, winner
from quizzes.kinds.moments import Crossing, Extremum, MarkMoment, Moment, moment_s, why_unclear
from quizzes.kinds.read_the_run import ReadTheRun
from tests.quizzes.bank import READ_THE_RUN, SECRET

KIND = kind_named("read-the-run")


def written(**changed: Any) -> dict[str, Any]:
    """The bank's definition with some fields changed; `when__tolerance_s=3` is one of a part."""
    raw: dict[str, Any] = copy.deepcopy(READ_THE_RUN)
    for name, value in changed.items():
        part, _, field = name.partition("__")
        if field:
            raw[part][field] = value
        else:
            raw[part] = value
    return {name: value for name, value in raw.items() if value is not None}


def made(seed: int = 1, **changed: Any) -> tuple[Any, dict[str, Any]]:
    raw = written(**changed)
    definition = KIND.assemble(raw, KIND.prepare(KIND.definition.model_validate(raw)))
    return definition, dict(KIND.freeze(definition, random.Random(seed), shuffle=True))


def answered(definition: Any, frozen: dict[str, Any], **answer: str) -> Any:
    return KIND.grade(definition, frozen, KIND.parse(definition, frozen, answer))


def letter(frozen: dict[str, Any], arm: str) -> str:
    return "AB"[frozen["arms"].index(arm)]


def test_keys_come_from_the_run() -> None:
    definition, _ = made()
    assert definition.artifact["which"] == "none"
    assert 15 < definition.artifact["when_s"] < 20


def test_the_page_knows_letters_only_and_each_person_gets_others() -> None:
    dealt = set()
    for seed in range(12):
        definition, frozen = made(seed)
        view = KIND.public_view(definition, frozen)
        assert view["run"]["arms"] == ["A", "B"]
        text = json.dumps(view)
        for hidden in ("windowed", "Windowed", "none", "2227", SECRET, "callee_rps", str(definition.artifact["when_s"])[:6]):
            assert hidden not in text
        shown = view["run"]["values"][letter(frozen, "windowed")]
        assert shown == definition.artifact["values"]["windowed"]
        dealt.add(tuple(frozen["arms"]))
    assert len(dealt) == 2


def test_placeholders_become_the_letters_that_this_person_sees() -> None:
    definition, frozen = made()
    windowed = letter(frozen, "windowed")
    assert KIND.words("{windowed} and {nobody}", definition, frozen) == f"variant {windowed} and {{nobody}}"
    assert KIND.public_view(definition, frozen)["when"]["ask"] == f"When does variant {windowed} open?"


def test_each_part_earns_its_weight() -> None:
    definition, frozen = made(which__weight=2)
    right = {"which": letter(frozen, "none"), "when": "0:17.5", "why": str(frozen["order"].index("right-one") + 1)}
    assert answered(definition, frozen, **right).score == 1.0
    assert answered(definition, frozen, which=right["which"]).score == pytest.approx(0.5)
    assert answered(definition, frozen, when="17.5", why=right["why"]).score == pytest.approx(0.5)
    assert answered(definition, frozen, which=letter(frozen, "windowed"), when="0:35").score == 0.0
    assert "which 50 %" in KIND.rule(definition)


@pytest.mark.parametrize(
    ("text", "right"), [("17.6 s", True), ("0:18", True), ("0.3 min", True), ("15", False), ("0:38", False)]
)
def test_a_time_is_read_as_people_write_it(text: str, right: bool) -> None:
    definition, frozen = made(which=None, why=None)
    assert answered(definition, frozen, when=text).right is right


def test_a_known_mistake_is_named() -> None:
    definition, frozen = made()
    wrong = answered(definition, frozen, when="25", which=letter(frozen, "windowed"))
    beliefs = {note.misconception for note in wrong.notes}
    assert beliefs == {f"{SECRET} end", f"{SECRET} belief"}


@pytest.mark.parametrize(
    "raw",
    [
        {"which": "C"},
        {"which": "windowed"},
        {"why": "9"},
        {"when": "soon"},
        {"when": []},
        {"when": "-1"},
        {"when": "1e308"},
        {"when": "99 h"},
        {"seed": 1},
        ["A"],
        "A",
    ],
)
def test_what_is_no_answer_is_refused_in_words(raw: Any) -> None:
    definition, frozen = made()
    with pytest.raises(AnswerError):
        KIND.parse(definition, frozen, raw)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"run__lab": "circuit-braker"}, "did you mean circuit-breaker"),
        ({"run__parameters": {"rate_rps": -1}}, "rate_rps: must be a number from 1"),
        ({"run__arms": ["windowed", "magic"]}, "magic"),
        ({"series": ["goodput"]}, "no lines goodput"),
        ({"which__metric": "speed"}, "no metric speed"),
        ({"run__arms": ["windowed"]}, "nothing to choose"),
        ({"when__arm": "consecutive"}, "does not run"),
        ({"when__tolerance_s": 0.1}, "what the chart can show"),
        ({"when__tolerance_s": 30}, "tolerance_s: from"),
        ({"flags": ["state"]}, "very moment"),
        ({"which": None, "when": None, "why": None}, "ask something"),
        ({"_artifact": {"which": "none"}}, "Extra inputs"),
    ],
)
def test_a_wrong_definition_is_refused_without_computing_the_run(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        KIND.definition.model_validate(written(**changed))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"which__metric": "goodput_rps", "which__margin": 0.9}, "too near in goodput_rps"),
        ({"which__metric": "time_to_open_s"}, "was not measured in none"),
        ({"when__mark": {"value": "ajar"}}, "never happens in windowed; its marks are"),
        ({"when__mistakes": [{"at_s": 18}]}, "cannot be told from the right answer"),
        ({"why__ask": "Why does {none} do so?"}, "the answer to “which”"),
    ],
)
def test_a_key_that_is_open_to_doubt_is_refused_when_the_version_is_made(changed: dict[str, Any], words: str) -> None:
    definition = KIND.definition.model_validate(written(**changed))
    with pytest.raises(ValueError, match=words):
        KIND.prepare(definition)


def test_a_stem_may_not_call_a_variant_by_its_letter_while_one_is_asked_for() -> None:
    definition = KIND.definition.model_validate(written())
    with pytest.raises(ValueError, match="by its letter"):
        KIND.with_stem(definition, "Look at {windowed}.")
    assert KIND.with_stem(KIND.definition.model_validate(written(which=None)), "Look at {windowed}.")


def test_answers_about_one_run_are_not_graded_by_another() -> None:
    _definition, frozen = made()
    other, _ = made(run__seed=2228)
    corrected, _ = made(when__tolerance_s=2)
    assert KIND.fits(corrected, frozen)
    assert not KIND.fits(other, frozen)


def test_a_long_run_is_thinned_to_what_a_chart_shows() -> None:
    definition, frozen = made(run__duration_s=200, which=None, when=None)
    shown = KIND.public_view(definition, frozen)["run"]
    assert shown["bin_s"] == 1.0  # pairs of the lab's half seconds
    assert len(shown["times"]) == 200 <= MOST_BINS
    assert shown["times"][-1] == 200.0


def test_the_review_says_the_names_and_the_page_decides_whether_they_are_shown() -> None:
    definition, frozen = made()
    view = KIND.review(definition, frozen, None)
    assert view["run"]["arms"] == ["A", "B"]
    assert set(view["told"]["arms"]) == {
        f"{letter(frozen, 'none')}: No breaker",
        f"{letter(frozen, 'windowed')}: Windowed breaker",
    }
    assert "seed=2227" in view["lab"]["query"]


def test_a_lesson_sends_the_whole_answer_in_one_field() -> None:
    assert KIND.from_form(['{"which": "A"}']) == {"which": "A"}
    assert KIND.from_form([]) is KIND.from_form([""]) is None
    definition, frozen = made()
    for hostile in ("{", "[" * 5000, "which"):
        with pytest.raises(AnswerError):
            KIND.parse(definition, frozen, KIND.from_form([hostile]))


def test_the_example_in_the_admin_has_a_key() -> None:
    raw: Any = read_yaml(ReadTheRun.example, "example").value
    found: Any = KIND.prepare(KIND.definition.model_validate(raw))
    assert found["which"] == "full-jitter"


# Moments


def trace(*values: float | None, marks: tuple[Mark, ...] = (), **metrics: float | None) -> Trace:
    times = [float(place) for place in range(1, len(values) + 1)]
    return Trace(times, 1.0, {"a": {"s": values}}, marks, {arm: {"m": value} for arm, value in metrics.items()}, "")


def test_moments_are_found_where_they_are_seen() -> None:
    seen = trace(
        1, 5, 1, 6, 7, None, 9, 2, marks=(Mark(2.0, "b", "state", "n", "", "open"), Mark(3.5, "a", "state", "n", "", "open"))
    )
    assert moment_s(seen, "a", Moment(crossing=Crossing(series="s", above=4))) == 2.0
    assert moment_s(seen, "a", Moment(crossing=Crossing(series="s", above=4, for_s=1))) == 4.0
    assert moment_s(seen, "a", Moment(crossing=Crossing(series="s", above=4, for_s=2))) is None  # nothing measured breaks it
    assert moment_s(seen, "a", Moment(crossing=Crossing(series="s", below=3, after_s=3))) == 8.0
    assert moment_s(seen, "a", Moment(extremum=Extremum(series="s"))) == 7.0
    assert moment_s(seen, "a", Moment(extremum=Extremum(series="s", which="lowest", after_s=3, before_s=7))) == 4.0
    assert moment_s(seen, "a", Moment(mark=MarkMoment(value="open"))) == 3.5
    assert moment_s(seen, "a", Moment(mark=MarkMoment(value="open", nth=2))) is None


@pytest.mark.parametrize(
    ("values", "moment", "unclear"),
    [
        ((0, 0, 0, 10, 0, 0), Moment(extremum=Extremum(series="s")), False),
        ((0, 9.8, 0, 10, 0, 0), Moment(extremum=Extremum(series="s")), True),
        ((0, 0, 0, 10, 10, 10), Moment(crossing=Crossing(series="s", above=5)), False),
        ((0, 5.2, 0, 10, 10, 10), Moment(crossing=Crossing(series="s", above=5)), True),
        ((0, 0, 5.2, 5.2, 5.2, 5.2, 10), Moment(crossing=Crossing(series="s", above=5)), True),
        ((0, 9, 9, 0, 9, 9, 9, 9, 9), Moment(crossing=Crossing(series="s", above=5, for_s=2)), True),
    ],
)
def test_a_moment_that_a_small_shift_would_move_is_unclear(values: tuple[float, ...], moment: Moment, unclear: bool) -> None:
    seen = trace(*values)
    key_s = moment_s(seen, "a", moment)
    assert key_s is not None
    assert bool(why_unclear(seen, "a", moment, key_s, 1.0)) is unclear


def test_the_winner_leads_by_the_margin_or_there_is_none() -> None:
    assert winner(trace(0, a=1.0, b=2.0, c=1.5), "m", highest=True, margin=0.2) == "b"
    assert winner(trace(0, a=-4.0, b=2.0), "m", highest=False, margin=0.2) == "a"
    with pytest.raises(ValueError, match="too near"):
        winner(trace(0, a=0.0, b=0.0), "m", highest=True, margin=0.05)
    with pytest.raises(ValueError, match="not measured in b"):
        winner(trace(0, a=1.0, b=None), "m", highest=True, margin=0.05)
