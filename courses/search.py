"""Full-text search over lessons, labs, templates for decisions, exercises and checklists, without the questions of quizzes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import F, Value
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from courses.models import Checklist, DecisionTemplate, Exercise, Lesson, SearchEntry
from labs.experiments import catalogue

CONFIG = "english"
START, STOP = "\x02", "\x03"
LIMIT = 20
MAXIMUM_QUERY = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Something that can be found."""

    kind: str
    slug: str
    url: str
    title: str
    summary: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A page found; `title` and `excerpt` are HTML in which only `<mark>` is ours."""

    kind: str
    url: str
    title: SafeString
    excerpt: SafeString


def pages() -> Iterator[Page]:
    for lesson in Lesson.objects.filter(published=True).defer("html", "body"):
        yield Page("lesson", lesson.slug, lesson.get_absolute_url(), lesson.title, lesson.summary, lesson.text)
    for lab in catalogue.experiments().values():
        words = [lab.summary, *(arm.rule for arm in lab.arms), *lab.try_this, *(knob.label for knob in lab.knobs)]
        yield Page("lab", lab.slug, f"/labs/{lab.slug}/", lab.title, lab.question, " ".join(words))
    for template in DecisionTemplate.objects.all():
        url = f"/decisions/new/?template={template.slug}"
        yield Page("template", template.slug, url, template.title, template.summary, template.body)
    for exercise in Exercise.objects.filter(published=True).only("slug", "title", "summary", "context", "drivers"):
        told = " ".join([exercise.context, *exercise.drivers])  # and nothing of the model
        yield Page("exercise", exercise.slug, exercise.get_absolute_url(), exercise.title, exercise.summary, told)
    for checklist in Checklist.objects.all():
        yield Page(
            "checklist", checklist.slug, checklist.get_absolute_url(), checklist.title, checklist.summary, asked(checklist)
        )


def asked(checklist: Checklist) -> str:
    """All words of a list, for the index."""
    items = [item for group in checklist.groups for item in group["items"]]
    return " ".join([checklist.when, *(f"{item['text']} {item.get('why', '')}" for item in items)])


def index_everything() -> None:
    """Bring the index up to date with what there is."""
    with transaction.atomic():
        write(pages())


def write(found: Iterable[Page]) -> None:
    keys = []
    for page in found:
        keys.append(f"{page.kind}:{page.slug}")
        SearchEntry.objects.update_or_create(
            key=keys[-1],
            defaults={"kind": page.kind, "url": page.url, "title": page.title, "summary": page.summary, "text": page.text},
        )
    SearchEntry.objects.exclude(key__in=keys).delete()
    SearchEntry.objects.update(
        vector=SearchVector("title", weight="A", config=CONFIG)
        + SearchVector("summary", weight="B", config=CONFIG)
        + SearchVector("text", weight="C", config=CONFIG)
    )


def query_of(words: str) -> SearchQuery | None:
    """Whole words in web style (`"exact phrase"`, `-without`, `or`), or the last one as the beginning of a word."""
    words = words.replace("\x00", " ").strip()[:MAXIMUM_QUERY]
    if not words:
        return None
    query = SearchQuery(words, search_type="websearch", config=CONFIG)
    if re.search(r'"|(^|\s)-', words):
        return query
    parts = re.findall(r"\w+", words)
    if not parts:
        return query
    prefixes = " & ".join([*parts[:-1], f"{parts[-1]}:*"])
    return query | SearchQuery(prefixes, search_type="raw", config=CONFIG)


def search(words: str) -> list[Hit]:
    """The best hits first."""
    query = query_of(words)
    if query is None:
        return []
    marks: dict[str, Any] = {"start_sel": START, "stop_sel": STOP, "config": CONFIG}
    rows = (
        SearchEntry.objects.filter(vector=query)
        .annotate(
            rank=SearchRank(F("vector"), query, normalization=Value(1)),
            marked_title=SearchHeadline("title", query, highlight_all=True, **marks),
            excerpt=SearchHeadline(
                "text", query, max_words=34, min_words=16, max_fragments=2, fragment_delimiter=" … ", **marks
            ),
        )
        .order_by("-rank", "title")
        .values_list("kind", "url", "marked_title", "excerpt", "summary")[:LIMIT]
    )
    return [Hit(kind, url, marked(title), marked(excerpt or summary)) for kind, url, title, excerpt, summary in rows]


def marked(text: str) -> SafeString:
    """Escaped, with the marks that PostgreSQL set made into elements."""
    html = escape(text).replace(START, "<mark>").replace(STOP, "</mark>")
    return mark_safe(html)  # noqa: S308 (escaped on the line above)
