"""From attempts in the database to the figures: who is counted, what is read, in how many queries."""

from typing import Any

import pytest

from quizzes.analysis.reports import QuizReport, question_attempts, question_report, quiz_report
from quizzes.analysis.selection import Selection
from quizzes.analysis.structure import NoReliability
from quizzes.analysis.usage import uses_of
from quizzes.models import Attempt, Question, Quiz
from quizzes.services.bank import Content, question_save
from tests.quizzes.analysis.crowd import RIGHT, crowd, exam, someone, taken
from tests.quizzes.bank import DEFINITIONS, question, quiz

pytestmark = pytest.mark.django_db

# 32 people: 20 have all right; 8 fall for one option and know the number; 4 have nothing right, 2 of them say nothing
ROWS = [RIGHT] * 20 + [("wrong-one", "2227", "true")] * 8 + [("wrong-one", "17", "true")] * 2 + [("", "", "")] * 2


@pytest.fixture
def crowded() -> Quiz:
    made = exam()
    crowd(made, ROWS)
    return made


def report(made: Quiz, **fields: Any) -> QuizReport:
    return quiz_report(made, Selection(**fields))


def test_the_figures_are_those_of_counting_by_hand(crowded: Quiz) -> None:
    found = report(crowded)
    facilities = [line.item.facility.value for line in found.lines if line.item.facility]
    assert facilities == [20 / 32, 28 / 32, 20 / 32]
    assert found.scores.mean is not None
    assert found.scores.mean.value == pytest.approx((20 * 3 + 8) / 96)
    assert (found.scores.passed_count, found.scores.judged_count, found.attempts) == (20, 32, 32)
    assert [line.times.median_s for line in found.lines] == [1.0, 2.0, 3.0]
    single = found.lines[0].item
    assert single.discrimination is not None
    assert single.discrimination.value == pytest.approx(1.0)  # 9 at each end: all of the best, none of the last
    assert not isinstance(found.reliability, NoReliability)
    # variances 15/64 (twice) and 7/64, of the totals 87/64: KR-20 = 3/2 (1 - 37/87)
    assert found.reliability.method == "KR-20"
    assert found.reliability.value == pytest.approx(1.5 * (1 - 37 / 87))
    assert [flag.label for flag in found.lines[0].flags] == ["an option nobody picks"]


def test_previews_running_abandoned_and_ungraded_attempts_do_not_count(crowded: Quiz) -> None:
    taken(crowded, someone("teacher"), ("", "", ""), preview=True)
    taken(crowded, someone("late"), ("", "", ""), over=False)
    taken(crowded, someone("gone"), ("", "", ""))
    Attempt.objects.filter(user__username="gone").update(status="abandoned", score=None)
    taken(crowded, someone("essayist"), ("", "", ""))
    Attempt.objects.filter(user__username="essayist").update(needs_grading=True)
    found = report(crowded)
    assert found.attempts == 32
    population = found.population
    assert (population.over, population.waiting, population.running, population.abandoned, population.previews) == (
        33,
        1,
        1,
        1,
        1,
    )


def test_first_attempts_count_unless_others_are_asked_for() -> None:
    made, one = exam(), someone("again")
    for answers in (("wrong-one", "17", "true"), RIGHT, ("wrong-one", "2227", "true")):
        taken(made, one, answers)
    scores = {which: report(made, which=which).scores for which in ("first", "best", "last", "all")}
    medians = {which: found.median for which, found in scores.items()}
    assert medians == pytest.approx({"first": 0.0, "best": 1.0, "last": 1 / 3, "all": 1 / 3})
    assert scores["all"].count == 3


def test_narrowing_never_makes_a_second_attempt_the_first(crowded: Quiz) -> None:
    Attempt.objects.update(started_at="2026-01-01T12:00:00Z", quiz_revision=1)
    again = taken(crowded, Attempt.objects.first().user, RIGHT)  # type: ignore[union-attr]
    Attempt.objects.filter(pk=again.pk).update(quiz_revision=2)
    assert report(crowded, since=again.started_at.date()).attempts == 0
    assert report(crowded, revision=2).attempts == 0
    assert report(crowded, revision=2, which="all").attempts == 1
    assert report(crowded, until=again.started_at.date()).attempts == 32
    assert list(report(crowded).population.revisions) == [1, 2]


def test_the_number_of_queries_does_not_grow(crowded: Quiz, django_assert_num_queries: Any) -> None:
    small = exam("small")
    crowd(small, ROWS[:2], start=100)
    for made in (crowded, small):
        with django_assert_num_queries(6):
            report(made)


