"""The mock interviews of the material: whole, answerable, tied to labs that can do what they say, and together complete."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from statistics import fmean

import pytest
import yaml

from courses.loading.load import material_folder
from courses.rendering.document import learner_document
from courses.rendering.mermaid import draw
from labs.experiments import catalogue
from labs.experiments.events import Sample
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change, RunSpec
from quizzes.interviews.content import LEVELS, STAGES
from quizzes.interviews.lab_checks import changed_value, lab_faults
from quizzes.interviews.material import PromptEntry

FILES = sorted((material_folder() / "interviews").glob("*.yaml"))
SLUGS = [file.stem for file in FILES]
SOURCE = re.compile(r"\[[^\]]+\]\(https://[^\s)]+\)")
WIDEST_PX = 960


@cache
def prompt(slug: str) -> PromptEntry:
    entry = PromptEntry.model_validate(yaml.safe_load((material_folder() / "interviews" / f"{slug}.yaml").read_text()))
    assert entry.slug == slug
    return entry


@cache
def known_ids() -> dict[str, dict[str, object]]:
    rows = yaml.safe_load((material_folder() / "coverage-ids.yaml").read_text())
    return {row["id"]: row for row in rows}


def carried(entry: PromptEntry) -> set[str]:
    return {*entry.covers, *(identity for item in entry.rubric for identity in item.covers)}


def texts(entry: PromptEntry) -> Iterator[tuple[str, str]]:
    yield from (
        ("brief", entry.brief),
        ("summary", entry.summary),
        ("says", entry.change.says),
        ("expect", entry.change.expect),
    )
    for stage in entry.stages:
        yield stage.stage, stage.ask
        for asked in stage.follow_ups:
            yield from ((asked.id, text) for text in (asked.ask, asked.answer, *asked.probes))
    yield from entry.model_answer.items()


def test_there_are_a_dozen_and_no_two_are_about_the_same() -> None:
    assert len(FILES) >= 12
    assert len({prompt(slug).title for slug in SLUGS}) == len(FILES)
    assert len({prompt(slug).lab.slug for slug in SLUGS}) >= 12


@pytest.mark.parametrize("slug", SLUGS)
def test_every_stage_is_asked_timed_and_answered(slug: str) -> None:
    entry = prompt(slug)
    assert tuple(stage.stage for stage in entry.stages) == STAGES
    assert sum(stage.minutes for stage in entry.stages) == entry.minutes
    assert tuple(entry.model_answer) == STAGES
    lengths = {name: len(text.split()) for name, text in entry.model_answer.items()}
    assert {name: words for name, words in lengths.items() if not 120 <= words <= 350} == {}


@pytest.mark.parametrize("slug", SLUGS)
def test_no_follow_up_is_left_without_an_answer_and_a_deeper_question(slug: str) -> None:
    follow_ups = [asked for stage in prompt(slug).stages for asked in stage.follow_ups]
    assert len(follow_ups) >= 8
    assert [asked.id for asked in follow_ups if len(asked.answer.split()) < 30 or not asked.probes] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_the_rubric_tells_the_levels_apart(slug: str) -> None:
    entry = prompt(slug)
    assert 14 <= len(entry.rubric) <= 22
    assert {item.kind for item in entry.rubric} == {"strong", "trap", "red", "green"}
    helps = {level: {item.id for item in entry.items_for(level) if item.helps} for level in LEVELS}
    assert helps["staff"] - helps["senior"]
    assert helps["principal"] - helps["staff"]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_lab_takes_the_setting_and_the_change(slug: str) -> None:
    entry = prompt(slug)
    assert list(lab_faults(entry)) == []
    assert changed_value(entry) != spec_of(entry).parameters[entry.change.knob]
    assert entry.change.stage == "deep-dive"


@pytest.mark.parametrize("slug", SLUGS)
def test_texts_diagram_and_sources_can_be_shown(slug: str) -> None:
    entry = prompt(slug)
    complaints = {name: found.complaints for name, text in texts(entry) if (found := learner_document(text)).complaints}
    assert complaints == {}
    assert draw(entry.diagram, "light").width <= WIDEST_PX
    assert [source for source in entry.sources if not SOURCE.fullmatch(source)] == []
    assert len(entry.sources) >= 3


@pytest.mark.parametrize("slug", SLUGS)
def test_only_known_ids_are_covered(slug: str) -> None:
    assert carried(prompt(slug)) - known_ids().keys() == set()


def test_together_they_carry_every_interview_signal_and_all_that_is_wanted_of_interviews() -> None:
    found = set().union(*(carried(prompt(slug)) for slug in SLUGS))
    signals = {identity for identity, row in known_ids().items() if row["kind"] == "interview-signal"}
    wanted = {identity for identity, row in known_ids().items() if "mock-interview" in str(row["needs"])}
    assert signals
    assert (signals | wanted) - found == set()


@dataclass(frozen=True, slots=True)
class Cited:
    """A figure of a model answer: the mean of a series from ten seconds after the change to the end."""

    slug: str
    arm: str
    series: str
    value: float


CITED = (
    Cited("home-screen-from-many-services", "shared", "a_rejected_rate", 0.34),
    Cited("home-screen-from-many-services", "split", "a_rejected_rate", 0.0),
    Cited("home-screen-from-many-services", "split", "c_rejected_rate", 0.68),
    Cited("url-shortener-with-one-hot-link", "two-choices", "p99_s", 0.30),
    Cited("url-shortener-with-one-hot-link", "consistent-hash", "p99_s", 15.0),
)


def spec_of(entry: PromptEntry, *changes: Change, arms: tuple[str, ...] = ()) -> RunSpec:
    return catalogue.get(entry.lab.slug).spec(
        parameters=entry.lab.parameters,
        seed=1,
        duration_s=entry.lab.duration_s,
        arms=arms or entry.lab.arms,
        changes=changes,
    )


@cache
def after_the_change(slug: str) -> dict[tuple[str, str], float]:
    """Means over the second half of the prompt's own run, whose change comes in the middle."""
    entry = prompt(slug)
    assert entry.lab.duration_s is not None
    middle_s = entry.lab.duration_s / 2
    arms = tuple(dict.fromkeys(cited.arm for cited in CITED if cited.slug == slug))
    spec = spec_of(entry, Change(middle_s, "set", entry.change.knob, changed_value(entry)), arms=arms)
    seen: dict[tuple[str, str], list[float]] = {}
    for event in simulate(spec):
        if isinstance(event, Sample) and event.t > middle_s + 10:
            for name, value in event.values.items():
                if value is not None:
                    seen.setdefault((event.arm, name), []).append(value)
    return {key: fmean(values) for key, values in seen.items()}


@pytest.mark.parametrize("cited", CITED, ids=lambda cited: f"{cited.slug}-{cited.arm}-{cited.series}")
def test_figures_of_the_model_answers_are_those_of_the_run(cited: Cited) -> None:
    assert after_the_change(cited.slug)[cited.arm, cited.series] == pytest.approx(cited.value, rel=0.02, abs=0.005)
