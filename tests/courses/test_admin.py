from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client

from accounts.models import User
from courses.instructors import grant_instructors, instructor_permissions
from courses.models import Checklist, Course, DecisionTemplate, Lesson, Module, SearchEntry
from tests.courses.conftest import LESSON, MaterialFolder

SignedIn = Callable[[User], Client]
LESSON_FILE = "lessons/101-first-steps.md"


@pytest.fixture
def instructor(person: Callable[..., User]) -> User:
    user = person("ines", is_staff=True)
    user.groups.add(grant_instructors())
    return user


@pytest.fixture
def admin(instructor: User, material: MaterialFolder, signed_in: SignedIn) -> Client:
    return signed_in(instructor)


def form_of(lesson: Lesson, **fields: str) -> dict[str, str]:
    values = {
        "title": lesson.title, "slug": lesson.slug, "module": str(lesson.module_id), "position": str(lesson.position),
        "published": "on", "summary": lesson.summary, "body": lesson.body, "covers": "[]", "sources": "[]",
    }  # fmt: skip
    return {**values, **fields}


def change(admin: Client, **fields: str) -> str:
    lesson = Lesson.objects.get()
    response = admin.post(f"/admin/courses/lesson/{lesson.pk}/change/", form_of(lesson, **fields))
    return "" if response.status_code == 302 else response.content.decode()


@pytest.mark.parametrize("model", ["course", "lesson", "decisiontemplate"])
def test_instructors_open_every_page_of_the_content(admin: Client, model: str) -> None:
    models: dict[str, type[Course | Lesson | DecisionTemplate]] = {
        "course": Course, "lesson": Lesson, "decisiontemplate": DecisionTemplate,
    }  # fmt: skip
    row = models[model]._default_manager.get()
    for path in ("", "add/", f"{row.pk}/change/", f"{row.pk}/history/", f"{row.pk}/difference/"):
        assert admin.get(f"/admin/courses/{model}/{path}").status_code == 200, path


def test_a_saved_lesson_is_on_the_site_and_in_the_search(admin: Client, client: Client) -> None:
    assert change(admin, body="\r\n## Anew\r\n\r\nA zebra.\r\n") == ""
    assert Lesson.objects.get().body == "## Anew\n\nA zebra."
    assert "A zebra." in client.get("/lessons/first-steps/").content.decode()
    assert "zebra" in SearchEntry.objects.get(key="lesson:first-steps").text


def test_a_broken_block_is_refused_with_its_line(admin: Client) -> None:
    page = change(admin, body="Text.\r\n\r\n```lab\r\nslug: nowhere\r\n```")
    assert "Line 4: lab: there is no lab “nowhere”" in page
    assert "few" in Lesson.objects.get().body


def test_fields_that_files_would_not_take_are_refused(admin: Client) -> None:
    assert "“slug”" in change(admin, slug="Not_A_Slug")
    assert "sources" in change(admin, sources='[{"url": "javascript:alert(1)", "title": "x"}]')
    assert "covers" in change(admin, covers='{"a": 1}')
    assert Lesson.objects.get().slug == "first-steps"


def test_a_template_needs_its_sections(admin: Client) -> None:
    row = DecisionTemplate.objects.get()
    data = {"title": "x", "slug": "short", "position": "0", "summary": "s", "body": "## Context", "covers": "[]"}
    page = admin.post(f"/admin/courses/decisiontemplate/{row.pk}/change/", data).content.decode()
    assert "the section “Drivers” is missing" in page


def test_history_keeps_who_changed_what(admin: Client, instructor: User) -> None:
    change(admin, title="Other")
    newest = Lesson.history.first()
    assert (newest.title, newest.history_user) == ("Other", instructor)
    assert "Other" in admin.get(f"/admin/courses/lesson/{Lesson.objects.get().pk}/history/").content.decode()


def test_the_preview_is_what_the_site_shows(admin: Client) -> None:
    body = "## Head\n\n<script>alert(1)</script>\n\n```calculator\nname: littles-law\n```\n"
    made = admin.post("/admin/courses/lesson/preview/", {"body": body}).content.decode()
    assert "How many are inside?" in made
    assert "<script" not in made


