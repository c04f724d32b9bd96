"""Keeping quizzes: a change of the rules is a new revision, and attempts name the one that they began with."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from quizzes.models import Quiz


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
