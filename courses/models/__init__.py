"""Courses, checklists, exercises, what learners keep, decision records, and what pages are served from."""

from courses.models.checklists import Checklist, ChecklistUse
from courses.models.content import Course, DecisionTemplate, Lesson, Module
from courses.models.decisions import Confirmation, DecisionRecord, DecisionVersion, Evidence
from courses.models.exercises import Exercise, ExerciseTaken
from courses.models.learning import LessonNote, LessonProgress
from courses.models.material import MaterialRow
from courses.models.published import Diagram, SearchEntry
from courses.models.scenarios import ScenarioSource

__all__ = [
    "Checklist",
    "ChecklistUse",
    "Confirmation",
    "Course",
    "DecisionRecord",
    "DecisionTemplate",
    "DecisionVersion",
    "Diagram",
    "Evidence",
    "Exercise",
    "ExerciseTaken",
    "Lesson",
    "LessonNote",
    "LessonProgress",
    "MaterialRow",
    "Module",
    "ScenarioSource",
    "SearchEntry",
]
