"""Bank, quizzes and attempts."""

from quizzes.models.answers import Answer, Check, Grade, HintShown, Regrade
from quizzes.models.attempt import Accommodation, Attempt, AttemptQuestion, AttemptSection, TimeGrant
from quizzes.models.bank import Question, QuestionVersion
from quizzes.models.essays import EssayAnswer
from quizzes.models.quiz import Quiz

__all__ = [
    "Accommodation", "Answer", "Attempt", "AttemptQuestion", "AttemptSection", "Check", "EssayAnswer", "Grade", "HintShown",
    "Question", "QuestionVersion", "Quiz", "Regrade", "TimeGrant",
]  # fmt: skip
