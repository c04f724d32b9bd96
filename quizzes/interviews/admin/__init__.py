"""Prompts and rounds in the admin."""

from quizzes.interviews.admin.prompts import PromptAdmin
from quizzes.interviews.admin.rounds import RoundAdmin

__all__ = ["PromptAdmin", "RoundAdmin"]
