"""Checklists: the lists, one to read, and a learner's own use of one for a design."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.shared_pages import alike_for_visitors
from courses import checklists
from courses.checklists import ChecklistRefused, Group, Item, Progress, StaleUse, access_use
from courses.decisions import access_decision
from courses.laboratory import find_lab
from courses.models import Checklist, ChecklistUse, DecisionRecord, Lesson
from courses.models.checklists import ItemState
from courses.people import LearnersRequest, learner_id
from courses.plan import planned_lessons
from courses.rendering.inline import inline_html
from courses.rendering.markdown_html import plain
from courses.views.posted import clean


@dataclass(frozen=True, slots=True)
class Link:
    """A page that an item points at; without an address it is still to be written."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownItem:
    """`name` is its text without marks, for labels."""

    item: Item
    name: str
    text: SafeString
    why: SafeString
    lesson: Link | None
    lab: Link | None


@dataclass(frozen=True, slots=True)
class ShownGroup:
    title: str
    dropped: bool
    items: tuple[ShownItem, ...]


@dataclass(frozen=True, slots=True)
class ShownUse:
    """A use in a list of them."""

    use: ChecklistUse
    progress: Progress


def shown(groups: Iterable[Group]) -> list[ShownGroup]:
    """With the words made into HTML, and the pages that they point at found. One query."""
    groups = tuple(groups)
    slugs = {item.lesson for group in groups for item in group.items if item.lesson}
    written = dict(Lesson.objects.filter(slug__in=slugs, published=True).values_list("slug", "title"))
    planned = {lesson.slug: lesson.title for lesson in planned_lessons()}
    return [
        ShownGroup(each.title, each.dropped, tuple(shown_item(item, written, planned) for item in each.items))
        for each in groups
    ]


def shown_item(item: Item, written: dict[str, str], planned: dict[str, str]) -> ShownItem:
    lab = find_lab(item.lab)
    return ShownItem(
        item=item,
        name=plain(inline_html(item.text)),
        text=mark_safe(inline_html(item.text)),  # noqa: S308 (sanitised by the document)
        why=mark_safe(inline_html(item.why)) if item.why else SafeString(),  # noqa: S308
        lesson=lesson_link(item.lesson, written, planned),
        lab=Link(lab.title, f"/labs/{item.lab}/") if lab else None,
    )


def lesson_link(slug: str, written: dict[str, str], planned: dict[str, str]) -> Link | None:
    if slug in written:
        return Link(written[slug], f"/lessons/{slug}/")
    return Link(planned[slug], "") if slug in planned else None


def with_progress(uses: Iterable[ChecklistUse]) -> list[ShownUse]:
    return [ShownUse(use, checklists.progress_of(use)) for use in uses]


# Reading


@require_safe
@alike_for_visitors
def checklist_list(request: HttpRequest) -> HttpResponse:
    """What there is, and the learner's own lists."""
    found = [(each, sum(len(group["items"]) for group in each.groups)) for each in Checklist.objects.all()]
    context = {"lists": found, "uses": with_progress(checklists.uses_of(learner_id(request)))}
    return render(request, "checklists/list.html", context)


@require_safe
@alike_for_visitors
def checklist(request: HttpRequest, slug: str) -> HttpResponse:
    """A list to read. A visitor's ticks stay in the browser."""
    return list_page(request, get_object_or_404(Checklist, slug=slug))


def list_page(request: HttpRequest, found: Checklist, title: str = "", error: str = "") -> HttpResponse:
    groups = shown(checklists.groups_of(found))
    context = {
        "checklist": found,
        "groups": groups,
        "total": sum(len(group.items) for group in groups),
        "mine": with_progress(checklists.uses_of(learner_id(request)).filter(checklist=found)),
        "title": title,
        "error": error,
        "maximum_title": checklists.MAXIMUM_TITLE,
    }
    return render(request, "checklists/checklist.html", context, status=422 if error else 200)


# Using one


@require_POST
@login_required
def use_new(request: LearnersRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Checklist, slug=slug)
    title = clean(request.POST.get("title"))
    try:
        use = checklists.use_start(owner_id=request.user.pk, checklist=found, title=title)
    except ChecklistRefused as error:
        return list_page(request, found, title, str(error))
    return redirect(use)


@require_safe
@never_cache
@login_required
def use(request: LearnersRequest, pk: UUID) -> HttpResponse:
    found = access_use(request, pk)
    records = DecisionRecord.objects.filter(owner_id=found.owner_id).order_by("-number").only("id", "number", "title")
    context = {
        "use": found,
        "groups": shown(checklists.groups_of_use(found)),
        "progress": checklists.progress_of(found),
        "states": ItemState.choices,
        "records": records,
        "maximum_note": checklists.MAXIMUM_NOTE,
        "maximum_title": checklists.MAXIMUM_TITLE,
    }
    return render(request, "checklists/use.html", context)


