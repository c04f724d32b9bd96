"""What learners do with checklists. Every function that changes a use is given it by `access_use`.

ChecklistError(Exception)
├── StaleUse           somebody, perhaps the owner in another tab, saved since
└── ChecklistRefused   it cannot be done; the message says why
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import User
from courses.models import Checklist, ChecklistUse, DecisionRecord
from courses.models.checklists import ItemState
from courses.people import learner_id

MAXIMUM_USES = 200
MAXIMUM_TITLE = 120
MAXIMUM_NOTE = 500
MAXIMUM_DROPPED = 200
DROPPED = "No longer in the list"


class ChecklistError(Exception):
    """Nothing was changed."""


class StaleUse(ChecklistError):
    """What was sent grew from a state that is not the newest."""


class ChecklistRefused(ChecklistError):
    """In words for the owner."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to check, as a list asks it or once asked it, with what its user found."""

    id: str
    text: str
    why: str = ""
    lesson: str = ""
    lab: str = ""
    state: str = ItemState.OPEN
    note: str = ""

    @property
    def settled(self) -> bool:
        return self.state in (ItemState.DONE, ItemState.NOT_NEEDED)

    @property
    def state_words(self) -> str:
        return str(ItemState(self.state).label)


@dataclass(frozen=True, slots=True)
class Group:
    """`dropped`: what the list no longer asks. It reads, and counts for nothing."""

    title: str
    items: tuple[Item, ...]
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How many items are in each state."""

    done: int = 0
    not_needed: int = 0
    to_do: int = 0
    open: int = 0

    @property
    def settled(self) -> int:
        return self.done + self.not_needed

    @property
    def total(self) -> int:
        return self.settled + self.to_do + self.open


def access_use(request: HttpRequest, pk: UUID) -> ChecklistUse:
    """The use, for its owner alone: to others there is nothing there. Raises `Http404`."""
    owner = learner_id(request)
    found = ChecklistUse.objects.select_related("checklist", "record").filter(pk=pk, owner_id=owner).first() if owner else None
    if found is None:
        raise Http404("There is no such checklist of yours.")
    return found


def uses_of(owner_id: int | None) -> QuerySet[ChecklistUse]:
    """A learner's lists, the last changed first; a visitor has none."""
    uses = ChecklistUse.objects.select_related("checklist", "record")
    return uses.none() if owner_id is None else uses.filter(owner_id=owner_id)


# What there is to check


def groups_of(checklist: Checklist) -> tuple[Group, ...]:
    """The list as it asks now, with nothing said yet."""
    return tuple(Group(each["title"], tuple(Item(**item) for item in each["items"])) for each in checklist.groups)


def groups_of_use(use: ChecklistUse) -> tuple[Group, ...]:
    """The list as it asks now with what was found, then what it asked once. Of a deleted list everything is what it asked."""
    if use.checklist is None:
        return tuple(answered(remembered(use.seen), use))
    now = groups_of(use.checklist)
    known = {item.id for group in now for item in group.items}
    before = tuple(item for group in remembered(use.seen) for item in group.items if item.id not in known)
    return tuple(answered([*now, Group(DROPPED, before, dropped=True)] if before else now, use))


def remembered(seen: Iterable[Mapping[str, str]]) -> list[Group]:
    """What a use has kept of its list, in groups again."""
    groups: dict[str, list[Item]] = {}
    for each in seen:
        groups.setdefault(each["group"], []).append(Item(each["id"], each["text"]))
    return [Group(title, tuple(items)) for title, items in groups.items()]


def answered(groups: Iterable[Group], use: ChecklistUse) -> Iterator[Group]:
    for group in groups:
        items = (Item(**{**fields_of(item), **use.states.get(item.id, {})}) for item in group.items)
        yield Group(group.title, tuple(items), group.dropped)


def fields_of(item: Item) -> dict[str, str]:
    return {name: getattr(item, name) for name in ("id", "text", "why", "lesson", "lab")}


def what_is_seen(checklist: Checklist, before: Iterable[dict[str, str]] = ()) -> list[dict[str, str]]:
    """The list's items to remember it by, and those remembered before that it has dropped."""
    found = [{"id": item.id, "text": item.text, "group": each.title} for each in groups_of(checklist) for item in each.items]
    known = {each["id"] for each in found}
    return [*found, *[each for each in before if each["id"] not in known][:MAXIMUM_DROPPED]]


def progress_of(use: ChecklistUse) -> Progress:
    """Counts what the list asks now; of a deleted list, what it asked."""
    states = [item.state for group in groups_of_use(use) if not group.dropped for item in group.items]
    return Progress(
        done=states.count(ItemState.DONE),
        not_needed=states.count(ItemState.NOT_NEEDED),
        to_do=states.count(ItemState.TO_DO),
        open=states.count(ItemState.OPEN),
    )


