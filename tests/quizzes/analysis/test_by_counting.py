"""The figures of a muddled quiz, worked out a second time from lists, by other formulas.

Two sections (one fixed and worth double, one drawn), partial credit, a question with two versions, grades that a correction
replaced, and an attempt that waits for a person.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from random import Random

import pytest

from quizzes.analysis.reports import question_report, quiz_report
from quizzes.analysis.selection import Selection
from quizzes.analysis.sheet import Drawn, Sheet
from quizzes.analysis.structure import NoReliability
from quizzes.clock import database_now
from quizzes.models import Attempt, AttemptQuestion, AttemptSection, Grade, Quiz
from quizzes.services.bank import question_save
from quizzes.services.grading import attempts_rescore, grades_add
from tests.quizzes.analysis.crowd import someone
from tests.quizzes.analysis.test_reader import content_of
from tests.quizzes.bank import question, quiz

PEOPLE, CREDITS = 37, (0.0, 1 / 3, 0.5, 2 / 3, 1.0)


def covariance(first: Sequence[float], second: Sequence[float]) -> float:
    """By all pairs of people, without a mean."""
    pairs = combinations(zip(first, second, strict=True), 2)
    return sum((a - c) * (b - d) for (a, b), (c, d) in pairs) / (len(first) * (len(first) - 1))


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    return covariance(first, second) / sqrt(covariance(first, first) * covariance(second, second))


def d_of(scores: Sequence[float], ranks: Sequence[float], seats: int) -> float:
    """The mean over every order in which equal people may be listed: each stands as often at each of their places."""

    def best(sign: int) -> float:
        found = 0.0
        for score, rank in zip(scores, ranks, strict=True):
            ahead = sum(sign * (other - rank) > 0 for other in ranks)
            found += score * max(0, min(1, (seats - ahead) / ranks.count(rank)))
        return found / seats

    return best(1) - best(-1)


def spearman_brown_of_pairs(people: Sequence[Sequence[float]]) -> float:
    """ICC(1,k) from the correlation of any two questions of one person, stepped up to k of them."""
    k, every = len(people[0]), [score for scores in people for score in scores]
    middle = sum(every) / len(every)
    between = k * sum((sum(scores) / k - middle) ** 2 for scores in people) / (len(people) - 1)
    pairs = [covariance(scores, scores) for scores in people]
    single = (between - (within := sum(pairs) / len(pairs))) / (between + (k - 1) * within)
    return k * single / (1 + (k - 1) * single)


@pytest.fixture
def muddled(db: None) -> tuple[Quiz, dict[int, dict[int, float]]]:
    """The quiz, and the points by attempt and question."""
    rng, now = Random(4), database_now()
    first = [question(f"fixed-{number}", "numeric") for number in range(3)]
    pool = [question(f"drawn-{number}", "numeric") for number in range(4)]
    newer = question_save(first[0].question, content_of(first[0], first[0].definition | {"unit": "calls"}))
    made = quiz("muddled", sections=[{"questions": ["fixed-0", "fixed-1", "fixed-2"], "points": 2}, {"pick": 2, "tags": ["x"]}])
    attempts = Attempt.objects.bulk_create([
        Attempt(quiz=made, user=someone(f"person{number}"), number=1, mode="exam", quiz_revision=made.revision,
                status="submitted", started_at=now, submitted_at=now)
        for number in range(PEOPLE + 1)
    ])  # fmt: skip
    parts = {
        (part.attempt_id, part.position): part
        for part in AttemptSection.objects.bulk_create(
            AttemptSection(attempt=attempt, position=position) for attempt in attempts for position in (1, 2)
        )
    }
    drawn = []
    for attempt in attempts:
        asked = [rng.choice([first[0], newer]), *first[1:]]
        rng.shuffle(asked)
        for place, version in enumerate([*asked, *rng.sample(pool, 2)], start=1):
            part, worth = (parts[attempt.pk, 1], 2.0) if place <= 3 else (parts[attempt.pk, 2], 1.0)
            drawn.append(
                AttemptQuestion(attempt=attempt, section=part, version=version, position=place, frozen={}, points=worth)
            )
    AttemptQuestion.objects.bulk_create(drawn)
    return made, _graded(attempts, drawn, rng)


def _graded(attempts: Sequence[Attempt], drawn: Sequence[AttemptQuestion], rng: Random) -> dict[int, dict[int, float]]:
    """Each question graded, every fifth or so twice, and the last one by nobody yet."""
    abilities = {attempt.pk: rng.random() for attempt in attempts}
    points: dict[int, dict[int, float]] = defaultdict(dict)
    replaced, counting = [], []
    for one in drawn:
        score = CREDITS[min(4, max(0, round(4 * abilities[one.attempt_id] + rng.gauss(0, 1))))]
        points[one.attempt_id][one.version.question_id] = one.points * score
        if rng.random() < 0.2:
            replaced.append(Grade(attempt_question=one, version=one.version, score=1.0 - score))
        counting.append(Grade(attempt_question=one, version=one.version, score=None if one is drawn[-1] else score))
    Grade.objects.bulk_create(replaced)
    grades_add(counting)
    attempts_rescore(attempts)
    del points[attempts[-1].pk]
    return points


def test_a_muddled_quiz_has_the_figures_of_counting(muddled: tuple[Quiz, dict[int, dict[int, float]]]) -> None:
    made, points = muddled
    found = quiz_report(made, Selection())
    assert (found.attempts, found.population.waiting, found.drawn) == (PEOPLE, 1, True)
    fixed = {line.version.question_id for line in found.lines if line.section == 1}
    shares = {attempt: round(sum(each.values()) / 8, 9) for attempt, each in points.items()}
    for line in found.lines:
        mine, worth = line.version.question_id, 2.0 if line.section == 1 else 1.0
        asked = [attempt for attempt, each in points.items() if mine in each]
        scores = [points[attempt][mine] / worth for attempt in asked]
        rests = [(sum(points[attempt].values()) - points[attempt][mine]) / (8 - worth) for attempt in asked]
        assert line.item.asked == len(asked)
        assert line.item.facility
        assert line.item.facility.value == pytest.approx(sum(scores) / len(asked))
        if len(asked) < 30:
            assert (line.item.discrimination, line.item.rest_correlation, line.item.efficiency) == (None, None, None)
            continue
        assert line.item.discrimination
        assert line.item.rest_correlation
        assert line.item.discrimination.value == pytest.approx(
            d_of(scores, [shares[attempt] for attempt in asked], round(0.27 * len(asked)))
        )
        assert line.item.rest_correlation.value == pytest.approx(correlation(scores, rests))
        assert line.item.efficiency == pytest.approx(covariance(scores, rests) / covariance(sorted(scores), sorted(rests)))
        (whole, *versions) = question_report(Selection().of(made), line.version.question)
        assert whole.item == line.item
        assert sum(each.item.asked for each in versions) in (0, PEOPLE)
    first = [[each[mine] for each in points.values()] for mine in fixed]
    sums = [sum(column) for column in zip(*first, strict=True)]
    alike = sum(2 * covariance(one, other) for one, other in combinations(first, 2)) * 3 / 2 / covariance(sums, sums)
    second = [[each[mine] for mine in each if mine not in fixed] for each in points.values()]
    drawn = [sum(each) for each in second]
    error = covariance(sums, sums) * (1 - alike) + covariance(drawn, drawn) * (1 - spearman_brown_of_pairs(second))
    whole_sums = [sum(each.values()) for each in points.values()]
    expected = 1 - error / covariance(whole_sums, whole_sums)
    assert not isinstance(found.reliability, NoReliability)
    assert found.reliability.method == "stratified"
    assert found.reliability.value == pytest.approx(expected)
    assert found.error == pytest.approx((error / 64) ** 0.5)


def test_equal_scores_are_equal_in_whatever_order_their_parts_came() -> None:
    """To a computer 1/3 + 1/2 + 2/3 is not 2/3 + 1/2 + 1/3, and a rank must not hang on that."""
    orders = [(0.0, 1 / 3, 0.5, 2 / 3), (2 / 3, 0.5, 1 / 3, 0.0)]
    assert sum(orders[0]) != sum(orders[1])
    rows = [
        Drawn(person, int(10 * score), 1, 1, place, 1.0, score, 0)
        for person, scores in enumerate(orders) for place, score in enumerate(scores, start=1)
    ]  # fmt: skip
    assert len(set(Sheet.complete(rows).totals.values())) == 1
