from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from courses import lessons
from courses.diagrams import publish_for_a_day
from courses.models import Diagram, Lesson, LessonNote, LessonProgress, Module
from courses.rendering.document import Document, author_document
from courses.rendering.mermaid import draw
from tests.courses.conftest import LESSON, MaterialFolder

PAGE = "/lessons/first-steps/"
SignedIn = Callable[[User], Client]


# Reading


def test_a_visitor_reads_everything_in_three_queries(
    client: Client, material: MaterialFolder, django_assert_max_num_queries: Any
) -> None:
    client.get(PAGE)
    with django_assert_max_num_queries(3):
        response = client.get(PAGE)
    page = response.content.decode()
    assert response.status_code == 200
    assert "A breaker lets a <em>few</em> trials pass." in page
    assert 'href="#s-the-half-open-door"' in page
    assert "Sign in" in page


def test_a_page_with_all_headings_and_a_strict_policy(client: Client, material: MaterialFolder) -> None:
    response = client.get(PAGE)
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert b" style=" not in response.content


def test_an_unpublished_lesson_is_there_for_the_admins_people_only(
    client: Client, material: MaterialFolder, person: Callable[..., User], signed_in: SignedIn
) -> None:
    Lesson.objects.update(published=False)
    assert client.get(PAGE).status_code == 404
    assert signed_in(person("root", is_superuser=True)).get(PAGE).status_code == 200


def test_the_html_is_made_again_only_when_text_or_code_changed(
    client: Client, material: MaterialFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(text: str) -> Document:
        made.append(text)
        return author_document(text)

    monkeypatch.setattr(lessons, "author_document", counted)
    client.get(PAGE)
    assert made == []
    Lesson.objects.update(body="Other words.")
    assert "Other words." in client.get(PAGE).content.decode()
    client.get(PAGE)
    assert len(made) == 1
    monkeypatch.setattr(lessons, "code_version", lambda: "newer code")
    client.get(PAGE)
    assert len(made) == 2


def test_lessons_follow_each_other_across_modules(client: Client, material: MaterialFolder) -> None:
    material.write("lessons/201-next.md", LESSON.replace("first-steps", "next").replace("module: resilience", "module: data"))
    material.load()
    assert 'rel="next" class="after" href="/lessons/next/"' in client.get(PAGE).content.decode()
    assert 'rel="prev" href="/lessons/first-steps/"' in client.get("/lessons/next/").content.decode()


# Progress


def test_the_mark_is_kept_and_taken_away(material: MaterialFolder, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    client.post(f"{PAGE}progress/", {"read": "yes"})
    client.post(f"{PAGE}progress/", {"read": "yes"})
    assert LessonProgress.objects.filter(learner=learner).count() == 1
    assert "1</strong> of 1 lessons read" in client.get("/courses/sample/").content.decode()
    client.post(f"{PAGE}progress/", {"read": "no"})
    assert not LessonProgress.objects.exists()


def test_a_visitor_is_sent_to_sign_in_and_nothing_is_kept(client: Client, material: MaterialFolder) -> None:
    assert client.post(f"{PAGE}progress/", {"read": "yes"}).status_code == 302
    assert client.get(f"{PAGE}progress/").status_code == 405
    assert not LessonProgress.objects.exists()


# Notes


def test_a_note_is_kept_and_private(material: MaterialFolder, learner: User, stranger: User, signed_in: SignedIn) -> None:
    response = signed_in(learner).post(f"{PAGE}note/", {"text": "Mine.", "revision": "0"})
    assert response.json() == {"saved": True, "revision": 1, "text": "Mine."}
    assert "Mine." in signed_in(learner).get(PAGE).content.decode()
    assert "Mine." not in signed_in(stranger).get(PAGE).content.decode()


def test_a_second_tab_is_told_and_overwrites_nothing(material: MaterialFolder, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    client.post(f"{PAGE}note/", {"text": "First.", "revision": "0"})
    response = client.post(f"{PAGE}note/", {"text": "Second.", "revision": "0"})
    assert response.status_code == 409
    assert response.json()["text"] == "First."
    assert LessonNote.objects.get().text == "First."


@pytest.mark.parametrize("data", [{"text": "x"}, {"text": "x", "revision": "-1"}, {"text": "x" * 20_001, "revision": "0"}])
def test_a_note_that_cannot_be_kept_says_why(
    material: MaterialFolder, learner: User, signed_in: SignedIn, data: dict[str, str]
) -> None:
    response = signed_in(learner).post(f"{PAGE}note/", data)
    assert response.status_code == 422
    assert response.json()["message"]
    assert not LessonNote.objects.exists()


# Home and map


@pytest.mark.parametrize("path", ["/", "/courses/", "/courses/sample/", "/decisions/", "/decisions/new/", "/search/"])
def test_pages_open_for_visitors_with_and_without_material(client: Client, material: MaterialFolder, path: str) -> None:
    assert client.get(path, follow=True).status_code == 200
    Lesson.objects.all().delete()
    assert client.get(path, follow=True).status_code == 200


def test_home_without_any_course(client: Client, db: None) -> None:
    assert client.get("/").status_code == 200
    assert "No courses yet" in client.get("/courses/").content.decode()


def test_home_goes_on_where_the_learner_stopped(material: MaterialFolder, learner: User, signed_in: SignedIn) -> None:
    material.write("lessons/201-next.md", LESSON.replace("first-steps", "next").replace("module: resilience", "module: data"))
    material.load()
    client = signed_in(learner)
    client.post(f"{PAGE}progress/", {"read": "yes"})
    page = client.get("/").content.decode()
    assert 'href="/lessons/next/">Read on' in page
    assert "1 of 2 lessons read" in page


def test_modules_stay_in_their_order(client: Client, material: MaterialFolder) -> None:
    page = client.get("/courses/sample/").content.decode()
    assert page.index("module-resilience") < page.index("module-data")
    assert Module.objects.count() == 2


# Diagrams


def test_a_diagram_is_served_for_ever_and_without_teeth(client: Client, db: None) -> None:
    drawing = draw("flowchart LR\n  A-->B", "light")
    Diagram.objects.create(sha=drawing.sha, svg=drawing.svg)
    response = client.get(f"/diagrams/{drawing.sha}.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert response.content.decode() == drawing.svg


def test_a_previews_diagram_is_served_from_the_cache(client: Client, db: None) -> None:
    drawing = draw("flowchart LR\n  C-->D", "dark")
    publish_for_a_day([drawing])
    assert client.get(f"/diagrams/{drawing.sha}.svg").status_code == 200
    cache.clear()
    assert client.get(f"/diagrams/{drawing.sha}.svg").status_code == 404


@pytest.mark.parametrize("name", ["x", "0" * 63, "0" * 64, "A" * 64])
def test_other_names_are_no_diagrams(client: Client, db: None, name: str) -> None:
    assert client.get(f"/diagrams/{name}.svg").status_code == 404


def test_the_diagrams_of_a_lesson_are_there(client: Client, material: MaterialFolder) -> None:
    block = "\n```mermaid\nalt: A calls B and waits\nsource: |\n  flowchart LR\n    A-->B\n```\n"
    material.write("lessons/101-first-steps.md", LESSON + block)
    material.load()
    for diagram in Diagram.objects.all():
        assert f"/diagrams/{diagram.sha}.svg" in client.get(PAGE).content.decode()
    assert Diagram.objects.count() == 2
