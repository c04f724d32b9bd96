"""The bank, the quizzes and the attempts in the admin."""

from quizzes.admin.accommodations import AccommodationAdmin
from quizzes.admin.attempts import AttemptAdmin
from quizzes.admin.essays import EssayAdmin
from quizzes.admin.questions import QuestionAdmin
from quizzes.admin.quizzes import QuizAdmin

__all__ = ["AccommodationAdmin", "AttemptAdmin", "EssayAdmin", "QuestionAdmin", "QuizAdmin"]
