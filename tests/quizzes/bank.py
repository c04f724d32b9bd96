"""A small bank and quizzes for tests. Secrets that must not leak are marked so that a search finds them."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from accounts.models import User
from quizzes.models import Answer, Attempt, AttemptQuestion, AttemptSection, Question, QuestionVersion, Quiz
from quizzes.services.bank import Content, question_save
from quizzes.services.start import attempt_start
from tests.quizzes.own_runs import own_run

SECRET = "SECRET-NEVER-BEFORE-SUBMISSION"

SINGLE = {
    "options": [
        {"id": "right-one", "text": "Fails fast", "correct": True, "feedback": f"{SECRET} yes"},
        {"id": "wrong-one", "text": "Retries", "feedback": f"{SECRET} no", "misconception": f"{SECRET} retry"},
        {"id": "wrong-two", "text": "Waits", "feedback": f"{SECRET} no", "misconception": f"{SECRET} wait"},
    ]
}
MULTIPLE = {
    "options": [
        {"id": "timeout", "text": "A timeout", "correct": True, "feedback": f"{SECRET} yes"},
        {"id": "unavailable", "text": "HTTP 503", "correct": True, "feedback": f"{SECRET} yes"},
        {"id": "not-found", "text": "HTTP 404", "feedback": f"{SECRET} no", "misconception": f"{SECRET} 4xx"},
        {"id": "created", "text": "HTTP 201", "feedback": f"{SECRET} no", "misconception": f"{SECRET} 2xx"},
    ]
}
NUMERIC = {
    "formula": "rate_rps * open_s", "given": {"rate_rps": 131, "open_s": 17}, "answer": 2227, "unit": "requests",
    "tolerance": {"relative": 0.01}, "right_feedback": f"{SECRET} yes", "wrong_feedback": f"{SECRET} no",
    "near_misses": [{"formula": "rate_rps", "feedback": f"{SECRET} near", "misconception": f"{SECRET} one second"}],
}  # fmt: skip
ORDERING = {
    "items": [
        {"id": "item-1", "text": "Closed", "feedback": f"{SECRET} first"},
        {"id": "item-2", "text": "Open", "feedback": f"{SECRET} second"},
        {"id": "item-3", "text": "Half-open", "feedback": f"{SECRET} third", "misconception": f"{SECRET} order"},
        {"id": "item-4", "text": "Closed again", "feedback": f"{SECRET} fourth"},
    ]
}
MATCHING: dict[str, Any] = {
    "pairs": [
        {"id": "pair-1", "left": "Own writes are seen", "right": "Read your writes", "feedback": f"{SECRET} writer"},
        {"id": "pair-2", "left": "No older value follows", "right": "Monotonic reads", "feedback": f"{SECRET} session",
         "misconception": f"{SECRET} sessions"},
        {"id": "pair-3", "left": "One order for all", "right": "Linearizability", "feedback": f"{SECRET} order"},
    ],
    "distractors": ["Causal order"],
}  # fmt: skip
ESSAY = {
    "min_words": 3, "max_words": 300, "model_answer": f"{SECRET} model answer",
    "rubric": [
        {"id": "crit-loop", "criterion": f"{SECRET} shows the loop", "points": 3,
         "levels": [{"points": 0, "text": f"{SECRET} none"}, {"points": 3, "text": f"{SECRET} all"}]},
        {"id": "crit-cost", "criterion": f"{SECRET} names a cost", "points": 2},
    ],
}  # fmt: skip
HOT_SPOT = {
    "diagram": {
        "nodes": [
            {"id": "node-entry", "text": "Entry", "at": [1, 1], "form": "client", "part": False},
            {"id": "node-cache", "text": "Cache", "at": [2, 1], "feedback": f"{SECRET} cache"},
            {"id": "node-store", "text": "Store", "at": [3, 1], "form": "store", "feedback": f"{SECRET} store"},
            {"id": "node-queue", "text": "Queue", "at": [2, 2], "form": "queue", "misconception": f"{SECRET} queue"},
        ],
        "edges": [
            {"from": "node-entry", "to": "node-cache"},
            {"from": "node-cache", "to": "node-store", "id": "edge-fill", "text": "misses", "feedback": f"{SECRET} fill"},
        ],
    },
    "answers": ["node-store", "edge-fill"],
}  # fmt: skip
TRUE_FALSE = {
    "answer": False, "true_feedback": f"{SECRET} no", "false_feedback": f"{SECRET} yes", "misconception": f"{SECRET} belief",
}  # fmt: skip
CALCULATED = {
    "parameters": {"calls": {"low": 20, "high": 90, "step": 10}, "seconds": {"values": [7, 11]}},
    "formula": "calls * seconds + 131", "unit": "requests", "tolerance": {"absolute": 0.5},
    "right_feedback": f"{SECRET} yes", "wrong_feedback": f"{SECRET} no",
    "near_misses": [{"formula": "calls", "feedback": f"{SECRET} {{calls}}", "misconception": f"{SECRET} one second"}],
}  # fmt: skip
SHORT_TEXT = {
    "accept": ["unavailable", {"text": "*item-1*", "score": 0.5, "feedback": f"{SECRET} part"}],
    "wrong": [{"text": "open", "feedback": f"{SECRET} no", "misconception": f"{SECRET} belief"}],
}
CLOZE = {
    "blanks": {
        "right-one": {"options": [
            {"id": "unavailable", "text": "open", "correct": True, "feedback": f"{SECRET} yes"},
            {"id": "item-1", "text": "closed", "feedback": f"{SECRET} no", "misconception": f"{SECRET} belief"},
        ]},
        "numeric": {"answer": 2227, "unit": "s", "tolerance": {"absolute": 1}, "wrong_feedback": f"{SECRET} no"},
        "words": {"accept": [{"text": "unavailable", "feedback": f"{SECRET} yes"}], "weight": 2},
    }
}  # fmt: skip
READ_THE_RUN = {
    "run": {
        "lab": "circuit-breaker", "arms": ["none", "windowed"], "duration_s": 40, "seed": 2227,
        "parameters": {
            "rate_rps": 40, "outage": "errors", "outage_start_s": 15, "outage_s": 10, "outage_failure_rate": 1.0,
        },
    },
    "series": ["goodput_rps", "allowed_rps"],
    "which": {
        "metric": "callee_rps", "best": "highest",
        "remarks": {"windowed": {"feedback": f"{SECRET} which", "misconception": f"{SECRET} belief"}},
    },
    "when": {
        "ask": "When does {windowed} open?", "arm": "windowed", "mark": {"value": "open"}, "tolerance_s": 1.5,
        "wrong_feedback": f"{SECRET} no",
        "mistakes": [{"at_s": 25, "feedback": f"{SECRET} end", "misconception": f"{SECRET} end"}],
    },
    "why": {
        "ask": "Why does it?",
        "options": [
            {"id": "right-one", "text": "It fails fast", "correct": True, "feedback": f"{SECRET} yes"},
            {"id": "wrong-one", "text": "It retries", "feedback": f"{SECRET} no", "misconception": f"{SECRET} retry"},
        ],
    },
}  # fmt: skip
LAB_GOAL = {
    "lab": "circuit-breaker", "fixed": {"keys": 500, "outage": "none"}, "turn": ["break", "heal", "open_s"], "minimum_s": 20,
    "goals": [
        {"id": "item-1", "text": "The breaker opens", "feedback": f"{SECRET} open", "misconception": f"{SECRET} belief",
         "conditions": [{"subject": "mark", "name": "state", "arm": "windowed", "value": "open"}]},
        {"id": "item-2", "text": "It does so once at least", "weight": 3, "feedback": f"{SECRET} once",
         "conditions": [{"subject": "metric", "name": "openings", "arm": "windowed", "value": 1}]},
    ],
    "solution": {"changes": [{"t_s": 11, "kind": "do", "name": "break"}], "text": f"{SECRET} solution"},
}  # fmt: skip
DEFINITIONS: dict[str, dict[str, Any]] = {
    "single-choice": SINGLE, "multiple-choice": MULTIPLE, "numeric": NUMERIC, "ordering": ORDERING,
    "true-false": TRUE_FALSE, "calculated": CALCULATED, "short-text": SHORT_TEXT, "cloze": CLOZE,
    "matching": MATCHING, "essay": ESSAY, "hot-spot": HOT_SPOT,
    "read-the-run": READ_THE_RUN, "lab-goal": LAB_GOAL,
}  # fmt: skip
FOUR = [{"questions": ["single-choice", "multiple-choice", "numeric", "ordering"]}]
"""For tests that count: a quarter of the points for each, all graded at once."""
STEMS = {
    "calculated": "{calls} calls in {seconds} s?",
    "cloze": "It is [[words]] while it is [[right-one]], for [[numeric]].",
}


def question(slug: str, kind: str = "single-choice", definition: dict[str, Any] | None = None, **more: Any) -> QuestionVersion:
    """A question of the bank with its first version."""
    content = {
        "stem": STEMS.get(kind, f"Stem of {slug}?"), "explanation": f"{SECRET} explanation of {slug}", "tags": ("breakers",),
        "sources": (f"[{SECRET}](https://example.org/)",),
    } | more  # fmt: skip
    inline_allowed = content.pop("inline_allowed", False)
    row = Question(slug=slug, inline_allowed=inline_allowed)
    return question_save(row, Content(kind=kind, definition=definition or DEFINITIONS[kind], **content))


def bank() -> None:
    """One question of each kind: positions 1 to 4 of `quiz()`."""
    for kind in DEFINITIONS:
        question(kind, kind)


def quiz(slug: str = "breakers", **more: Any) -> Quiz:
    """A quiz of the four questions, ten minutes, two attempts."""
    values: dict[str, Any] = {
        "title": "Breakers", "time_limit_s": 600, "attempts_allowed": 2, "grace_s": 10,
        "sections": [{"questions": list(DEFINITIONS)}],
    } | more  # fmt: skip
    return Quiz.objects.create(slug=slug, **values)


def person(name: str = "candidate") -> User:
    made: User = User.objects.create_user(username=name, email=f"{name}@example.org", password="not a real secret 1")
    return made


def started(name: str = "candidate", **quiz_fields: Any) -> Attempt:
    """A running attempt of a new person at a new quiz of the whole bank."""
    bank()
    return attempt_start(person(name), quiz(**quiz_fields))


def let_time_pass(attempt: Attempt, seconds: float) -> None:
    """As if the database's clock had gone on: everything that it is compared with moves back."""
    by = timedelta(seconds=seconds)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=F("started_at") - by, due_at=F("due_at") - by, deadline_at=F("deadline_at") - by
    )
    AttemptSection.objects.filter(attempt=attempt).update(
        opened_at=F("opened_at") - by, due_at=F("due_at") - by, deadline_at=F("deadline_at") - by
    )
    AttemptQuestion.objects.filter(attempt=attempt).update(opened_at=F("opened_at") - by)
    attempt.refresh_from_db()


