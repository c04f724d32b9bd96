"""What can go wrong, as one small tree. The web edge translates it; texts are for the person in front of the page.

QuizError
├── QuestionInvalid     a definition does not fit its kind (`problems`: one sentence each)
├── DrawImpossible      the bank holds too few questions for a section
├── StartRefused        not open, no attempts left, nothing to draw
├── AnswersRefused      an answer is no answer to its question (`problems` by "question:sequence number")
└── AttemptClosed       submitted or past its deadline: nothing more is taken
"""

from collections.abc import Mapping, Sequence


class QuizError(Exception):
    """Base of everything here."""


class QuestionInvalid(QuizError):
    """A question cannot be kept as it stands."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class DrawImpossible(QuizError):
    """A section asks for more questions than the bank has."""


class StartRefused(QuizError):
    """The attempt cannot begin."""


class AnswersRefused(QuizError):
    """Nothing of the request was kept."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


class AttemptClosed(QuizError):
    """The attempt is over."""
