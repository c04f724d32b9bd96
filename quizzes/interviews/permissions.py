"""What instructors may do with interviews: write prompts, look at rounds and scorings, alter neither."""

from courses.permissions import all_of

INSTRUCTOR_PERMISSIONS = (
    *all_of("interviews", "prompt"),
    *all_of("interviews", "historicalprompt", actions=("view",)),
    *all_of("interviews", "round", "roundstage", "roundrun", "scoring", actions=("view",)),
)
SCORES_AS_INSTRUCTOR = "interviews.view_scoring"
"""Whoever holds it scores shared rounds as an instructor; everybody else does as a peer."""
