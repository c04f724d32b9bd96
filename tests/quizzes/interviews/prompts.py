"""A short prompt for tests. Whatever must not reach a candidate before it may is marked, so that a search finds it."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from accounts.models import User
from quizzes.interviews.content import KINDS, STAGES
from quizzes.interviews.material import PromptEntry, PromptKind
from quizzes.interviews.models import Note, Prompt, Round, RoundStage, Scoring
from quizzes.interviews.services.autosave import Sent
from quizzes.interviews.services.notes import notes_save
from quizzes.interviews.services.rounds import round_start, round_stop, stage_end
from quizzes.interviews.services.scoring import items_save, scoring_begin, scoring_finish

SECRET = "SECRET-NOT-DURING-THE-ROUND"
MINUTES = 2
WRITTEN = "Peak, not mean:\n  2000 orders a second"


def person(name: str) -> User:
    """Without a password: to hash one takes longer than most of these tests."""
    made: User = User.objects.create(username=name, email=f"{name}@example.org")
    return made


def stage(name: str, minutes: int = MINUTES) -> dict[str, Any]:
    follow_ups = [
        {"id": f"{name}-now", "ask": f"Asked at once in {name}", "answer": f"{SECRET} answer", "probes": [f"Deeper in {name}"]},
        {"id": f"{name}-later", "after_s": 60, "ask": f"Asked later in {name} {SECRET}", "answer": f"{SECRET} answer"},
    ]
    return {"stage": name, "minutes": minutes, "ask": f"Ask of {name}", "follow_ups": follow_ups}


def rubric() -> list[dict[str, Any]]:
    """Twelve items, three of each kind, the first of each for all levels and of weight 2."""
    return [
        {
            "id": f"{kind}-{number}", "kind": kind, "stage": STAGES[number - 1], "text": f"{SECRET} {kind} {number}",
            "levels": ["senior", "staff", "principal"] if number == 1 else ["staff", "principal"], "weight": 3 - number or 1,
        }
        for kind in KINDS
        for number in (1, 2, 3)
    ]  # fmt: skip


def content(stage_minutes: int = MINUTES, **more: Any) -> dict[str, Any]:
    return {
        "title": "A counter that must not lie", "summary": "Count things.", "brief": "Build a **counter**.",
        "minutes": stage_minutes * len(STAGES),
        "lab": {
            "slug": "circuit-breaker", "parameters": {"rate_rps": 20.0}, "arms": ["windowed"], "duration_s": 60.0,
            "why": "The call to the store.",
        },
        "stages": [stage(name, stage_minutes) for name in STAGES],
        "change": {
            "stage": "deep-dive", "after_s": 30, "says": f"{SECRET} traffic is ten times", "knob": "rate_rps", "times": 10,
            "expect": f"{SECRET} expected",
        },
        "rubric": rubric(), "model_answer": {name: f"{SECRET} model answer of {name}" for name in STAGES},
        "diagram": f"flowchart LR\n  a[{SECRET}] --> b[Store]", "sources": ["[A source](https://example.org/)"],
        "tags": ["traffic"],
    } | more  # fmt: skip


def prompt(slug: str = "a-counter", **more: Any) -> Prompt:
    return PromptKind().apply(PromptEntry.model_validate({"slug": slug, **content(**more)}), None)


def started(name: str = "candidate", level: str = "staff", **more: Any) -> Round:
    """A running round of a new person."""
    return round_start(person(name), prompt(**more), level)


def finished(name: str = "candidate", level: str = "staff", **more: Any) -> Round:
    """A round with a note in its first stage and a diagram, ended by the candidate."""
    round_ = started(name, level, **more)
    write(round_, "requirements", WRITTEN)
    write(round_, "diagram", "flowchart LR\n  mine --> store")
    return round_stop(round_)


def write(round_: Round, pad: str, text: str, seq: int = 1) -> str:
    """What became of it."""
    fates, _ = notes_save(round_, [Sent(pad, seq, text)])
    return fates[f"{pad}:{seq}"]


def let_time_pass(round_: Round, seconds: float) -> None:
    """As if the database's clock had gone on: everything that it is compared with moves back."""
    by = timedelta(seconds=seconds)
    Round.objects.filter(pk=round_.pk).update(
        started_at=F("started_at") - by, change_opened_at=F("change_opened_at") - by, ended_at=F("ended_at") - by
    )
    RoundStage.objects.filter(round=round_).update(
        opened_at=F("opened_at") - by, due_at=F("due_at") - by, deadline_at=F("deadline_at") - by, closed_at=F("closed_at") - by
    )


def item(points: int = 2, quotation: str = "", *, aloud: bool = False, remark: str = "") -> dict[str, Any]:
    return {"points": points, "quotation": quotation, "aloud": aloud, "remark": remark}


def scored(round_: Round, user: User, points: dict[str, int] | None = None, seq: int = 1) -> Scoring:
    """A finished scoring; what is not named got 0."""
    scoring = scoring_begin(round_, user)
    given = {each["id"]: (points or {}).get(each["id"], 0) for each in rubric()}
    items_save(scoring, [Sent(name, seq, item(number, aloud=True)) for name, number in given.items()])
    scoring_finish(scoring)
    scoring.refresh_from_db()
    return scoring


def through(round_: Round, until: str) -> None:
    """End the stages before `until` early."""
    for each in STAGES[: STAGES.index(until)]:
        stage_end(round_, each)


def texts_of(round_: Round, pad: str) -> list[str]:
    """Everything that was kept for a pad, in sequence order."""
    return list(Note.objects.filter(round=round_, pad=pad).order_by("client_seq").values_list("text", flat=True))
