import pytest
from django.test import Client

from courses.models import Lesson, SearchEntry
from courses.search import index_everything, search
from tests.courses.conftest import LESSON, MaterialFolder


def titles(words: str) -> list[str]:
    return [hit.title for hit in search(words)]


def test_words_of_the_text_find_the_lesson_and_are_marked(material: MaterialFolder) -> None:
    (hit,) = [hit for hit in search("trial") if hit.kind == "lesson"]
    assert hit.url == "/lessons/first-steps/"
    assert "<mark>trials</mark>" in hit.excerpt


def test_labs_and_templates_are_found(material: MaterialFolder) -> None:
    assert {hit.kind for hit in search("breaker")} >= {"lesson", "lab"}
    assert [hit.url for hit in search("short record")] == ["/decisions/new/?template=short"]


def test_the_beginning_of_a_word_finds_as_somebody_types(material: MaterialFolder) -> None:
    assert any(hit.url == "/lessons/first-steps/" for hit in search("half-open doo"))
    assert any(hit.url == "/lessons/first-steps/" for hit in search("tria"))


def test_quotes_find_phrases_and_a_minus_leaves_words_out(material: MaterialFolder) -> None:
    assert any(hit.kind == "lesson" for hit in search('"half-open door"'))
    assert not any(hit.kind == "lesson" for hit in search("breaker -trials"))


def test_a_title_weighs_more_than_a_text(material: MaterialFolder) -> None:
    other = LESSON.replace("first-steps", "other").replace("title: First steps", "title: Quorum").replace("few", "quorum")
    material.write("lessons/102-other.md", other)
    material.write("lessons/103-third.md", LESSON.replace("first-steps", "third").replace("*few*", "quorum"))
    material.load()
    assert [hit.url for hit in search("quorum")] == ["/lessons/other/", "/lessons/third/"]


def test_unpublished_lessons_are_not_found(material: MaterialFolder) -> None:
    Lesson.objects.update(published=False)
    index_everything()
    assert not SearchEntry.objects.filter(kind="lesson").exists()


def test_marks_of_the_text_itself_stay_text(material: MaterialFolder) -> None:
    material.write("lessons/102-x.md", LESSON.replace("first-steps", "x").replace("*few*", "`<script>alert(1)</script>` zebra"))
    material.load()
    (hit,) = search("zebra")
    assert "<script>" not in hit.excerpt


@pytest.mark.parametrize("words", ["", "   ", "'", '"', "&|!():*", "a" * 5000, "\x00", "-", "- -", "<->", "it's:*", "\\", "%"])
def test_no_words_break_it(material: MaterialFolder, client: Client, words: str) -> None:
    assert client.get("/search/", {"q": words}).status_code == 200


def test_htmx_gets_the_results_only(material: MaterialFolder, client: Client) -> None:
    page = client.get("/search/", {"q": "breaker"}).content.decode()
    part = client.get("/search/", {"q": "breaker"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in page
    assert "<html" not in part
    assert "First steps" in part


def test_nothing_found_says_so(material: MaterialFolder, client: Client) -> None:
    assert "Nothing says" in client.get("/search/", {"q": "zyxwv"}).content.decode()
