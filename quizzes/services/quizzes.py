"""Keeping quizzes: a change of the rules is a new revision, and attempts name the one that they began with."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from quizzes.models import Attempt, Quiz


@transaction.atomic
def quiz_save(quiz: Quiz) -> Quiz:
    """Save the quiz; count its revision up when a rule changed. Running attempts keep the rules that they started with."""
    before = Quiz.objects.select_for_update(no_key=True).filter(pk=quiz.pk).first() if quiz.pk else None
    if before is not None:
        changed = any(getattr(before, name) != getattr(quiz, name) for name in Quiz.RULES)
        quiz.revision = before.revision + changed
    quiz.save()
    return quiz


def quiz_duplicate(quiz: Quiz, slug: str, title: str) -> Quiz:
    """A copy with rules and draw, not published, without attempts. Raises `ValidationError` where the slug is taken."""
    copied = {name: getattr(quiz, name) for name in (*Quiz.RULES, "summary", "covers")}
    copy = Quiz(slug=slug, title=title, published=False, **copied)
    copy.full_clean()
    try:
        with transaction.atomic():
            copy.save()
    except IntegrityError:
        raise ValidationError({"slug": "A quiz with this slug was made just now. Choose another."}) from None
    return copy


def quiz_ended(quiz: Quiz, now: datetime) -> bool:
    """Whether it is closed for everybody: past its closing time, and nobody with extra time is still writing."""
    if quiz.closes_at is None or now < quiz.closes_at:
        return False
    writing = Attempt.objects.filter(quiz=quiz, preview=False, status=Attempt.Status.IN_PROGRESS, deadline_at__gte=now)
    return not writing.exists()
