from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from courses import decisions, exercises
from courses.content_kinds import SECTIONS
from courses.exercise_kind import ExerciseKind
from courses.exercises import ExerciseRefused
from courses.instructors import grant_instructors
from courses.loading.export import exported_files
from courses.loading.load import parse_material
from courses.loading.source import MaterialError
from courses.models import DecisionRecord, DecisionTemplate, Exercise, ExerciseTaken, SearchEntry
from courses.search import index_everything, search
from tests.courses.conftest import EXERCISE, MaterialFolder

SignedIn = Callable[[User], Client]
PAGE = "/exercises/slow-pictures/"
SECRETS = ("he secret", "Because.")
OWN = "word " * 25


@pytest.fixture
def exercise(material: MaterialFolder) -> Exercise:
    material.write("exercises/slow-pictures.yaml", EXERCISE)
    material.load()
    return Exercise.objects.get()


@pytest.fixture
def taken(exercise: Exercise, learner: User) -> ExerciseTaken:
    exercises.exercise_begin(owner_id=learner.pk, exercise=exercise)
    return ExerciseTaken.objects.select_related("record", "exercise").get()


def written(body: str) -> str:
    for heading in ("Options", "Decision", "Consequences"):
        body = body.replace(f"## {heading}\n", f"## {heading}\n\n{OWN}\n")
    return body


def write(record: DecisionRecord | None) -> DecisionRecord:
    assert record is not None
    return decisions.decision_save(record=record, title="Mine", body=written(record.body), revision=record.revision)


def page(client: Client, path: str = PAGE) -> str:
    return client.get(path).content.decode()


# What is kept on the server


def test_nothing_of_the_model_leaves_before_a_decision_is_handed_in(
    taken: ExerciseTaken, learner: User, stranger: User, client: Client, signed_in: SignedIn
) -> None:
    visited = ["/exercises/", PAGE, f"{PAGE}write/", f"{PAGE}compare/", "/decisions/", "/search/?q=secret"]
    for who in (client, signed_in(learner), signed_in(stranger)):
        for path in visited:
            text = who.get(path, follow=True).content.decode()
            assert not [secret for secret in SECRETS if secret in text], path
    assert taken.record is not None
    assert "secret" not in page(signed_in(learner), taken.record.get_absolute_url())
    posted = signed_in(learner).post(f"{PAGE}ratings/", {"point-one": "met"}, follow=True)
    assert "secret" not in posted.content.decode()


def test_a_record_with_nothing_of_ones_own_opens_nothing_and_says_what_it_lacks(
    taken: ExerciseTaken, learner: User, signed_in: SignedIn
) -> None:
    response = signed_in(learner).post(f"{PAGE}compare/", follow=True)
    text = response.content.decode()
    assert "The options: 0 of at least 20 words of your own." in text
    assert "secret" not in text
    taken.refresh_from_db()
    assert not taken.compared


def test_a_decision_handed_in_opens_the_model_and_is_kept_as_it_was(
    taken: ExerciseTaken, learner: User, signed_in: SignedIn
) -> None:
    record = write(taken.record)
    client = signed_in(learner)
    text = client.post(f"{PAGE}compare/", follow=True).content.decode()
    assert "The secret title" in text
    assert "The secret reason one." in text
    assert "<script>alert(1)" not in text
    decisions.decision_save(record=record, title="Later", body="## Options", revision=record.revision)
    assert "Mine</h2>" in page(client, f"{PAGE}compare/")
    taken.refresh_from_db()
    assert (taken.gave_up, taken.handed_in and taken.handed_in.reason) == (False, "handed in to compare")


