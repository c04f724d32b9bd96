"""What a decision record must say before it may be called accepted, and when it is due again.

Problem. A record with a context, a decision and its reasons reads well and leaves open whether it still holds, who decided,
what lost, and what would change it. A year later somebody undoes it without knowing.

Rule. Number, title, status, date, deciders; the options, at least three with the chosen one; consequences, a bad one among
them; how it is confirmed; what would reopen it. An accepted record is not rewritten: a new one supersedes it, and both say so.

Source. Michael Nygard, "Documenting Architecture Decisions" (2011), for context, decision, status, consequences and
superseding; MADR 4 (2024) for deciders, considered options and confirmation. Trigger and number of options are house rules.

Limits. It finds what is missing. Whether the options that lost are described fairly, only a reader can say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

DECIDED = ("accepted", "deprecated", "superseded")
STATUSES = ("proposed", "rejected", *DECIDED)


@dataclass(frozen=True)
class Record:
    number: int
    title: str
    status: str
    decided: date | None = None
    deciders: Sequence[str] = ()
    context: str = ""
    options: Sequence[str] = ()
    chosen: str = ""
    good: Sequence[str] = ()
    bad: Sequence[str] = ()
    confirmation: str = ""
    reopen_when: str = ""
    review_by: date | None = None
    supersedes: int | None = None
    superseded_by: int | None = None


def gaps(record: Record) -> list[str]:
    """What is missing before the record may leave the state of a proposal. None for a proposal: it may be unfinished."""
    if record.status not in STATUSES:
        return [f"{record.status} is no status"]
    if record.status == "proposed":
        return []
    required = {
        "no date": record.decided,
        "nobody decided": record.deciders,
        "no context": record.context,
        "fewer than three options": len(record.options) >= 3,
        "the chosen option is not among the options": record.chosen in record.options or record.status == "rejected",
        "no bad consequence": record.bad,
        "nothing confirms it": record.confirmation,
        "nothing would reopen it": record.reopen_when,
    }
    return [missing for missing, there in required.items() if not there]


def broken_links(log: Mapping[int, Record]) -> list[str]:
    """Records whose successor, or whose predecessor, does not say the same."""
    found = []
    for record in log.values():
        old = log.get(record.supersedes or 0)
        new = log.get(record.superseded_by or 0)
        if record.supersedes is not None and (old is None or old.superseded_by != record.number):
            found.append(f"{record.number} supersedes {record.supersedes}, which does not say so")
        if record.superseded_by is not None and (new is None or new.supersedes != record.number):
            found.append(f"{record.number} gives way to {record.superseded_by}, which does not say so")
        if (record.status == "superseded") != (record.superseded_by is not None):
            found.append(f"{record.number} is {record.status}: status and successor disagree")
    return found


def due(log: Mapping[int, Record], today: date) -> list[int]:
    """Numbers of the records in force whose review date has come."""
    return [
        record.number
        for record in log.values()
        if record.status == "accepted" and record.review_by is not None and record.review_by <= today
    ]
