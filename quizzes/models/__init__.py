"""Bank, quizzes and attempts."""

from quizzes.models.attempt import Answer, Attempt, AttemptQuestion, Grade
from quizzes.models.bank import Question, QuestionVersion
from quizzes.models.quiz import Quiz

__all__ = ["Answer", "Attempt", "AttemptQuestion", "Grade", "Question", "QuestionVersion", "Quiz"]
