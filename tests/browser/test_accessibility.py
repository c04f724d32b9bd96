"""Every kind of page, in both themes, under axe: nothing serious or critical stands against it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from accounts.models import User
from courses.decisions import decision_start
from courses.exercises import exercise_begin, exercise_give_up
from courses.instructors import grant_instructors
from courses.loading.load import load_material
from courses.models import Course, Exercise, Lesson
from labs.models import Scenario
from quizzes.interviews.models import Prompt
from quizzes.interviews.services.rounds import round_start, round_stop
from quizzes.interviews.services.scoring import scoring_begin
from quizzes.models import Question, Quiz
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from tests.browser.axe import violations
from tests.site_material import one_lesson

OPTIONS = {
    "resultTypes": ["violations"],
    # takes a label that is scrolled out of sight for none; whether there is a name is the rule `label`'s to say
    "rules": {"label-title-only": {"enabled": False}},
}
GRAVE = ("serious", "critical")
Addresses = Callable[[User], list[str]]


def for_visitors(_: User) -> list[str]:
    lesson = Lesson.objects.get(slug="circuit-breakers-and-fallbacks")
    return [
        "/", f"/courses/{lesson.module.course.slug}/", lesson.get_absolute_url(), "/labs/", "/labs/circuit-breaker/",
        Scenario.objects.order_by("pk")[0].get_absolute_url(), "/quizzes/", "/quizzes/breakers-timed/", "/decisions/new/",
        "/search/?q=breaker", "/accounts/login/", "/accounts/signup/", "/nowhere/",
        "/exercises/", f"{Exercise.objects.order_by('pk')[0].get_absolute_url()}write/",
    ]  # fmt: skip


def for_learners(learner: User) -> list[str]:
    record = decision_start(owner_id=learner.pk, title="Use a breaker", template=None, body="## Context\n\nWhy.")
    quiz = Quiz.objects.get(slug="breakers-timed")
    done = attempt_start(learner, quiz)
    attempt_submit(done)
    attempts = [f"/attempts/{attempt.uuid}/" for attempt in (done, attempt_start(learner, quiz))]
    records = [f"/decisions/{record.pk}/", f"/decisions/{record.pk}/history/"]
    return ["/", "/quizzes/", *attempts, "/decisions/", *records, *rounds(learner), *exercise_pages(learner)]


def exercise_pages(learner: User) -> list[str]:
    """One in writing, and the comparison of one."""
    writing, seen = Exercise.objects.order_by("pk")[:2]
    exercise_begin(owner_id=learner.pk, exercise=writing)
    exercise_begin(owner_id=learner.pk, exercise=seen)
    exercise_give_up(owner_id=learner.pk, exercise=seen)
    return [writing.get_absolute_url(), f"{seen.get_absolute_url()}compare/"]


def rounds(learner: User) -> list[str]:
    """A mock interview's list, a report, its scoring, and a running round."""
    prompt = Prompt.objects.order_by("pk")[0]
    over = round_stop(round_start(learner, prompt, "staff"))
    scoring = scoring_begin(over, learner)
    running = round_start(learner, prompt, "staff").get_absolute_url()
    return ["/interviews/", f"/interviews/rounds/{over.uuid}/report/", f"/interviews/scorings/{scoring.uuid}/", running]


def for_instructors(instructor: User) -> list[str]:
    instructor.is_staff = True
    instructor.save()
    instructor.groups.add(grant_instructors())
    Scenario.objects.update(title="Edited here")
    rows = {
        "courses/lesson": Lesson,
        "labs/scenario": Scenario,
        "quizzes/question": Question,
        "quizzes/quiz": Quiz,
        "courses/course": Course,
    }
    forms = [f"/admin/{name}/{model._default_manager.order_by('pk')[0].pk}/change/" for name, model in rows.items()]
    scenario = f"/admin/labs/scenario/{Scenario.objects.order_by('pk')[0].pk}"
    return ["/admin/", "/admin/labs/scenario/", *forms, f"{scenario}/history/", f"{scenario}/difference/"]


ADDRESSES: Mapping[str, Addresses] = {"visitor": for_visitors, "learner": for_learners, "instructor": for_instructors}


def sign_in(page: Page, site: str, user: User) -> None:
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site}])


def grave(page: Page, address: str) -> list[str]:
    """With the elements that it stands against."""
    return [
        f"{address}: {each['id']} at {node['target']}: {node['failureSummary'].splitlines()[-1].strip()}"
        for each in violations(page, OPTIONS)
        if each["impact"] in GRAVE
        for node in each["nodes"][:5]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("who", ADDRESSES)
def test_nothing_grave_stands_against_a_page(site: str, page: Page, who: str, tmp_path: Path) -> None:
    load_material(one_lesson(tmp_path))
    user: User = User.objects.create_user("lena", "lena@example.org", "long enough a word")
    addresses = ADDRESSES[who](user)
    if who != "visitor":
        sign_in(page, site, user)
    found: list[str] = []
    for address in addresses:
        page.goto(f"{site}{address}")
        page.wait_for_load_state("networkidle")
        found.extend(grave(page, address))
    assert found == []
