"""An instructor takes a quiz as a learner would, also an unpublished one. Nothing counts it, and it may be thrown away."""

from typing import Any

from django.db import transaction

from quizzes.models import Attempt, Quiz
from quizzes.services.start import attempt_start


def preview_of(user: Any, quiz: Quiz) -> Attempt | None:
    """This person's newest preview of the quiz."""
    return Attempt.objects.filter(user=user, quiz=quiz, preview=True).order_by("-number").first()


@transaction.atomic
def preview_start(user: Any, quiz: Quiz, *, anew: bool = False) -> Attempt:
    """The preview that is under way, or a new one. Raises `StartRefused`.

    The earlier ones are thrown away for it: where it was asked for, where they are over, and where the rules have changed.
    """
    earlier = preview_of(user, quiz)
    if earlier is not None and (anew or not earlier.running or earlier.quiz_revision != quiz.revision):
        preview_discard(user, quiz)
    return attempt_start(user, quiz, preview=True)


def preview_discard(user: Any, quiz: Quiz) -> bool:
    """Delete this person's previews of the quiz with all that was answered in them."""
    deleted, _ = Attempt.objects.filter(user=user, quiz=quiz, preview=True).delete()
    return deleted > 0
