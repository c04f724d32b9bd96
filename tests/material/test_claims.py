"""Every figure that a lesson gives of a run comes out of that run; and no lesson gives one that nobody checks."""

import re

import pytest

from courses.loading.load import material_folder
from tests.material.claims import claims_of, lesson_text, lessons_with_claims, outcomes, plain

LESSONS = sorted(path.stem for path in (material_folder() / "lessons").glob("*.md"))
# A sentence that speaks of a run and holds a figure.
OF_A_RUN = re.compile(
    r"\bseeds?\b|\bin (?:the|this|that) (?:lab|run)\b|\bmeasured\b|\bwe counted\b"
    r"|\bthe (?:lab|runs?) (?:show|measure|give|count|end|finish|find)",
    re.IGNORECASE,
)
FIGURE = re.compile(r"\d|\b(?:twice|half|double|third|quarter|tenfold|times)\b", re.IGNORECASE)
NOT_PROSE = re.compile(r"^```(?!prediction|lab).*?^```", re.MULTILINE | re.DOTALL)
SETTINGS = re.compile(
    r"^(?:slug|set|arms|scene|open_control|seed|answer|minimum|maximum|step|tolerance|lab|kind|unit):.*$", re.MULTILINE
)


@pytest.mark.parametrize("lesson", lessons_with_claims())
def test_runs_give_the_figures_that_the_lesson_gives(lesson: str) -> None:
    wrong = [
        f"“{claim.says}”: {expectation.value} is {value:.4g} at seed {seed}, not {expectation.low:g} to {expectation.high:g}"
        for claim in claims_of(lesson)
        for expectation, seed, value in outcomes(claim)
        if not expectation.low <= value <= expectation.high
    ]
    assert wrong == []


@pytest.mark.parametrize("lesson", lessons_with_claims())
def test_a_claim_quotes_its_lesson(lesson: str) -> None:
    text = plain(lesson_text(lesson))
    assert [claim.says for claim in claims_of(lesson) if plain(claim.says) not in text] == []


def test_no_lesson_gives_a_figure_of_a_run_that_nobody_checks() -> None:
    unchecked = [f"{lesson}: {sentence}" for lesson in LESSONS for sentence in unclaimed(lesson)]
    assert unchecked == []


def unclaimed(lesson: str) -> list[str]:
    prose = SETTINGS.sub("", NOT_PROSE.sub("", lesson_text(lesson)))
    sentences = [plain(each) for each in re.split(r"(?<=[.?!])\s+(?=[A-Z“*(])|\n\s*\n|\n(?=- |\| |#)", prose)]
    said = [plain(claim.says) for claim in claims_of(lesson)]
    spoken = [each for each in sentences if OF_A_RUN.search(each) and FIGURE.search(each)]
    return [each for each in spoken if not any(part in each or each in part for part in said)]


def test_a_figure_of_a_run_is_noticed() -> None:
    assert OF_A_RUN.search("In the lab the share fell")
    assert FIGURE.search("it fell to 0.3")
    assert not OF_A_RUN.search("A hundred calls a second for 30 s are 3,000.")