def right_answer(attempt: Attempt, position: int) -> Any:
    """The browser's value for the right answer to a question of `bank()`."""
    drawn = attempt.questions.get(position=position)
    order = drawn.frozen.get("order", [])
    match drawn.version.kind:
        case "single-choice":
            return str(order.index("right-one") + 1)
        case "multiple-choice":
            return [str(order.index(name) + 1) for name in ("timeout", "unavailable")]
        case "numeric":
            return "2227"
        case "true-false":
            return "false"
        case "calculated":
            return str(drawn.frozen["values"]["calls"] * drawn.frozen["values"]["seconds"] + 131)
        case "short-text":
            return "Unavailable"
        case "cloze":
            state = drawn.frozen["blanks"]["right-one"]["order"].index("unavailable") + 1
            return {"1": "unavailable", "2": str(state), "3": "2227"}
        case "matching":
            offered = drawn.frozen["partners"]
            return {str(order.index(pair["id"]) + 1): str(offered.index(pair["right"]) + 1) for pair in MATCHING["pairs"]}
        case "essay":
            return "Timeouts make retries, retries make load, load makes timeouts."
        case "read-the-run":
            why = str(order.index("right-one") + 1)
            return {"which": "AB"[drawn.frozen["arms"].index("none")], "when": "17.5", "why": why}
        case "lab-goal":
            return str(own_run(attempt.user).pk)
        case "hot-spot":
            return [str(order.index(name) + 1) for name in ("node-store", "edge-fill")]
    return [str(order.index(f"item-{number}") + 1) for number in range(1, 5)]


def values_of(attempt: Attempt, position: int) -> list[Any]:
    """Everything that was kept for a question, in sequence order."""
    rows = Answer.objects.filter(attempt_question__attempt=attempt, attempt_question__position=position)
    return [row.value for row in rows.order_by("client_seq")]
