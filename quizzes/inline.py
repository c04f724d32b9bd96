"""The HTML of questions inside lessons."""

from collections.abc import Mapping, Sequence

from django.template.loader import render_to_string

from quizzes.services.inline import InlineCheck, inline_checks


def inline_questions(slugs: Sequence[str]) -> Mapping[str, str]:
    """The form of each question that lessons may ask, by slug. What may not be asked is not in it."""
    return {check.version.question.slug: inline_form(check) for check in inline_checks(slugs)}


def inline_form(check: InlineCheck) -> str:
    """One question as a form that htmx sends; holds nothing that gives the answer away."""
    posed = check.posed
    context = {
        "check": check,
        "template": posed.kind.template,
        "view": posed.public_view(),
        "stem": posed.words(check.version.stem),
    }
    return render_to_string("quizzes/_inline.html", context)
