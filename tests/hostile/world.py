"""One of everything that an address can name, and the people who may or may not come near it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses import decisions
from courses.checklists import use_start
from courses.evidence import cite_run, set_condition
from courses.exercises import exercise_begin, exercise_give_up
from courses.instructors import grant_instructors
from courses.models import Checklist, ChecklistUse, DecisionRecord, Evidence, Exercise
from labs import streams
from labs.access import Visitor
from labs.models import Change, Run
from quizzes.interviews.services.rounds import round_start, round_stop
from quizzes.interviews.services.scoring import scoring_begin
from quizzes.interviews.services.sharing import round_share
from quizzes.invitations.services.inviting import Person, Terms, invite
from quizzes.models import Attempt, Question, Quiz
from quizzes.reviews.models import Card, PendingImport
from quizzes.reviews.services.own_cards import OwnContent, own_card_make, own_cards, own_cards_delete
from quizzes.services.answers import Sent, answers_save
from quizzes.services.start import attempt_start
from tests.courses.conftest import CHECKLIST, COURSE, EXERCISE, LESSON, SCENARIO, TEMPLATE, MaterialFolder
from tests.quizzes.bank import bank, question, quiz
from tests.quizzes.interviews import prompts as interview_prompts

BROWSER = "b" * 43
"""The key of a browser without an account."""
NOT_CONTENT = {"django_session", "django_migrations", "courses_searchentry"}


@dataclass(slots=True)
class World:
    """The learner owns the run, the decision and its evidence; the candidate is in the middle of the attempt."""

    clients: dict[str, Client]
    users: dict[str, User]
    run: Run
    queued: Run
    attempt: Attempt
    practice: Attempt
    invitation: str
    record: DecisionRecord
    evidence: Evidence
    use: ChecklistUse
    share_token: str
    reviews: dict[str, UUID]
    interviews: dict[str, Any]
    before: dict[str, Any] = field(default_factory=lambda: contents())
    """What is in the database while nothing has happened: every request is undone."""

    def address(self, path: str) -> str:
        """`path` with the names of these objects filled in."""
        return path.format(
            run=self.run.pk,
            queued=self.queued.pk,
            attempt=self.attempt.uuid,
            practice=self.practice.uuid,
            invitation=self.invitation,
            record=self.record.pk,
            evidence=self.evidence.pk,
            use=self.use.pk,
            share=self.share_token,
            **self.reviews,
            **self.interviews,
        )


def world(folder: Path) -> World:
    material(MaterialFolder(folder / "material"))
    users = people()
    run, queued = finished_run(users["learner"]), queued_run(users["learner"])
    record, evidence = decision(users["learner"], run)
    exercise(users["learner"])
    bank()
    question("inline-one", inline_allowed=True)
    attempt = attempt_start(users["candidate"], quiz())
    practice = practising(users["candidate"])
    clients = {name: signed_in(user) for name, user in users.items()}
    return World(
        clients={"anonymous": Client(raise_request_exception=False), **clients},
        users=users,
        run=run,
        queued=queued,
        attempt=attempt,
        practice=practice,
        invitation=invited(quiz("by-invitation", sections=[{"questions": ["single-choice"]}])),
        record=record,
        evidence=evidence,
        use=checklist_use(users["learner"]),
        share_token=str(record.share_token),
        reviews=reviews(users["learner"]),
        interviews=interviews(users["learner"]),
    )


def practising(user: User) -> Attempt:
    """In practice, with an answer that can be checked and a hint that can be asked for."""
    question("with-hints", hints=("Think of the queue.",))
    attempt = attempt_start(user, quiz("practice", mode="practice", sections=[{"questions": ["with-hints"]}]))
    answers_save(attempt, [Sent(1, 1, "1")])
    return attempt


def invited(to: Quiz) -> str:
    """The token of an invitation that nobody has taken up."""
    (link,) = invite(to, [Person()], Terms(days=7), by=None)
    return link.token


def material(files: MaterialFolder) -> None:
    files.write("course.yaml", COURSE)
    files.write("lessons/101-first-steps.md", LESSON)
    files.write("decision-templates/short.md", TEMPLATE)
    files.write("scenarios/slow-service.md", SCENARIO)
    files.write("checklists/before-release.yaml", CHECKLIST)
    files.write("exercises/slow-pictures.yaml", EXERCISE)
    files.load()


def people() -> dict[str, User]:
    names = ("learner", "other", "candidate", "instructor", "administrator")
    users = {name: User.objects.create(username=name, email=f"{name}@example.org") for name in names}
    User.objects.filter(username__in=("instructor", "administrator")).update(is_staff=True)
    User.objects.filter(username="administrator").update(is_superuser=True)
    users["instructor"].groups.add(grant_instructors())
    return {name: User.objects.get(pk=user.pk) for name, user in users.items()}


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def finished_run(owner: User) -> Run:
    now = timezone.now()
    metrics = {"windowed": {"p99_s": 0.4, "goodput_rps": None}}
    return Run.objects.create(
        lab="circuit-breaker",
        world="simulated",
        parameters={},
        seed=7,
        duration_s=60.0,
        arms=["windowed"],
        owner=owner,
        status="finished",
        queued_at=now,
        dispatched_at=now,
        finished_at=now,
        take_starts=[0.0],
        take=1,
        series_take=1,
        series=streams.pack([b'{"type":"sample","t":1.0,"arm":"windowed","values":{"x":1.0},"flows":{}}']),
        summary={"sentence": "It held.", "metrics": metrics},
        lines={},
    )


def queued_run(owner: User) -> Run:
    now = timezone.now()
    run = Run.objects.create(
        lab="circuit-breaker",
        world="simulated",
        parameters={},
        seed=8,
        duration_s=60.0,
        arms=["windowed"],
        owner=owner,
        status="queued",
        queued_at=now + timedelta(hours=1),
        dispatched_at=now,
        take_starts=[0.0],
        take=1,
    )
    Change.objects.create(run=run, index=0, t_s=1.0, kind="set", name="failure_rate", value=0.5, take=1)
    return run


def decision(owner: User, run: Run) -> tuple[DecisionRecord, Evidence]:
    record = decisions.decision_start(owner_id=owner.pk, title="Which breaker", template=None, body="## Context\n\nText.")
    evidence = cite_run(record=record, run_id=run.pk)
    set_condition(evidence=evidence, arm="windowed", metric="p99_s", operator="<", value=1.0)
    return decisions.decision_share(record=record, on=True), evidence


def exercise(owner: User) -> None:
    """The learner has begun the exercise, and has seen its model."""
    begun = Exercise.objects.get(slug="slow-pictures")
    exercise_begin(owner_id=owner.pk, exercise=begun)
    exercise_give_up(owner_id=owner.pk, exercise=begun)


def checklist_use(owner: User) -> ChecklistUse:
    checklist = Checklist.objects.get(slug="before-release")
    return use_start(owner_id=owner.pk, checklist=checklist, title="Photo service v2")


def reviews(owner: User) -> dict[str, UUID]:
    """A question card, an own flashcard, one that is deleted, and a deck from Anki that waits, by their names in addresses."""
    asked = Question.objects.get(slug="single-choice")
    own, deleted = (own_card_make(owner, OwnContent(deck="Mine", front=f"{word}?", back="Yes.")) for word in ("One", "Two"))
    own_cards_delete(own_cards(owner).filter(pk=deleted.pk))
    pending = PendingImport.objects.create(user=owner, file_name="deck.apkg", cards=[])
    return {
        "card": Card.objects.create(user=owner, question=asked).uuid,
        "own_card": own.uuid,
        "deleted_card": deleted.uuid,
        "anki_import": pending.uuid,
    }


def interviews(owner: User) -> dict[str, Any]:
    """A round in its last stage, its change come, with stages long enough for every test; and one that is over and shared."""
    told = interview_prompts.prompt(stage_minutes=30)
    over = round_stop(round_start(owner, told, "staff"))
    round_share(over, on=True)
    over.refresh_from_db()
    running = round_start(owner, told, "staff")
    interview_prompts.through(running, "wrap-up")
    scoring = scoring_begin(over, owner)
    return {"round": running.uuid, "round_over": over.uuid, "round_share": over.share_token, "scoring": scoring.uuid}


def visitor() -> Visitor:
    return Visitor(user_id=None, key=BROWSER)


# What is in the database


def contents() -> dict[str, Any]:
    """Count and digest of every table, in one statement: a row added, lost or changed shows."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    parts = [
        f"SELECT '{table}', count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) FROM \"{table}\" AS row"
        for table in sorted(set(tables) - NOT_CONTENT)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {table: (count, digest) for table, count, digest in cursor.fetchall()}


def rows_written() -> int:
    """Rows that this transaction has added, changed or removed so far, those taken back since among them: only ever more.

    Where it stands still, nothing was written, and no digest of everything is needed to know.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back, and nothing waits for a commit."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
