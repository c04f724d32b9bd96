"""Puts a page's figures together: a quiz, one question of it, and one question over all quizzes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from django.db.models import QuerySet

from quizzes.analysis.choices import ChoiceTable
from quizzes.analysis.flags import Flag, flags_of
from quizzes.analysis.items import ItemStatistics, item_of
from quizzes.analysis.reader import Given, answers_given, question_sheet, quiz_sheet, versions_named
from quizzes.analysis.reliability import Reliability
from quizzes.analysis.scores import Distribution, distribution
from quizzes.analysis.selection import Population, Selection, chosen, population
from quizzes.analysis.sheet import Drawn, Sheet
from quizzes.analysis.structure import NoReliability, reliability_of
from quizzes.analysis.times import Times, times_of
from quizzes.analysis.wording import Wording, table_of
from quizzes.models import Attempt, Question, QuestionVersion, Quiz

AttemptsOf = QuerySet[Attempt]


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question of a quiz. `version`: the newest that was asked; `versions`: the numbers of all; `place`: on average."""

    version: QuestionVersion
    versions: Sequence[int]
    section: int
    place: float
    asked_share: float
    item: ItemStatistics
    times: Times
    flags: Sequence[Flag]
    alpha_without: float | None

    @property
    def alarms(self) -> int:
        """For sorting: what needs a look first."""
        return sum({"alarm": 100, "hint": 10, "note": 1}[flag.weight] for flag in self.flags)


@dataclass(frozen=True, slots=True)
class QuizReport:
    population: Population
    attempts: int
    scores: Distribution
    reliability: Reliability | NoReliability
    error: float | None
    """The standard error of measurement, as a share of the points."""
    lines: Sequence[QuestionLine]
    drawn: bool
    """Whether attempts were asked different questions."""


@dataclass(frozen=True, slots=True)
class VersionReport:
    """One version of a question (or all of them, `version` None) with its figures. `regraded`: how many another key graded."""

    version: QuestionVersion | None
    item: ItemStatistics
    times: Times
    table: ChoiceTable | None = None
    flags: Sequence[Flag] = ()
    regraded: int = 0


def quiz_report(quiz: Quiz, selection: Selection) -> QuizReport:
    """Six queries, whatever the number of attempts."""
    attempts = selection.of(quiz)
    marks = [(score or 0.0, mark) for score, mark in attempts.values_list("score", "pass_mark")]
    sheet = quiz_sheet(attempts)
    scores = distribution([score for score, _ in marks], [score >= mark - 1e-9 for score, mark in marks if mark is not None])
    reliability = reliability_of(sheet) if sheet.drawn else NoReliability("")
    wordings = _wordings(sheet.by_version)
    newest = {question: _newest(drawn, wordings) for question, drawn in sheet.by_question.items()}
    tables = _tables(attempts, sheet, {wording.version.pk: wording for wording in newest.values() if wording.options})
    return QuizReport(
        population=population(quiz),
        attempts=len(marks),
        scores=scores,
        reliability=reliability,
        error=reliability.error_of(scores.deviation or 0.0) if isinstance(reliability, Reliability) else None,
        lines=[_line(sheet, newest[each], wordings, tables, reliability) for each in sheet.by_question],
        drawn=any(len(drawn) < len(sheet.by_attempt) for drawn in sheet.by_question.values()),
    )


def question_report(attempts: AttemptsOf, question: Question) -> list[VersionReport]:
    """All versions together, then, where there are several, each: the newest first. Empty when nobody was asked."""
    sheet = question_sheet(attempts, question.pk)
    if not sheet.drawn:
        return []
    given = answers_given(attempts, sheet.by_version)
    wordings = _wordings({*sheet.by_version, *(one.graded_by for one in given if one.graded_by)})
    parts = [(wording.version, sheet.by_version[wording.version.pk]) for wording in _by_number(wordings, sheet)]
    found = [_version_report(sheet, version, drawn, given, wordings) for version, drawn in parts]
    return [_version_report(sheet, None, sheet.drawn, given, wordings), *found] if len(found) > 1 else found


def question_attempts(question: Question) -> AttemptsOf:
    """Each person's first attempt at every exam and interview that asked it. Practice, with hints and tries, is not in it."""
    asked = Attempt.objects.filter(questions__version__question=question).exclude(mode="practice")
    return chosen(Attempt.objects.filter(quiz__in=asked.values("quiz")), "first").exclude(mode="practice")


def _line(
    sheet: Sheet, newest: Wording, wordings: Mapping[int, Wording], tables: Mapping[int, ChoiceTable],
    reliability: Reliability | NoReliability,
) -> QuestionLine:  # fmt: skip
    question = newest.version.question_id
    drawn = sheet.by_question[question]
    item = item_of(sheet, drawn)
    alpha = reliability.value if isinstance(reliability, Reliability) else None
    without = reliability.without.get(question) if isinstance(reliability, Reliability) else None
    return QuestionLine(
        version=newest.version,
        versions=sorted({wordings[one.version].version.number for one in drawn}),
        section=min(one.section for one in drawn),
        place=fmean(one.position for one in drawn),
        asked_share=len(drawn) / len(sheet.by_attempt),
        item=item,
        times=times_of(one.active_ms for one in drawn),
        flags=flags_of(item, tables.get(newest.version.pk), chance=newest.chance, alpha=alpha, alpha_without=without),
        alpha_without=without,
    )


def _tables(attempts: AttemptsOf, sheet: Sheet, wordings: Mapping[int, Wording]) -> Mapping[int, ChoiceTable]:
    """The options of each question's newest version. An older wording says nothing about the options that stand there now."""
    given = answers_given(attempts, wordings)
    keys = {one.graded_by for one in given if one.graded_by} - set(wordings)
    known = {**wordings, **(_wordings(keys) if keys else {})}
    by_version: dict[int, list[Given]] = {}
    for one in given:
        by_version.setdefault(one.version, []).append(one)
    return {version: table_of(sheet, rows, known) for version, rows in by_version.items()}


def _version_report(
    sheet: Sheet,
    version: QuestionVersion | None,
    drawn: Sequence[Drawn],
    given: Sequence[Given],
    wordings: Mapping[int, Wording],
) -> VersionReport:
    mine = [one for one in given if version is None or one.version == version.pk]
    table, item = table_of(sheet, mine, wordings), item_of(sheet, drawn)
    return VersionReport(
        version=version,
        item=item,
        times=times_of(one.active_ms for one in drawn),
        table=table,
        flags=flags_of(item, table, chance=wordings[version.pk].chance if version else None),
        regraded=sum(len(one.attempts) for one in mine if one.graded_by not in (None, one.version)),
    )


def _newest(drawn: Sequence[Drawn], wordings: Mapping[int, Wording]) -> Wording:
    return max((wordings[one.version] for one in drawn), key=lambda wording: wording.version.number)


def _by_number(wordings: Mapping[int, Wording], sheet: Sheet) -> list[Wording]:
    asked = [wordings[version] for version in sheet.by_version]
    return sorted(asked, key=lambda wording: -wording.version.number)


def _wordings(versions: Collection[int]) -> dict[int, Wording]:
    return {pk: Wording(version) for pk, version in versions_named(versions).items()}
