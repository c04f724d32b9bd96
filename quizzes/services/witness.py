"""What an answer that names a lab run rests on: the run's facts, read when the answer is given and kept with it."""

from typing import Any

from quizzes.kinds import AnswerError
from quizzes.models import Attempt, AttemptQuestion


def run_facts(attempt: Attempt, question: AttemptQuestion, response: Any) -> Any:
    """The facts of the run that `response` names. Raises `AnswerError` where that run cannot count."""
    raise AnswerError("This question takes no runs.")
