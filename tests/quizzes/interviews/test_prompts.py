"""Prompts as files and in the admin: what is wrong is said in words and with its line; a try counts nowhere."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from courses.instructors import grant_instructors
from courses.loading.kinds import Material
from courses.loading.source import MaterialError, SourceFile
from courses.loading.yaml_source import write_yaml
from quizzes.interviews.material import PromptKind
from quizzes.interviews.models import Prompt, Round
from quizzes.interviews.services.listing import past_rounds
from quizzes.interviews.services.rounds import round_stop
from tests.quizzes.interviews.prompts import SECRET, content, finished, person, prompt, stage


def problems(**more: Any) -> list[str]:
    text = write_yaml({"slug": "a-counter", **content(**more)})
    kind = PromptKind()
    try:
        (piece,) = kind.pieces(SourceFile("interviews/a-counter.yaml", text))
    except MaterialError as error:
        return [problem.what for problem in error.problems]
    return [problem.what for problem in kind.check(piece, Material({}))]


LAB = content()["lab"]
CHANGE = content()["change"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, ""),
        ({"lab": LAB | {"slug": "no-lab"}}, "there is no lab “no-lab”; there are"),
        ({"lab": LAB | {"parameters": {"rate_rps": 1e9}}}, "rate_rps"),
        ({"lab": LAB | {"arms": ["no-arm"]}}, "arms"),
        ({"lab": LAB | {"duration_s": 1e9}}, "duration_s"),
        ({"change": CHANGE | {"knob": "no_knob"}}, "the lab has no knob “no_knob”; it has"),
        ({"change": CHANGE | {"times": 1e6}}, "rate_rps after the change"),
        ({"change": CHANGE | {"to": 5}}, "say either “times” or “to”"),
        ({"change": CHANGE | {"after_s": 120}}, "the change would come after the end of its stage"),
        ({"minutes": 20}, "the stages take 14 minutes together, not 20"),
        ({"stages": content()["stages"][:-1]}, "the stages are exactly these"),
        ({"rubric": content()["rubric"][:5]}, "rubric"),
        ({"rubric": [*content()["rubric"], content()["rubric"][0]]}, "two entries are the rubric item “strong-1”"),
        ({"diagram": "flowchart LR\n a --> b[(c"}, "cannot be drawn"),
    ],
)
def test_what_is_wrong_with_a_prompt_is_said(wrong: dict[str, Any], said: str) -> None:
    found = problems(**wrong)
    assert (found == []) if not said else any(said in what for what in found), found


def test_a_follow_up_comes_within_its_stage() -> None:
    late = stage("requirements") | {"follow_ups": [{"id": "late", "after_s": 120, "ask": "?", "answer": "!"}]}
    assert any("late would open after" in what for what in problems(stages=[late, *content()["stages"][1:]]))


@pytest.mark.django_db
def test_a_row_is_the_file_that_made_it() -> None:
    row = prompt()
    kind = PromptKind()
    entry = kind.entry_of(Prompt.objects.get())
    (piece,) = kind.pieces(SourceFile("interviews/a-counter.yaml", kind.canonical(entry)))
    assert kind.fingerprint(piece.entry) == kind.fingerprint(entry)
    assert row.content().model_dump() == Prompt.objects.get().content().model_dump()


@pytest.fixture
def instructor(db: None) -> Client:
    user = person("teacher")
    user.is_staff = True
    user.save()
    user.groups.add(grant_instructors())
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_instructor_tries_an_unpublished_prompt_and_it_counts_nowhere(instructor: Client) -> None:
    row = prompt(published=False)
    response = instructor.post(reverse("admin:interviews_prompt_try", args=[row.pk]), {"level": "staff"}, follow=True)
    assert "You try this interview as a candidate" in response.content.decode()
    tried = round_stop(Round.objects.get())
    assert tried.preview
    assert past_rounds(tried.user) == []


def test_the_admin_says_what_is_wrong_and_keeps_what_was_typed(instructor: Client) -> None:
    row = prompt()
    page = instructor.get(reverse("admin:interviews_prompt_change", args=[row.pk]))
    form = page.context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    values = {name: form.fields[name].prepare_value(value) for name, value in fields.items() if value is not None}
    values |= {"change": values["change"].replace("rate_rps", "no_knob"), "published": "on"}
    response = instructor.post(reverse("admin:interviews_prompt_change", args=[row.pk]), values)
    assert response.status_code == 200
    assert "the lab has no knob “no_knob”" in response.content.decode()
    assert Prompt.objects.get().change["knob"] == "rate_rps"


def test_the_admin_shows_notes_of_rounds_that_are_shared_and_no_points(instructor: Client) -> None:
    round_ = finished()
    url = reverse("admin:interviews_round_change", args=[round_.pk])
    assert "Peak, not mean" not in instructor.get(url).content.decode()
    Round.objects.update(for_instructors=True)
    shown = instructor.get(url).content.decode()
    assert "Peak, not mean" in shown
    assert SECRET not in shown
    assert instructor.get(reverse("admin:interviews_round_changelist")).status_code == 200
    assert instructor.post(url, {}).status_code == 403