# Using a list


def use_start(*, owner_id: int, checklist: Checklist, title: str, record: DecisionRecord | None = None) -> ChecklistUse:
    """A list of the owner's own, everything open. Raises `ChecklistRefused`."""
    title = title_checked(title)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner_id)  # two at once cannot both be the last
        if ChecklistUse.objects.filter(owner_id=owner_id).count() >= MAXIMUM_USES:
            raise ChecklistRefused(f"You have {MAXIMUM_USES} checklists in use. Delete one to begin another.")
        return ChecklistUse.objects.create(
            owner_id=owner_id,
            checklist=checklist,
            title=title,
            list_title=checklist.title,
            record=own_record(owner_id, record),
            seen=what_is_seen(checklist),
        )


def title_checked(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise ChecklistRefused("Name the design that you go through the list for.")
    if len(title) > MAXIMUM_TITLE:
        raise ChecklistRefused(f"The name of a design has {MAXIMUM_TITLE} characters at most.")
    return title


def own_record(owner_id: int, record: DecisionRecord | None) -> DecisionRecord | None:
    if record is not None and record.owner_id != owner_id:
        raise Http404("There is no such decision record.")
    return record


def use_save(*, use: ChecklistUse, title: str, found: Mapping[str, Mapping[str, str]], revision: int) -> ChecklistUse:
    """Keep what was found, by the item's id: `state`, `note`, or either. Items that are not named stay as they were.

    Raises `StaleUse` and `ChecklistRefused`, and `Http404` for a use that was deleted meanwhile.
    """
    title = title_checked(title)
    states = dict(use.states)
    for item in (item for group in groups_of_use(use) for item in group.items):
        if item.id in found:
            states[item.id] = finding(item, found[item.id])
    states = {key: value for key, value in states.items() if value}
    values: dict[str, Any] = {"title": title, "states": states, "changed_at": timezone.now()}
    if use.checklist is not None:
        values |= {"seen": what_is_seen(use.checklist, use.seen), "list_title": use.checklist.title}
    same = ChecklistUse.objects.filter(pk=use.pk, revision=revision)
    saved = use.revision == revision and same.update(**values, revision=F("revision") + 1)
    reread(use)
    if not saved:
        raise StaleUse
    return use


def reread(use: ChecklistUse) -> None:
    try:
        use.refresh_from_db()
    except ChecklistUse.DoesNotExist:
        raise Http404("There is no such checklist of yours.") from None


def finding(item: Item, said: Mapping[str, str]) -> dict[str, str]:
    """What is kept of one item; nothing where nothing is said. Raises `ChecklistRefused`."""
    state, note = said.get("state", item.state), said.get("note", item.note).strip()
    if state not in ItemState.values:
        raise ChecklistRefused("There is no such state of an item.")
    if len(note) > MAXIMUM_NOTE:
        raise ChecklistRefused(f"A note has {MAXIMUM_NOTE} characters at most; the one on “{item.text[:60]}” has {len(note)}.")
    return {} if state == ItemState.OPEN and not note else {"state": state, "note": note}


def use_attach(*, use: ChecklistUse, record: DecisionRecord | None) -> None:
    """Show the use on a record of the same owner, or on none. Raises `Http404` for a record of somebody else."""
    ChecklistUse.objects.filter(pk=use.pk).update(record=own_record(use.owner_id, record))


# As Markdown


def use_markdown(use: ChecklistUse, level: int = 1) -> str:
    """A use as a file, or as a part of one: every item with its state and its note."""
    progress = progress_of(use)
    counts = f"{progress.done} done, {progress.not_needed} not needed, {progress.to_do} to do, {progress.open} open"
    parts = [f"{'#' * level} {use.list_title}: {use.title}", f"{progress.settled} of {progress.total} settled ({counts})."]
    for group in groups_of_use(use):
        parts.append(f"{'#' * (level + 1)} {group.title}")
        parts.append("\n".join(line for item in group.items for line in item_lines(item)))
    return "\n\n".join(parts) + "\n"


def item_lines(item: Item) -> Iterator[str]:
    mark = "x" if item.settled else " "
    word = f" **({item.state_words.lower()})**" if item.state in (ItemState.TO_DO, ItemState.NOT_NEEDED) else ""
    yield f"- [{mark}] {' '.join(item.text.split())}{word}"
    yield from (f"  > {line}".rstrip() for line in item.note.splitlines())


def attached_markdown(record: DecisionRecord) -> str:
    """The lists of a record, for its file; empty where there are none."""
    uses = ChecklistUse.objects.filter(record=record).select_related("checklist").order_by("created_at")
    return "\n".join(["## Checklists\n", *(use_markdown(use, 3) for use in uses)]) if uses else ""
