"""What can be refused or go wrong on the site's side of the laboratory.

    LabsError                the root; `message` is for the person who asked
    ├── LimitReached         too much or too fast: which limit, and what to do (429)
    ├── RunRefused           the run is in no state for this (409)
    └── StoreAway            the store of streams does not answer (503)
        └── QueueAway        the workers' queue does not: nobody could be asked to compute (503)

A spec that cannot be run raises `labs.experiments.spec.SpecError` (422).
"""


class LabsError(Exception):
    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class LimitReached(LabsError):
    """`limit` is the field's name in `labs.limits.Limits`."""

    def __init__(self, limit: str, message: str) -> None:
        self.limit = limit
        super().__init__(message)


class RunRefused(LabsError):
    pass


class StoreAway(LabsError):
    text = "The store that carries runs to your browser does not answer. Try again in a few seconds."

    def __init__(self) -> None:
        super().__init__(self.text)


class QueueAway(StoreAway):
    text = "The laboratory's queue does not answer. Try again in a moment."