@require_POST
@login_required
def save(request: LearnersRequest, pk: UUID) -> HttpResponse:
    """Keep what was found. 409 with what stands there now when another tab has saved since; 422 with the reason.

    A browser without scripts is sent back to the page, with the reason on it.
    """
    found = access_use(request, pk)
    revision = request.POST.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        return answer(request, found, 422, {"message": "The page is out of date. Reload it."})
    title = clean(request.POST["title"]) if "title" in request.POST else found.title
    try:
        saved = checklists.use_save(use=found, title=title, found=findings(request), revision=int(revision))
    except StaleUse:
        message = "This checklist was changed in another tab or browser after you opened it here: nothing was saved."
        return answer(request, found, 409, {"message": message, **as_kept(found)})
    except ChecklistRefused as error:
        return answer(request, found, 422, {"message": str(error)})
    return answer(request, saved, 200, {"revision": saved.revision})


def findings(request: HttpRequest) -> dict[str, dict[str, str]]:
    """The fields `state.ID` and `note.ID`, by the item's id."""
    found: dict[str, dict[str, str]] = {}
    for name, value in request.POST.items():
        part, _, identity = name.partition(".")
        if part in ("state", "note") and identity:
            found.setdefault(identity, {})[part] = clean(str(value))
    return found


def as_kept(use: ChecklistUse) -> dict[str, object]:
    """What stands in the database, as the page's fields name it."""
    fields = {"title": use.title}
    for item in (item for group in checklists.groups_of_use(use) for item in group.items):
        fields |= {f"state.{item.id}": item.state, f"note.{item.id}": item.note}
    return {"revision": use.revision, "fields": fields}


def answer(request: HttpRequest, use: ChecklistUse, status: int, data: dict[str, object]) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(data, status=status)
    if status != 200:
        messages.error(request, str(data["message"]))
    return redirect(use)


@require_POST
@login_required
def attach(request: LearnersRequest, pk: UUID) -> HttpResponse:
    """Show the list on one of one's records; an empty `record` takes it off."""
    found = access_use(request, pk)
    text = request.POST.get("record", "")
    checklists.use_attach(use=found, record=access_decision(request, uuid_from(text)) if text else None)
    return redirect(f"{found.get_absolute_url()}#record")


def uuid_from(text: str) -> UUID:
    """Raises `Http404`."""
    try:
        return UUID(text[:64])
    except ValueError:
        raise Http404("There is no such address.") from None


@require_POST
@login_required
def delete(request: LearnersRequest, pk: UUID) -> HttpResponse:
    found = access_use(request, pk)
    found.delete()
    messages.success(request, f"“{found.list_title}” for {found.title} is gone.")
    return redirect("courses:checklists")


@require_safe
@login_required
def export(request: LearnersRequest, pk: UUID) -> HttpResponse:
    found = access_use(request, pk)
    name = f"{slugify(f'{found.list_title} {found.title}')[:80] or 'checklist'}.md"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(checklists.use_markdown(found), content_type="text/markdown; charset=utf-8", headers=headers)


# On a decision record


@require_POST
@login_required
def to_record(request: LearnersRequest, pk: UUID) -> HttpResponse:
    """`what` is `list:` and a slug, to begin that list for the record, or `use:` and one of the owner's lists."""
    record = access_decision(request, pk)
    word, _, name = request.POST.get("what", "").partition(":")
    if word == "use":
        checklists.use_attach(use=access_use(request, uuid_from(name)), record=record)
        return redirect(f"{record.get_absolute_url()}#checklists")
    found = Checklist.objects.filter(slug=clean(name)[:80]).first() if word == "list" else None
    if found is None:
        messages.error(request, "Choose a checklist.")
        return redirect(f"{record.get_absolute_url()}#checklists")
    try:
        title = record.title[: checklists.MAXIMUM_TITLE]
        made = checklists.use_start(owner_id=record.owner_id, checklist=found, title=title, record=record)
    except ChecklistRefused as error:
        messages.error(request, str(error))
        return redirect(f"{record.get_absolute_url()}#checklists")
    return redirect(made)


@require_POST
@login_required
def from_record(request: LearnersRequest, pk: UUID, use_id: UUID) -> HttpResponse:
    """Take a list off a record; the list stays."""
    record, found = access_decision(request, pk), access_use(request, use_id)
    if found.record_id == record.pk:
        checklists.use_attach(use=found, record=None)
    return redirect(f"{record.get_absolute_url()}#checklists")


def on_record(record: DecisionRecord) -> dict[str, object]:
    """What a record's page shows of lists: its own with their progress, and what could be put there."""
    uses = checklists.uses_of(record.owner_id)
    return {
        "attached": with_progress(uses.filter(record=record)),
        "attachable": uses.filter(record=None).select_related(None).only("list_title", "title"),
        "checklists": Checklist.objects.only("slug", "title"),
    }