def test_options_are_counted_whatever_their_order_was(crowded: Quiz) -> None:
    asked = crowded.attempts.first().questions.get(position=1).version.question  # type: ignore[union-attr]
    (found,) = question_report(Selection().of(crowded), asked)
    assert found.table is not None
    assert {row.text: (row.count, row.correct) for row in found.table.rows} == {
        "Fails fast": (20, True), "Retries": (10, False), "Waits": (0, False),
    }  # fmt: skip
    assert found.table.unanswered is not None
    assert found.table.unanswered.count == 2
    whole = next(line for line in report(crowded).lines if line.version.question_id == asked.pk)
    assert found.item == whole.item


def test_a_corrected_key_is_the_one_that_counts(crowded: Quiz) -> None:
    attempt = crowded.attempts.first()
    assert attempt is not None
    asked = attempt.questions.get(position=1).version
    turned = {
        "options": [option | {"correct": option["id"] == "wrong-one"} for option in DEFINITIONS["single-choice"]["options"]]
    }
    corrected = question_save(asked.question, content_of(asked, turned))
    for drawn in (each.questions.get(position=1) for each in crowded.attempts.all()):
        answer = drawn.grade.answer if drawn.grade else None
        score = corrected.posed(drawn.frozen).outcome(answer.value if answer else None).score
        drawn.grade = drawn.grades.create(version=corrected, answer=answer, score=score)
        drawn.save()
    (found,) = question_report(Selection().of(crowded), asked.question)
    assert found.regraded == 32
    assert found.item.facility is not None
    assert found.item.facility.value == 10 / 32
    assert found.table is not None
    assert [row.text for row in found.table.rows if row.correct] == ["Retries"]
    assert [row.text for row in found.table.better_than_the_key] == ["Fails fast"]


def content_of(version: Any, definition: Any) -> Any:
    values = {name: getattr(version, name) for name in version.CONTENT}
    return Content(**values | {"definition": definition})


def test_versions_are_told_apart_and_practice_is_left_out(crowded: Quiz) -> None:
    numeric = crowded.attempts.first().questions.get(position=2).version  # type: ignore[union-attr]
    changed = question_save(numeric.question, content_of(numeric, numeric.definition | {"unit": "calls"}))
    crowd(crowded, ROWS[:12], start=200)
    practice = exam("practice", mode="practice")
    crowd(practice, ROWS[:3], start=300)
    found = question_report(question_attempts(numeric.question), numeric.question)
    assert [(each.version, each.item.asked) for each in found] == [(None, 44), (changed, 12), (numeric, 32)]
    assert found[1].item.facility is not None
    assert str(found[1].item.too_few_for_correlations) == "too few: 12 of at least 30"


def test_draws_that_differ_are_analysed_by_question() -> None:
    for number in range(6):
        question(f"drawn-{number}", "numeric", tags=("pool",))
    made = quiz("drawn", sections=[{"pick": 3, "tags": ["pool"]}])
    crowd(made, [("2227",) * 3, ("2227", "2227", ""), ("2227", "", ""), ("",) * 3] * 8)
    found = report(made)
    assert found.drawn
    assert sum(line.item.asked for line in found.lines) == 96
    assert sum(line.asked_share for line in found.lines) == pytest.approx(3.0)
    assert not isinstance(found.reliability, NoReliability)
    assert found.reliability.method == "one-way"


def test_where_a_question_is_asked_is_told_in_three_queries(django_assert_num_queries: Any) -> None:
    made = exam()
    crowd(made, [RIGHT])
    quiz(
        "by-tag",
        title="A draw",
        sections=[{"pick": 1, "tags": ["breakers"]}, {"pick": 1, "tags": ["breakers"], "difficulty": [5, 5]}],
    )
    quiz("other", title="Other", sections=[{"questions": ["true-false"]}, {"pick": 1, "tags": ["elsewhere"]}])
    numeric = Question.objects.get(slug="numeric")
    with django_assert_num_queries(3):
        found = uses_of(numeric)
    assert [(use.quiz.slug, use.lists, use.may_draw, use.asked) for use in found] == [
        ("by-tag", False, True, 0), ("breakers", True, False, 1),
    ]  # fmt: skip
    numeric.retired = True
    numeric.save()
    assert [(use.quiz.slug, use.lists, use.may_draw) for use in uses_of(numeric)] == [("breakers", False, False)]
