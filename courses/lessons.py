"""What is done with lessons: making their HTML once per content and code, marking them read, keeping notes."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from django.db import transaction

from courses.diagrams import publish
from courses.loading.source import text_hash
from courses.models import Lesson, LessonNote, LessonProgress
from courses.rendering.document import author_document

ROOT = Path(__file__).resolve().parent.parent
MADE_BY = ("courses/rendering", "courses/calculators", "templates/courses/blocks", "templates/labs/_inline.html")
SHOWN_IN = (
    "labs/patterns",
    "labs/simulation",
    "labs/measurement",
    "labs/live",
    "labs/experiments",
    "labs/theory",
    "courses/examples",
)
LIBRARIES = ("markdown", "pymdown-extensions", "pygments", "nh3", "mmdr")
MAXIMUM_NOTE = 20_000


@cache
def code_version() -> str:
    """The hash of all code that decides what a lesson's HTML is, the patterns that lessons print included."""
    files = sorted(path for name in (*MADE_BY, *SHOWN_IN) for path in files_of(ROOT / name))
    texts = [f"{path.relative_to(ROOT)}\n{path.read_text()}" for path in files]
    return text_hash("\n".join([*(version(name) for name in LIBRARIES), *texts]))


def files_of(path: Path) -> Iterable[Path]:
    return [each for each in path.rglob("*") if each.suffix in (".py", ".html")] if path.is_dir() else [path]


def rendering_key(body: str) -> str:
    return text_hash(f"{code_version()}\n{body}")


def store_rendering(lesson: Lesson) -> None:
    """Make the lesson's HTML and keep it in its row, past the history: it is no content."""
    made = author_document(lesson.body)
    publish(made.drawings)
    values = {
        "html": made.html,
        "html_key": rendering_key(lesson.body),
        "contents": [asdict(heading) for heading in made.headings],
        "text": made.text,
        "words": made.words,
    }
    for name, value in values.items():
        setattr(lesson, name, value)
    Lesson.objects.filter(pk=lesson.pk).update(**values)


def ensure_rendering(lesson: Lesson) -> None:
    """Make the HTML again if the text or the code has changed since."""
    if lesson.html_key != rendering_key(lesson.body):
        store_rendering(lesson)


def mark_read(*, learner_id: int, lesson: Lesson) -> None:
    LessonProgress.objects.get_or_create(learner_id=learner_id, lesson=lesson)


def mark_unread(*, learner_id: int, lesson: Lesson) -> None:
    LessonProgress.objects.filter(learner_id=learner_id, lesson=lesson).delete()


@dataclass(frozen=True, slots=True)
class NoteSaved:
    """What became of a note: `saved` is false when another tab had saved since `revision`; `text` is what stands there now."""

    saved: bool
    revision: int
    text: str


def save_note(*, learner_id: int, lesson: Lesson, text: str, revision: int) -> NoteSaved:
    """Keep a note that grew from `revision`. Nothing is overwritten that the writer has not seen."""
    text = text[:MAXIMUM_NOTE]
    with transaction.atomic():
        LessonNote.objects.get_or_create(learner_id=learner_id, lesson=lesson)
        note = LessonNote.objects.select_for_update().get(learner_id=learner_id, lesson=lesson)
        if note.revision != revision:
            return NoteSaved(note.text == text, note.revision, note.text)
        note.text, note.revision = text, revision + 1
        note.save()
    return NoteSaved(True, note.revision, note.text)
