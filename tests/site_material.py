"""A part of the site's own material: one lesson and what belongs to it. Tests that look at pages need no more, and load it in a
tenth of the time."""

import re
import shutil
from pathlib import Path

from courses.loading.load import material_folder

LESSON = "circuit-breakers-and-fallbacks"
FILES = (
    f"lessons/{LESSON}.md", "questions/breakers.yaml", f"quizzes/{LESSON}-check.yaml", "quizzes/breakers-timed.yaml",
    "flashcards/resilience.yaml", "scenarios/*.md", "decision-templates/*.md", "checklists/a*.yaml", "exercises/a-*.yaml",
    "interviews/home*.yaml", "interviews/order*.yaml",
)  # fmt: skip


def one_lesson(folder: Path) -> Path:
    """Copy the part into `folder`, and return it."""
    for pattern in FILES:
        for path in material_folder().glob(pattern):
            copy = folder / path.relative_to(material_folder())
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    course = (material_folder() / "course.yaml").read_text()
    (folder / "course.yaml").write_text(re.sub(r"^ +quiz: .*\n", "", course, flags=re.MULTILINE))  # those quizzes are not here
    return folder
