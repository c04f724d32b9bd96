"""Prompts, rounds and their scorings. What must always hold, the database checks."""

from quizzes.interviews.models.prompt import Prompt
from quizzes.interviews.models.round import Note, Round, RoundRun, RoundStage
from quizzes.interviews.models.scoring import ScoredItem, Scoring

__all__ = ["Note", "Prompt", "Round", "RoundRun", "RoundStage", "ScoredItem", "Scoring"]