def test_the_model_stays_open_when_the_record_is_gone(taken: ExerciseTaken, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    write(taken.record)
    client.post(f"{PAGE}compare/")
    DecisionRecord.objects.all().delete()
    assert "The secret title" in page(client, f"{PAGE}compare/")
    assert "compared" in page(client, "/exercises/")
    client.post(f"{PAGE}begin/")
    taken.refresh_from_db()
    assert taken.record is not None
    assert taken.compared


def test_giving_up_opens_the_model_and_is_remembered(exercise: Exercise, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    text = client.post(f"{PAGE}compare/", {"give_up": "yes"}, follow=True).content.decode()
    assert "The secret title" in text
    taken = ExerciseTaken.objects.get()
    assert (taken.gave_up, taken.compared, taken.record) == (True, True, None)
    assert "model seen" in page(client, "/exercises/")


def test_handing_in_twice_keeps_the_first_time(taken: ExerciseTaken, learner: User) -> None:
    write(taken.record)
    taken.refresh_from_db()
    first = exercises.exercise_hand_in(taken=taken).compared_at
    assert exercises.exercise_hand_in(taken=taken).compared_at == first
    assert not exercises.exercise_give_up(owner_id=learner.pk, exercise=taken.exercise).gave_up


def test_what_is_handed_in_is_what_was_looked_at(taken: ExerciseTaken, learner: User) -> None:
    """Another tab may have emptied the record since it was read, or deleted it."""
    record = write(taken.record)
    taken = ExerciseTaken.objects.select_related("record", "exercise").get()
    decisions.decision_save(record=record, title="Mine", body="## Options", revision=record.revision)
    with pytest.raises(ExerciseRefused, match="The options: 0 of at least 20"):
        exercises.exercise_hand_in(taken=taken)
    DecisionRecord.objects.all().delete()
    with pytest.raises(ExerciseRefused, match="no record"):
        exercises.exercise_hand_in(taken=taken)
    assert not ExerciseTaken.objects.get().compared


def test_what_is_written_after_the_model_was_seen_is_not_handed_in(taken: ExerciseTaken, learner: User) -> None:
    exercises.exercise_give_up(owner_id=learner.pk, exercise=taken.exercise)
    record = write(taken.record)
    exercises.exercise_hand_in(taken=ExerciseTaken.objects.get())
    assert not record.versions.filter(reason="handed in to compare").exists()
    assert ExerciseTaken.objects.get().gave_up


# Beginning


def test_a_record_begins_with_the_situation_and_the_drivers(exercise: Exercise, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    first = client.post(f"{PAGE}begin/").headers["Location"]
    assert client.post(f"{PAGE}begin/").headers["Location"] == first
    record = DecisionRecord.objects.get()
    assert record.title == "Slow pictures"
    assert record.template == DecisionTemplate.objects.get()
    assert "## Context\n\nA feed asks for **400** pictures a second." in record.body
    assert "1. The feed stays up.\n2. Few parts.\n\nFixed:\n\n- The picture service stays." in record.body
    assert "answers the exercise" in page(client, first)


def test_a_format_without_drivers_gets_them_in_its_context(exercise: Exercise) -> None:
    DecisionTemplate.objects.update(body="## Context\n\nFacts.\n\n## Decision\n\n## Status\n\n## Consequences")
    assert exercises.beginning(exercise).startswith("## Context\n\nA feed asks for **400** pictures a second.\n\nWhat counts")
    DecisionTemplate.objects.all().delete()
    assert "1. The feed stays up." in exercises.beginning(exercise)


def test_the_list_says_how_far_one_is(taken: ExerciseTaken, learner: User, stranger: User, signed_in: SignedIn) -> None:
    assert "writing</span>" in page(signed_in(learner), "/exercises/")
    assert "not begun</span>" in page(signed_in(stranger), "/exercises/")


def test_the_limit_of_records_is_said_in_words(
    exercise: Exercise, learner: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.decisions.MAXIMUM_RECORDS", 0)
    assert "Delete one to begin another" in signed_in(learner).post(f"{PAGE}begin/", follow=True).content.decode()
    assert not ExerciseTaken.objects.exists()


def test_an_unpublished_exercise_is_there_for_instructors_alone(
    exercise: Exercise, learner: User, stranger: User, client: Client, signed_in: SignedIn
) -> None:
    Exercise.objects.update(published=False)
    learner.groups.add(grant_instructors())
    assert signed_in(User.objects.get(pk=learner.pk)).get(PAGE).status_code == 200
    for who in (client, signed_in(stranger)):
        assert who.get(PAGE).status_code == 404
        assert who.post(f"{PAGE}compare/", {"give_up": "yes"}).status_code == 404
        assert "Slow pictures" not in page(who, "/exercises/")


def test_a_record_does_not_lead_to_an_exercise_that_was_taken_back(
    taken: ExerciseTaken, learner: User, signed_in: SignedIn
) -> None:
    assert taken.record is not None
    assert PAGE in page(signed_in(learner), taken.record.get_absolute_url())
    Exercise.objects.update(published=False)
    assert PAGE not in page(signed_in(learner), taken.record.get_absolute_url())


# Visitors


def test_a_visitor_compares_without_leaving_anything(exercise: Exercise, client: Client) -> None:
    assert "## Options" in page(client, f"{PAGE}write/")
    body = written(exercises.beginning(exercise))
    text = client.post(f"{PAGE}compare/", {"title": "<b>Mine", "body": body}).content.decode()
    assert "The secret title" in text
    assert "&lt;b&gt;Mine" in text
    assert not DecisionRecord.objects.exists()
    assert not ExerciseTaken.objects.exists()


def test_a_visitors_empty_text_comes_back_with_what_it_lacks(exercise: Exercise, client: Client) -> None:
    response = client.post(f"{PAGE}compare/", {"body": "## Options\n\nToo short & small."})
    text = response.content.decode()
    assert response.status_code == 422
    assert "Too short &amp; small." in text
    assert "There is no section for the decision" in text
    assert "secret" not in text
    long = client.post(f"{PAGE}compare/", {"body": "x" * 60_001})
    assert (long.status_code, "60,000 characters" in long.content.decode()) == (422, True)


# Rating oneself


def test_ratings_are_kept_by_point_and_nonsense_is_not(taken: ExerciseTaken, learner: User, signed_in: SignedIn) -> None:
    write(taken.record)
    client = signed_in(learner)
    client.post(f"{PAGE}compare/")
    client.post(f"{PAGE}ratings/", {"point-one": "met", "point-two": "splendid", "point-nine": "met"})
    response = client.post(f"{PAGE}ratings/", {"point-three": "not-yet"}, headers={"HX-Request": "true"})
    assert "2 of 4 rated, kept." in response.content.decode()
    taken.refresh_from_db()
    assert taken.ratings == {"one": "met", "three": "not-yet"}
    Exercise.objects.update(points=[point for point in taken.exercise.points if point["id"] != "one"])
    assert "1 of 3 rated" in page(client, f"{PAGE}compare/")


def test_nobody_rates_anothers(taken: ExerciseTaken, stranger: User, signed_in: SignedIn) -> None:
    signed_in(stranger).post(f"{PAGE}ratings/", {"point-one": "met"})
    taken.refresh_from_db()
    assert taken.ratings == {}


def test_the_database_keeps_the_rules(taken: ExerciseTaken) -> None:
    wrongs: list[dict[str, Any]] = [{"gave_up": True}, {"ratings": []}]
    for wrong in wrongs:
        with pytest.raises(IntegrityError), transaction.atomic():
            ExerciseTaken.objects.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Exercise.objects.update(difficulty=6)


# The files


def test_an_exercise_goes_out_as_it_came_in(exercise: Exercise) -> None:
    assert exported_files()["exercises/slow-pictures.yaml"] == EXERCISE
    kind = ExerciseKind()
    Exercise.objects.update(source_text="", source_path="")
    assert kind.canonical(kind.entry_of(Exercise.objects.get())) == EXERCISE


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("template: short", "template: long", 8, "there is no template for decisions “long”"),
        ("  A feed asks", "  ## Heading\n  A feed asks", 11, "leave headings out"),
        ("id: two", "id: one", 35, "two points are called “one”"),
        ("- first-steps", "- nowhere", 10, "there is no lesson “nowhere”"),
        ("slug: circuit-breaker", "slug: nowhere", 23, "there is no lab “nowhere”"),
        ("why: runs it.", "why: runs it.\n  parameters: {nothing: 1}", 25, ""),
        ("    The secret decision,", "    ```mermaid\n    x\n    ```\n    The secret decision,", 31, "mermaid"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(files: MaterialFolder, old: str, new: str, line: int, what: str) -> None:
    files.write("exercises/slow-pictures.yaml", EXERCISE.replace(old, new))
    with pytest.raises(MaterialError) as error:
        parse_material(files.path)
    (problem,) = error.value.problems
    assert what in problem.what
    assert problem.line == line


def test_the_search_knows_the_situation_and_not_the_model(exercise: Exercise) -> None:
    index_everything()
    assert [hit.url for hit in search("slow pictures")] == [PAGE]
    assert "secret" not in SearchEntry.objects.get(kind="exercise").text


@pytest.mark.parametrize(("sections", "lacks"), [("[Context]", "decision"), ("[Status]", "Status"), ("[]", "")])
def test_a_template_names_its_sections_but_never_does_without_a_decision(
    files: MaterialFolder, sections: str, lacks: str
) -> None:
    body = "## Context\n\n## Consequences\n" if lacks == "decision" else "## Decision\n\n## Consequences\n"
    if not lacks:
        body = "".join(f"## {name}\n\n" for name in SECTIONS)
    files.write("decision-templates/own.md", f"---\nslug: own\ntitle: Own\nsummary: s\nsections: {sections}\n---\n\n{body}")
    if not lacks:
        assert parse_material(files.path).has("decision-template", "own")
        return
    with pytest.raises(MaterialError, match=f"the section “{lacks}” is missing"):
        parse_material(files.path)
