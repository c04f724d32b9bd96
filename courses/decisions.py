"""What is done with decision records. Every function that changes one is given the record by `access_decision`.

DecisionError(Exception)
├── StaleDecision     somebody, perhaps the owner in another tab, saved since
└── DecisionRefused   it cannot be done; the message says why
"""

import re
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import yaml
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.http import Http404, HttpRequest
from django.utils import timezone

from courses.checklists import attached_markdown
from courses.models import DecisionRecord, DecisionTemplate, DecisionVersion
from courses.models.decisions import Status
from courses.people import learner_id

TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
MAXIMUM_BODY = 60_000
MAXIMUM_RECORDS = 500
MAXIMUM_VERSIONS = 200
VERSION_EVERY = timedelta(minutes=10)


class DecisionError(Exception):
    """Nothing was changed."""


class StaleDecision(DecisionError):
    """The text grew from a state that is not the newest."""


class DecisionRefused(DecisionError):
    """In words for the owner."""


def access_decision(request: HttpRequest, pk: UUID) -> DecisionRecord:
    """The record, for its owner alone: to others there is nothing there. Raises `Http404`."""
    owner = learner_id(request)
    record = DecisionRecord.objects.select_related("superseded_by").filter(pk=pk, owner_id=owner).first() if owner else None
    if record is None:
        raise Http404("There is no such decision record.")
    return record


def shared_decision(token: str) -> DecisionVersion:
    """The latest version of the record that its owner shares under this token. Raises `Http404`."""
    found = DecisionVersion.objects.select_related("record__superseded_by", "record__owner").filter(record__share_token=token)
    version = found.order_by("-number").first() if TOKEN.fullmatch(token) else None
    if version is None:
        raise Http404("There is no such decision record, or it is not shared any more.")
    return version


def decision_start(*, owner_id: int, title: str, template: DecisionTemplate | None, body: str | None = None) -> DecisionRecord:
    """A new record with the owner's next number. Raises `DecisionRefused`."""
    text = body if body is not None else (template.body if template else "")
    checked(title, text)
    for _ in range(5):
        try:
            with transaction.atomic():
                return decision_insert(owner_id=owner_id, title=title.strip(), template=template, body=text)
        except IntegrityError:
            continue  # two at once took the same number
    raise DecisionRefused("Too many records are being started at once. Try again.")


def decision_insert(*, owner_id: int, title: str, template: DecisionTemplate | None, body: str) -> DecisionRecord:
    mine = DecisionRecord.objects.filter(owner_id=owner_id)
    if mine.count() >= MAXIMUM_RECORDS:
        raise DecisionRefused(f"You have {MAXIMUM_RECORDS} records. Delete one to begin another.")
    number = (mine.aggregate(highest=Max("number"))["highest"] or 0) + 1
    record = DecisionRecord.objects.create(owner_id=owner_id, number=number, title=title, template=template, body=body)
    version_add(record, "started")
    return record


def checked(title: str, body: str) -> None:
    if not title.strip():
        raise DecisionRefused("A record needs a title.")
    if len(title) > 200:
        raise DecisionRefused("A title has 200 characters at most.")
    if len(body) > MAXIMUM_BODY:
        raise DecisionRefused(f"A record has {MAXIMUM_BODY:,} characters at most.")


def decision_save(*, record: DecisionRecord, title: str, body: str, revision: int, version: bool = False) -> DecisionRecord:
    """Keep the text that grew from `revision`; with `version`, or every ten minutes, as a version to come back to.

    Raises `StaleDecision` and `DecisionRefused`.
    """
    checked(title, body)
    with transaction.atomic():
        same = DecisionRecord.objects.filter(pk=record.pk, revision=revision)
        now = timezone.now()
        if not same.update(title=title.strip(), body=body, revision=F("revision") + 1, changed_at=now):
            raise StaleDecision
        record.refresh_from_db()
        newest = record.versions.first()
        if version or newest is None or newest.saved_at < now - VERSION_EVERY:
            version_add(record, "saved" if version else "saved by itself")
    return record


