"""What can go wrong in a mock interview, in words for whoever is in front of the page.

InterviewError
├── RoundRefused      it cannot begin, go on or be done (409)
└── SavingRefused     nothing of a save was kept (`problems` by "name:sequence number", 422)
"""

from collections.abc import Mapping


class InterviewError(Exception):
    """Base of everything here; nothing was changed."""


class RoundRefused(InterviewError):
    """In words for the candidate or the scorer."""


class SavingRefused(InterviewError):
    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(dict.fromkeys(problems.values())))
        self.problems = dict(problems)
