"""What can go wrong with an invitation; texts are for the person in front of the page."""

from collections.abc import Sequence


class InvitationRefused(Exception):
    """It cannot be taken up, begun or resumed."""


class InvitingRefused(Exception):
    """No link was made (`problems`: one sentence each)."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)