def test_the_preview_shows_a_broken_block_in_words(admin: Client) -> None:
    made = admin.post("/admin/courses/lesson/preview/", {"body": "```lab\nslug: nowhere\n```"}).content.decode()
    assert "This lab block cannot be shown" in made


# Conflicts


def in_conflict(material: MaterialFolder) -> Lesson:
    Lesson.objects.update(title="Edited here")
    material.write(LESSON_FILE, LESSON.replace("First steps", "Changed there"))
    material.load()
    return Lesson.objects.get()


def test_a_conflict_is_seen_and_shown_side_by_side(admin: Client, material: MaterialFolder) -> None:
    lesson = in_conflict(material)
    assert "see the difference" in admin.get("/admin/courses/lesson/").content.decode()
    page = admin.get(f"/admin/courses/lesson/{lesson.pk}/difference/").content.decode()
    assert '<td class="left">title: Edited here</td>' in page
    assert '<td class="right">title: Changed there</td>' in page


@pytest.mark.parametrize(
    ("side", "title", "next_load"), [("file", "Changed there", "unchanged"), ("admin", "Edited here", "edited")]
)
def test_either_side_is_taken(admin: Client, material: MaterialFolder, side: str, title: str, next_load: str) -> None:
    lesson = in_conflict(material)
    admin.post(f"/admin/courses/lesson/{lesson.pk}/difference/", {"side": side})
    lesson.refresh_from_db()
    assert lesson.title == title
    assert not lesson.in_conflict
    assert material.load()["first-steps"] == next_load


def test_sides_are_taken_from_the_list_too(admin: Client, material: MaterialFolder) -> None:
    lesson = in_conflict(material)
    response = admin.post("/admin/courses/lesson/", {"action": "take_files", "_selected_action": [str(lesson.pk)]}, follow=True)
    assert "took the file" in response.content.decode()
    assert Lesson.objects.get().title == "Changed there"


# Who may


@pytest.mark.parametrize("path", ["", "add/", "preview/", "1/difference/"])
def test_staff_without_permission_and_learners_stay_out(
    material: MaterialFolder, person: Callable[..., User], signed_in: SignedIn, path: str
) -> None:
    lesson = Lesson.objects.get()
    address = f"/admin/courses/lesson/{path.replace('1/', f'{lesson.pk}/')}"
    staff = signed_in(person("sam", is_staff=True))
    learner = signed_in(person("lea"))
    for client in (staff, learner, Client()):
        response = client.post(address) if path == "preview/" else client.get(address)
        assert response.status_code in (302, 403), address
        assert b"few" not in response.content


def test_instructors_do_not_read_learners_records(admin: Client) -> None:
    assert admin.get("/admin/courses/decisionrecord/").status_code == 403


@pytest.mark.parametrize(("model", "kind"), [(Lesson, "lesson"), (DecisionTemplate, "template"), (Checklist, "checklist")])
def test_what_is_deleted_in_the_list_is_not_found_any_more(admin: Client, model: type[models.Model], kind: str) -> None:
    assert SearchEntry.objects.filter(kind=kind).exists()
    row = model._default_manager.get()
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin.post(f"/admin/courses/{model._meta.model_name}/", chosen)
    assert not model._default_manager.exists()
    assert not SearchEntry.objects.filter(kind=kind).exists()


def test_a_module_with_lessons_is_not_deleted_with_its_course_unseen(admin: Client) -> None:
    admin.post(f"/admin/courses/course/{Course.objects.get().pk}/delete/", {"post": "yes"})
    assert Module.objects.count() == 2


def test_the_group_has_what_each_application_lists(db: None) -> None:
    group = grant_instructors()
    assert grant_instructors() == group
    assert group.permissions.count() == len(instructor_permissions())
    assert group.permissions.filter(codename="change_lesson").exists()
    assert not group.permissions.filter(content_type__app_label__in=["accounts", "auth"]).exists()


def test_the_command_lets_people_in(person: Callable[..., User]) -> None:
    person("nora")
    call_command("grant_instructors", "nora", verbosity=0)
    nora = User.objects.get(username="nora")
    assert nora.is_staff
    assert nora.has_perm("courses.change_lesson")
    with pytest.raises(CommandError, match="nobody called otto"):
        call_command("grant_instructors", "otto")
