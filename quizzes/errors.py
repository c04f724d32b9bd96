"""What can go wrong, as one small tree. The web edge translates it; texts are for the person in front of the page.

QuizError
├── QuestionInvalid     a definition does not fit its kind (`problems`: one sentence each)
├── QuestionMoved       somebody else saved it since it was read
├── DrawImpossible      the bank holds too few questions for a section
├── StartRefused        not open, no attempts left, nothing to draw
├── ExtraTimeRefused    minutes out of range, or nobody to give them to
├── RegradeRefused      a correction of marks without a reason
├── AnswersRefused      an answer is no answer to its question (`problems` by "question:sequence number")
├── GradingRefused      points that the rubric does not have
├── GradedMeanwhile     another grade counts by now (`grade`)
└── AttemptClosed       submitted, past its deadline, or not at this point: nothing is taken here
"""

from collections.abc import Mapping, Sequence
from typing import Any


class QuizError(Exception):
    """Base of everything here."""


class QuestionInvalid(QuizError):
    """A question cannot be kept as it stands."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class QuestionMoved(QuizError):
    """Another version is current than the one that was read. Nothing was overwritten."""


class DrawImpossible(QuizError):
    """A section asks for more questions than the bank has."""


class StartRefused(QuizError):
    """The attempt cannot begin."""


class AnswersRefused(QuizError):
    """Nothing of the request was kept."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


class ExtraTimeRefused(QuizError):
    """No time was given."""


class GradingRefused(QuizError):
    """No grade was added."""


class GradedMeanwhile(QuizError):
    """Somebody else graded the text since the page was made. Nothing was overwritten."""

    def __init__(self, grade: Any) -> None:
        super().__init__(f"{grade.by or 'Somebody'} graded this text in the meantime.")
        self.grade = grade


class RegradeRefused(QuizError):
    """Marks were left as they are."""


class AttemptClosed(QuizError):
    """The attempt is over, or this is not the place."""
