"""The instructors' side. What is checked and done lives in `courses.editing` and `courses.loading`; here it is only shown."""

from courses.admin import checklists, content, decisions, exercises, scenarios

__all__ = ["checklists", "content", "decisions", "exercises", "scenarios"]
