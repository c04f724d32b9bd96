"""300 candidates answer 20 questions each inside two minutes, while the web process and Valkey are restarted once each."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from benchmarks._site import children, prepared
from benchmarks.report import Report

if TYPE_CHECKING:
    from tests.servers import OwnValkey
    from tests.site import Child, Children

CANDIDATES, LATE, QUESTIONS, LASTS_S = 300, 30, 20, 112.0
LIMIT_S, GRACE_S = 60, 2
"""The quiz's limit is longer than the exam for most; the late ones get a shorter one and go on sending past it."""
RESTARTS_AT_S = (40.0, 70.0)
STIRRED_AT_S, SETTLED_S = (0.0, 18.0, *RESTARTS_AT_S), 12.0
"""Candidates come in over 18 s; what comes within 12 s of that or of a restart meets a queue."""


def run(report: Report) -> None:
    folder = prepared()
    from tests.servers import OwnValkey

    valkey = OwnValkey(Path(tempfile.mkdtemp(dir=folder)) / "valkey")
    valkey.start()
    started = children()
    try:
        urls = {"REDIS_URL": valkey.server.url, "CELERY_BROKER_URL": valkey.server.url}
        web = started.web(None, **urls)
        sessions = _people()
        began_s = time.monotonic()
        candidates = _candidates(web.url, sessions)
        away_s = _restart_both(started, web, valkey, began_s, urls)
        assert candidates.stdout is not None
        seen = json.loads(candidates.stdout.readline())
        candidates.wait()
        _tell(report, seen, away_s)
    finally:
        started.close()
        valkey.kill()


def _people() -> list[str]:
    """The quiz, the candidates, and a session for each: signing in is no part of the exam."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import User
    from tests.quizzes import bank

    kinds = ("single-choice", "multiple-choice", "numeric", "ordering")
    slugs = [f"{kind}-{number}" for kind in kinds for number in range(QUESTIONS // len(kinds))]
    for slug in slugs:
        bank.question(slug, slug.rpartition("-")[0])
    bank.quiz("exam", time_limit_s=600, grace_s=GRACE_S, attempts_allowed=1, sections=[{"questions": slugs}])
    people = User.objects.bulk_create(
        User(username=f"candidate{number}", email=f"candidate{number}@example.org", password="!")
        for number in range(CANDIDATES)
    )
    found = []
    for person in people:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        found.append(str(session.session_key))
    return found


def _candidates(url: str, sessions: list[str]) -> "subprocess.Popen[bytes]":
    root = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._candidates"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    )
    assert process.stdin is not None
    assert process.stdout is not None
    order = {"url": url, "quiz": "exam", "lasts_s": LASTS_S, "sessions": sessions, "late": LATE}
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"begun\n"
    return process


def _restart_both(
    started: "Children", web: "Child", valkey: "OwnValkey", began_s: float, urls: dict[str, str]
) -> tuple[float, float]:
    """How long each was away, in seconds."""
    web_at_s, valkey_at_s = RESTARTS_AT_S
    _sleep_until(began_s + 30)
    _shorten(LATE)
    _sleep_until(began_s + web_at_s)
    gone_s = time.monotonic()
    web.signal(signal.SIGTERM)
    web.wait()
    started.web(int(web.url.rpartition(":")[2]), **urls)
    web_away_s = time.monotonic() - gone_s
    _sleep_until(began_s + valkey_at_s)
    gone_s = time.monotonic()
    valkey.kill()
    time.sleep(2)
    valkey.start()
    return web_away_s, time.monotonic() - gone_s


def _shorten(count: int) -> None:
    """The last ones to come have less time: their deadline passes while they still answer."""
    from datetime import timedelta

    from django.db.models import F

    from quizzes.models import Attempt

    late = [f"candidate{number}" for number in range(CANDIDATES - count, CANDIDATES)]
    due = F("started_at") + timedelta(seconds=LIMIT_S)
    found = Attempt.objects.filter(user__username__in=late, status="in_progress", base_limit_s=600)
    found.update(base_limit_s=LIMIT_S, due_at=due, deadline_at=due + timedelta(seconds=GRACE_S))


def _sleep_until(moment_s: float) -> None:
    time.sleep(max(0.0, moment_s - time.monotonic()))


def _tell(report: Report, seen: dict[str, Any], away_s: tuple[float, float]) -> None:
    from django.db.models import Count, F

    from quizzes.models import Answer, Attempt, AttemptQuestion

    report.show("web process away, Valkey away", f"{away_s[0]:.1f} s, {away_s[1]:.1f} s")
    report.show("answers acknowledged, refused as late", f"{len(seen['kept']):,}, {seen['fates'].get('refused', 0):,}")
    report.exactly("candidates who sat the exam", Attempt.objects.count(), CANDIDATES)
    report.at_most("all of it took", seen["wall_s"], 120, "s")
    report.exactly("acknowledged answers lost", _lost(seen["kept"]), 0)
    twice = AttemptQuestion.objects.annotate(graded=Count("grades")).filter(graded__gt=1).count()
    report.exactly(f"questions graded twice, of {seen['handed_in']} hand-ins", twice, 0)
    ended = Attempt.objects.exclude(status="in_progress").count()
    report.at_least("attempts that ended, handed in or by the clock", ended, CANDIDATES - LATE, "")
    late = Answer.objects.filter(received_at__gt=F("attempt_question__attempt__deadline_at")).count()
    report.exactly("answers accepted after the deadline", late, 0)
    report.at_least("answers that came after the deadline", seen["fates"].get("refused", 0), 1, "")
    calm = [took_s for at_s, took_s in seen["saves"] if not any(-1 < at_s - moment_s < SETTLED_S for moment_s in STIRRED_AT_S)]
    report.show("a save, p50, p95, p99", _percentiles([took_s for _, took_s in seen["saves"]]))
    report.show(f"a save, {SETTLED_S:g} s after the start and each restart and later, p50, p95, p99", _percentiles(calm))
    report.show("until acknowledged, restarts included, p50, p95, p99", _percentiles(seen["until_kept_s"]))
    errors = ", ".join(f"{count} {name}" for name, count in sorted(seen["errors"].items())) or "none"
    report.show("errors that candidates met and sent again after", errors)


def _lost(kept: Iterable[list[Any]]) -> int:
    """How many acknowledged answers are not in the database as they were sent."""
    from quizzes.models import Answer

    rows = Answer.objects.values_list(
        "attempt_question__attempt__uuid", "attempt_question__position", "client_seq", "value", named=False
    )
    there = {(f"/attempts/{uuid}/", position, seq): value for uuid, position, seq, value in rows}
    return sum(there.get((attempt, position, seq), "nothing") != value for attempt, position, seq, value in kept)


def _percentiles(seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100)
    return ", ".join(f"{1000 * cuts[place - 1]:.0f}" for place in (50, 95, 99)) + " ms"
