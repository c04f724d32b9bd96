"""What is kept of a candidate: handed out as data, and erased, on demand or when its time has come."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Value

from quizzes.clock import ClockNow
from quizzes.invitations.models import Candidate, Invitation
from quizzes.invitations.services.accepting import attempt_of, candidate_of
from quizzes.models import Attempt, AttemptQuestion
from quizzes.services.review import attempt_shows

FORMAT = "plimsoll-candidate-1"


def candidate_data(invitation: Invitation, *, for_candidate: bool = False) -> dict[str, Any]:
    """Everything that is kept about the person, as JSON. Times are ISO 8601 in UTC.

    `for_candidate`: marks only where the quiz's review shows them by now.
    """
    candidate = candidate_of(invitation)
    attempt = attempt_of(candidate) if candidate else None
    marks = attempt is not None and (not for_candidate or attempt_shows(attempt).marks)
    return {
        "format": FORMAT,
        "quiz": invitation.quiz.slug,
        "invited": {"name": invitation.name, "email": invitation.email, "at": _iso(invitation.made_at)},
        "candidate": candidate
        and {"name": candidate.name, "email": candidate.email, "accepted_at": _iso(candidate.accepted_at)},
        "attempt": attempt and _attempt_data(attempt, marks=marks, named=not (for_candidate and attempt.running)),
        "kept_until": _iso(kept_until(invitation, attempt)),
    }


def kept_until(invitation: Invitation, attempt: Attempt | None) -> datetime:
    """When all of it is erased: counted from the end of the attempt, or of the link where none was made."""
    ended = attempt.submitted_at if attempt and attempt.submitted_at else invitation.expires_at
    return ended + invitation.keeps_for


def _attempt_data(attempt: Attempt, *, marks: bool, named: bool) -> dict[str, Any]:
    questions = attempt.questions.filter(opened_at__isnull=False).select_related("version__question", "grade", "section")
    return {
        "status": attempt.status, "started_at": _iso(attempt.started_at), "submitted_at": _iso(attempt.submitted_at),
        "score": attempt.score if marks else None, "extra_s": attempt.extra_s,
        "questions": [_question_data(question, marks=marks, named=named) for question in questions],
    }  # fmt: skip


def _question_data(question: AttemptQuestion, *, marks: bool, named: bool) -> dict[str, Any]:
    """`named`: with the name that the bank has for it. That may give the answer away, so no candidate has it while it runs."""
    posed = question.posed
    return {
        "position": question.position, "section": question.section.title,
        "question": question.version.question.slug if named else None,
        "version": question.version.number, "points": question.points, "active_ms": question.active_ms,
        "score": question.grade.score if marks and question.grade else None,
        "answers": [
            {
                "number": answer.client_seq, "received_at": _iso(answer.received_at), "value": answer.value,
                "words": posed.answer_text(answer.value, answer.facts), "certainty": answer.certainty,
            }
            for answer in question.answers.order_by("client_seq")
        ],
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


@transaction.atomic
def candidate_erase(invitation: Invitation) -> None:
    """Delete the candidate, the account and every attempt and answer; what stays is that there was an invitation."""
    locked = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    found = Candidate.objects.select_related("user").filter(invitation=locked).first()
    if found is not None:
        found.user.delete()
    locked.name, locked.email, locked.message, locked.erased_at = "", "", "", ClockNow()
    locked.save(update_fields=["name", "email", "message", "erased_at"])


def overdue_invitations(limit: int) -> list[Invitation]:
    """Those whose time of keeping is over. An attempt that nobody ended, and no clock will, counts as none."""
    day = ExpressionWrapper(F("keep_days") * Value(timedelta(days=1)), output_field=DurationField())
    kept = Invitation.objects.filter(erased_at__isnull=True).annotate(keep=day)
    ended = kept.filter(candidate__user__quiz_attempts__submitted_at__lt=ClockNow() - F("keep"))
    mine = Attempt.objects.filter(user__candidate__invitation=OuterRef("pk"))
    going_on = mine.filter(Q(submitted_at__isnull=False) | Q(deadline_at__isnull=False))
    unused = kept.filter(~Exists(going_on), expires_at__lt=ClockNow() - F("keep"))
    return list(
        Invitation.objects.filter(pk__in=[*ended.values_list("pk", flat=True), *unused.values_list("pk", flat=True)])[:limit]
    )
