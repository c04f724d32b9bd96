"""The instructor's report of a candidate: all that was asked, answered and graded, whatever the candidate may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from quizzes.invitations.models import Candidate, Invitation
from quizzes.invitations.services.accepting import attempt_of, candidate_of
from quizzes.models import Attempt
from quizzes.services.review import EVERYTHING, CertaintyLevel, ReviewedQuestion, attempt_review, certainty_levels


@dataclass(frozen=True, slots=True)
class PartScore:
    """Points of one section of the quiz."""

    title: str
    questions: int
    reached: float
    points: float

    @property
    def share(self) -> float:
        return self.reached / self.points if self.points else 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """`took_s` from the start to the end; `questions` is empty while the attempt runs, so that nobody helps by accident."""

    invitation: Invitation
    candidate: Candidate | None
    attempt: Attempt | None
    took_s: float | None
    parts: Sequence[PartScore]
    questions: Sequence[ReviewedQuestion]
    levels: Sequence[CertaintyLevel]


def candidate_report(invitation: Invitation) -> Report:
    candidate = candidate_of(invitation)
    attempt = attempt_of(candidate) if candidate else None
    over = attempt is not None and not attempt.running
    questions = attempt_review(attempt, EVERYTHING) if attempt and over else []
    took = attempt.submitted_at - attempt.started_at if attempt and attempt.submitted_at else None
    return Report(
        invitation=invitation, candidate=candidate, attempt=attempt, took_s=took.total_seconds() if took else None,
        parts=_parts(questions), questions=questions,
        levels=[level for level in certainty_levels(questions) if level.said],
    )  # fmt: skip


def _parts(questions: Sequence[ReviewedQuestion]) -> list[PartScore]:
    found = []
    for title, group in groupby(questions, key=lambda question: question.section):
        some = list(group)
        reached, points = sum(one.reached or 0.0 for one in some), sum(one.points for one in some)
        found.append(PartScore(title=title, questions=len(some), reached=reached, points=points))
    return found