def version_add(record: DecisionRecord, reason: str) -> DecisionVersion | None:
    """A version of the record as it is, unless the newest says the same. The oldest ones go when there are too many."""
    newest = record.versions.first()
    if newest and (newest.title, newest.body, newest.status) == (record.title, record.body, record.status):
        return None
    number = newest.number + 1 if newest else 1
    version = DecisionVersion.objects.create(
        record=record, number=number, title=record.title, status=record.status, body=record.body, reason=reason
    )
    record.versions.filter(number__lte=number - MAXIMUM_VERSIONS).delete()
    return version


def decision_set_status(*, record: DecisionRecord, status: str, superseded_by: UUID | None = None) -> DecisionRecord:
    """Raises `DecisionRefused` for an unknown status and for a successor that is not another record of the owner."""
    if status not in Status.values:
        raise DecisionRefused("There is no such status.")
    successor = None
    if status == Status.SUPERSEDED:
        mine = DecisionRecord.objects.filter(owner_id=record.owner_id).exclude(pk=record.pk)
        successor = mine.filter(pk=superseded_by).first() if superseded_by else None
        if successor is None:
            raise DecisionRefused("Say which other record of yours supersedes this one.")
        if leads_to(successor, record):
            raise DecisionRefused("That record is itself superseded by this one.")
    with transaction.atomic():
        locked = DecisionRecord.objects.select_for_update().get(pk=record.pk)
        locked.status, locked.superseded_by = status, successor
        locked.decided_at = None if status == Status.PROPOSED else locked.decided_at or timezone.now()
        locked.save(update_fields=["status", "superseded_by", "decided_at", "changed_at"])
        version_add(locked, f"status: {status}")
    return locked


def leads_to(start: DecisionRecord, end: DecisionRecord) -> bool:
    """Whether `end` is among what supersedes `start`."""
    seen: set[UUID] = set()
    at: DecisionRecord | None = start
    while at is not None and at.pk not in seen:
        if at.pk == end.pk:
            return True
        seen.add(at.pk)
        at = at.superseded_by
    return False


def decision_restore(*, record: DecisionRecord, number: int) -> DecisionRecord:
    """Bring an old version's text back; what stood there becomes a version first, so nothing is lost. Raises `Http404`."""
    with transaction.atomic():
        locked = DecisionRecord.objects.select_for_update().get(pk=record.pk)
        old = locked.versions.filter(number=number).first()
        if old is None:
            raise Http404("There is no such version.")
        version_add(locked, "before going back")
        locked.title, locked.body, locked.revision = old.title, old.body, locked.revision + 1
        locked.save(update_fields=["title", "body", "revision", "changed_at"])
        version_add(locked, f"version {number} brought back")
    return locked


def decision_share(*, record: DecisionRecord, on: bool) -> DecisionRecord:
    """Give the record an unguessable address, or take it away for ever. What is shared is the text as it is now."""
    if on:
        DecisionRecord.objects.filter(pk=record.pk, share_token=None).update(share_token=secrets.token_urlsafe(32))
        version_add(record, "shared")
    else:
        DecisionRecord.objects.filter(pk=record.pk).update(share_token=None)
    record.refresh_from_db()
    return record


def decision_markdown(record: DecisionRecord) -> str:
    """The record as a file: front matter, title, text, the evidence with its figures, and the checklists."""
    front: dict[str, Any] = {"number": record.number, "title": record.title, "status": record.status}
    front["date"] = (record.decided_at or record.created_at).date().isoformat()
    if record.superseded_by:
        front["superseded-by"] = f"{record.superseded_by.number}. {record.superseded_by.title}"
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=1000)
    parts = [f"---\n{head}---\n", f"# {record.number}. {record.title}\n", record.body.strip() + "\n"]
    cited = list(record.evidence.all())
    if cited:
        lines = [
            f"- {each.sentence or each.lab} (run `{each.run_id}`, lab `{each.lab}`){condition_words(each)}" for each in cited
        ]
        parts.append("## Evidence\n\n" + "\n".join(lines) + "\n")
    if attached := attached_markdown(record):
        parts.append(attached)
    return "\n".join(parts)


def condition_words(evidence: Any) -> str:
    if not evidence.has_condition:
        return ""
    return f"; holds while {evidence.metric} of {evidence.arm} {evidence.operator} {evidence.value:g}"
