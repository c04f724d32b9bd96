"""Taking an invitation up: a name and an address, an account without a password behind it, one attempt."""

import secrets
from dataclasses import dataclass
from typing import Any, Literal

from django.db import IntegrityError, transaction

from accounts.models import User
from quizzes.clock import database_now
from quizzes.errors import StartRefused
from quizzes.invitations.errors import InvitationRefused
from quizzes.invitations.models import Candidate, Invitation
from quizzes.models import Accommodation, Attempt, Quiz
from quizzes.services.start import attempt_start

Phase = Literal["new", "accepted", "running", "over", "expired", "revoked", "erased"]
GUEST_DOMAIN = "guest.invalid"
"""Guests own no mailbox here: RFC 6761 keeps .invalid free, so no mail can go astray. The real address is the candidate's."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an invitation stands. `attempt` is its one attempt, once there is one."""

    phase: Phase
    attempt: Attempt | None = None


def candidate_of(invitation: Invitation) -> Candidate | None:
    return getattr(invitation, "candidate", None)


def standing_of(invitation: Invitation) -> Standing:
    """By the database's clock."""
    if invitation.erased_at is not None:
        return Standing("erased")
    candidate = candidate_of(invitation)
    attempt = None if candidate is None else attempt_of(candidate)
    if attempt is not None:
        return Standing("running" if attempt.running else "over", attempt)
    if invitation.revoked_at is not None:
        return Standing("revoked")
    if invitation.expires_at <= database_now():
        return Standing("expired")
    return Standing("accepted" if candidate else "new")


def attempt_of(candidate: Candidate) -> Attempt | None:
    return Attempt.objects.filter(user_id=candidate.user_id, quiz_id=candidate.invitation.quiz_id).order_by("number").first()


def objection_to(user: Any, quiz: Quiz) -> str:
    """A candidate takes the quiz once, by the link, also where it is open to everybody else."""
    invited = Candidate.objects.filter(user=user, invitation__quiz=quiz).exists()
    return "You take this quiz by invitation: one attempt, begun from the link that you were sent." if invited else ""


@transaction.atomic
def invitation_accept(invitation: Invitation, name: str, email: str) -> Candidate:
    """The candidate, made now or before. Raises `InvitationRefused`.

    Whoever has taken it up comes back with the same address; nobody else gets in. Two at once: the first has it.
    """
    locked = Invitation.objects.select_for_update(of=("self",), no_key=True).select_related("quiz")
    invitation = locked.get(pk=invitation.pk)  # as it is now: it may have been taken back or erased since it was read
    found = Candidate.objects.select_related("user", "invitation").filter(invitation=invitation).first()
    if found is not None:
        if found.email.lower() != email.lower():
            raise InvitationRefused(
                "This invitation was taken up under another e-mail address. Use that one, or ask who sent it."
            )
        return found
    if invitation.email and invitation.email.lower() != email.lower():
        raise InvitationRefused("This invitation is for another e-mail address. Use the one that it was sent to.")
    if standing_of(invitation).phase != "new":
        raise InvitationRefused("This invitation can no longer be taken up. Ask who sent it for a new one.")
    return _candidate(invitation, name, email)


def _candidate(invitation: Invitation, name: str, email: str) -> Candidate:
    username = f"guest-{secrets.token_hex(8)}"
    user = User(username=username, email=f"{username}@{GUEST_DOMAIN}", first_name=name[:150])
    user.set_unusable_password()
    user.save()
    if invitation.multiplier > 1.0 or invitation.minutes:
        Accommodation.objects.create(
            user=user, quiz=invitation.quiz, multiplier=invitation.multiplier, minutes=invitation.minutes, note="by invitation"
        )
    try:
        return Candidate.objects.create(invitation=invitation, user=user, name=name, email=email)
    except IntegrityError as error:
        raise InvitationRefused("This invitation was just taken up. Load the page again.") from error


def candidate_start(candidate: Candidate) -> Attempt:
    """The one attempt, begun or resumed. Raises `InvitationRefused`."""
    invitation = candidate.invitation
    standing = standing_of(invitation)
    if standing.attempt is not None:
        return standing.attempt
    if standing.phase != "accepted":
        raise InvitationRefused("This invitation has expired. Ask who sent it for a new one.")
    try:
        return attempt_start(candidate.user, invitation.quiz, admitted=True)
    except StartRefused as error:
        raise InvitationRefused(str(error)) from error


def candidate_signed_in(invitation: Invitation, user: Any) -> Candidate | None:
    """The candidate of this invitation, where this session is theirs."""
    candidate = candidate_of(invitation)
    return candidate if candidate is not None and user.is_authenticated and candidate.user_id == user.pk else None
