import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import yaml
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses import decisions
from courses.decisions import DecisionRefused, StaleDecision
from courses.models import DecisionRecord, DecisionTemplate, DecisionVersion
from tests.courses.conftest import MaterialFolder

SignedIn = Callable[[User], Client]


@pytest.fixture
def record(learner: User) -> DecisionRecord:
    return decisions.decision_start(owner_id=learner.pk, title="Use a breaker", template=None, body="## Context\n\nSlow.")


# Who may what


def paths(record: DecisionRecord) -> list[tuple[str, str]]:
    base = f"/decisions/{record.pk}/"
    posts = ["save/", "status/", "share/", "delete/", "evidence/", "history/1/restore/"]
    posts += ["evidence/1/remove/", "evidence/1/condition/", "evidence/1/confirm/"]
    gets = ["", "export/", "history/", "evidence/1/"]
    return [("post", base + path) for path in posts] + [("get", base + path) for path in gets]


def test_to_a_stranger_there_is_nothing_there(record: DecisionRecord, stranger: User, signed_in: SignedIn) -> None:
    client = signed_in(stranger)
    for method, path in paths(record):
        assert getattr(client, method)(path).status_code == 404, path
    record.refresh_from_db()
    assert (record.title, record.status, record.share_token) == ("Use a breaker", "proposed", None)


def test_a_visitor_is_sent_to_sign_in(record: DecisionRecord, client: Client) -> None:
    for method, path in paths(record):
        response = getattr(client, method)(path)
        assert response.status_code == 302, path
        assert "/accounts/login/" in response.headers["Location"]


def test_what_changes_things_is_not_had_by_a_link(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    for method, path in paths(record):
        if method == "post":
            assert client.get(path).status_code == 405, path


def test_the_list_shows_ones_own_records(record: DecisionRecord, learner: User, stranger: User, signed_in: SignedIn) -> None:
    assert "Use a breaker" in signed_in(learner).get("/decisions/").content.decode()
    assert "Use a breaker" not in signed_in(stranger).get("/decisions/").content.decode()


def test_every_page_says_what_it_is(
    record: DecisionRecord, learner: User, client: Client, material: MaterialFolder, signed_in: SignedIn
) -> None:
    mine = record.get_absolute_url()
    pages = [(signed_in(learner), path) for path in ("/decisions/", "/decisions/new/", mine, f"{mine}history/")]
    for who, path in [*pages, (client, "/decisions/new/")]:
        assert who.get(path).content.decode().count("<h1") == 1, path


def test_a_visitor_may_try_the_editor_and_keep_nothing(client: Client, material: MaterialFolder) -> None:
    page = client.get("/decisions/new/?template=short").content.decode()
    assert "data-decision-try" in page
    assert "## Consequences" in page
    assert client.post("/decisions/new/", {"title": "x"}).status_code == 403
    assert not DecisionRecord.objects.exists()


# Writing


def test_a_record_begins_with_its_template_and_the_next_number(
    record: DecisionRecord, material: MaterialFolder, learner: User, signed_in: SignedIn
) -> None:
    response = signed_in(learner).post("/decisions/new/", {"title": "Second", "template": "short"})
    made = DecisionRecord.objects.get(title="Second")
    assert response.headers["Location"] == f"/decisions/{made.pk}/"
    assert (record.number, made.number) == (1, 2)
    assert made.body == DecisionTemplate.objects.get().body


def test_numbers_are_each_owners_own(record: DecisionRecord, stranger: User) -> None:
    assert decisions.decision_start(owner_id=stranger.pk, title="x", template=None, body="").number == 1


def test_a_number_is_never_used_twice(record: DecisionRecord, learner: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionRecord.objects.create(owner=learner, number=1, title="again")


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_title_that_cannot_be_is_refused_in_words(learner: User, signed_in: SignedIn, title: str) -> None:
    response = signed_in(learner).post("/decisions/new/", {"title": title})
    assert response.status_code == 422
    assert "title" in response.content.decode()
    assert not DecisionRecord.objects.exists()


def test_saving_keeps_the_text_and_counts_on(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    data = {"title": "New title", "body": "New\r\ntext\x00", "revision": "1"}
    response = signed_in(learner).post(f"/decisions/{record.pk}/save/", data)
    assert response.json() == {"revision": 2}
    record.refresh_from_db()
    assert (record.title, record.body) == ("New title", "New\ntext")


def test_a_second_tab_is_told_and_overwrites_nothing(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    client.post(f"/decisions/{record.pk}/save/", {"title": "A", "body": "a", "revision": "1"})
    response = client.post(f"/decisions/{record.pk}/save/", {"title": "B", "body": "b", "revision": "1"})
    assert response.status_code == 409
    assert response.json() | {"message": ""} == {"title": "A", "body": "a", "revision": 2, "message": ""}
    record.refresh_from_db()
    assert record.title == "A"


@pytest.mark.parametrize(
    "data",
    [
        {"title": "x", "body": "x"},
        {"title": "", "body": "x", "revision": "1"},
        {"title": "x", "body": "x" * 60_001, "revision": "1"},
    ],
)
def test_what_cannot_be_saved_says_why(
    record: DecisionRecord, learner: User, signed_in: SignedIn, data: dict[str, str]
) -> None:
    response = signed_in(learner).post(f"/decisions/{record.pk}/save/", data)
    assert response.status_code == 422
    assert response.json()["message"]
    record.refresh_from_db()
    assert record.revision == 1


# Versions


def test_autosaves_within_ten_minutes_make_no_versions(record: DecisionRecord) -> None:
    decisions.decision_save(record=record, title="a", body="1", revision=1)
    decisions.decision_save(record=record, title="a", body="2", revision=2)
    assert record.versions.count() == 1
    DecisionVersion.objects.update(saved_at=timezone.now() - timedelta(minutes=11))
    decisions.decision_save(record=record, title="a", body="3", revision=3)
    assert [version.body for version in record.versions.all()] == ["3", "## Context\n\nSlow."]


def test_saving_a_version_twice_makes_one(record: DecisionRecord) -> None:
    decisions.decision_save(record=record, title="a", body="1", revision=1, version=True)
    decisions.decision_save(record=record, title="a", body="1", revision=2, version=True)
    assert record.versions.count() == 2


def test_going_back_keeps_what_stood_there(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    decisions.decision_save(record=record, title="Other", body="other", revision=1)
    signed_in(learner).post(f"/decisions/{record.pk}/history/1/restore/")
    record.refresh_from_db()
    assert (record.title, record.body) == ("Use a breaker", "## Context\n\nSlow.")
    assert "other" in [version.body for version in record.versions.all()]
    with pytest.raises(StaleDecision):
        decisions.decision_save(record=record, title="x", body="x", revision=2)


def test_the_history_shows_a_difference(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    decisions.decision_save(record=record, title="Use a breaker", body="## Context\n\nFast.", revision=1)
    page = signed_in(learner).get(f"/decisions/{record.pk}/history/?version=1").content.decode()
    assert '<td class="left">Slow.</td>' in page
    assert '<td class="right">Fast.</td>' in page


# Status


def test_a_status_is_set_and_dated(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    signed_in(learner).post(f"/decisions/{record.pk}/status/", {"status": "accepted"})
    record.refresh_from_db()
    assert record.status == "accepted"
    assert record.decided_at is not None
    assert record.versions.first().reason == "status: accepted"  # type: ignore[union-attr]


def test_superseded_needs_another_record_of_the_owner(record: DecisionRecord, learner: User, stranger: User) -> None:
    theirs = decisions.decision_start(owner_id=stranger.pk, title="x", template=None, body="")
    for successor in (None, record.pk, theirs.pk, uuid.uuid4()):
        with pytest.raises(DecisionRefused):
            decisions.decision_set_status(record=record, status="superseded", superseded_by=successor)
    newer = decisions.decision_start(owner_id=learner.pk, title="Newer", template=None, body="")
    done = decisions.decision_set_status(record=record, status="superseded", superseded_by=newer.pk)
    assert done.superseded_by == newer
    with pytest.raises(DecisionRefused, match="itself superseded"):
        decisions.decision_set_status(record=newer, status="superseded", superseded_by=record.pk)
    assert decisions.decision_set_status(record=done, status="accepted").superseded_by is None


def test_an_unknown_status_is_refused(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    response = signed_in(learner).post(f"/decisions/{record.pk}/status/", {"status": "nonsense"}, follow=True)
    assert "There is no such status." in response.content.decode()
    record.refresh_from_db()
    assert record.status == "proposed"


# Sharing


def test_a_shared_record_shows_the_latest_version_and_not_the_draft(
    record: DecisionRecord, learner: User, signed_in: SignedIn, client: Client
) -> None:
    signed_in(learner).post(f"/decisions/{record.pk}/share/", {"share": "on"})
    record.refresh_from_db()
    assert record.share_token is not None
    assert len(record.share_token) == 43
    decisions.decision_save(record=record, title="Draft", body="half a sent", revision=1)
    response = client.get(f"/decisions/shared/{record.share_token}/")
    assert "Slow." in response.content.decode()
    assert "half a sent" not in response.content.decode()
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert b"<form data-decision" not in response.content


def test_a_link_that_was_taken_back_leads_nowhere(record: DecisionRecord, client: Client) -> None:
    token = decisions.decision_share(record=record, on=True).share_token
    decisions.decision_share(record=record, on=False)
    assert client.get(f"/decisions/shared/{token}/").status_code == 404
    assert client.get("/decisions/shared/None/").status_code == 404
    assert decisions.decision_share(record=record, on=True).share_token != token


# Export and preview


def test_the_export_is_markdown_with_front_matter(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    decisions.decision_save(record=record, title='Use: a "breaker"', body=record.body, revision=1)
    response = signed_in(learner).get(f"/decisions/{record.pk}/export/")
    text = response.content.decode()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front == {"number": 1, "title": 'Use: a "breaker"', "status": "proposed", "date": timezone.now().date().isoformat()}
    assert '# 1. Use: a "breaker"\n\n## Context\n\nSlow.' in text
    assert response.headers["Content-Disposition"] == 'attachment; filename="0001-use-a-breaker.md"'


def test_the_preview_is_the_page_sanitised(client: Client, db: None) -> None:
    response = client.post("/decisions/preview/", {"body": "## Head\n\n<script>alert(1)</script>text"})
    assert '<h2 id="s-head">' in response.content.decode()
    assert b"<script" not in response.content


def test_the_preview_has_its_limits(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post("/decisions/preview/", {"body": "x" * 60_001}).status_code == 422
    monkeypatch.setattr("courses.views.decisions.PREVIEWS_PER_MINUTE", 2)
    assert [client.post("/decisions/preview/", {"body": "x"}).status_code for _ in range(3)] == [200, 200, 429]


def test_deleting_takes_everything_along(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    signed_in(learner).post(f"/decisions/{record.pk}/delete/")
    assert not DecisionRecord.objects.exists()
    assert not DecisionVersion.objects.exists()


def test_the_editor_gets_the_nonce_of_its_page(record: DecisionRecord, learner: User, signed_in: SignedIn) -> None:
    response = signed_in(learner).get(f"/decisions/{record.pk}/")
    nonce = response.content.decode().split('data-nonce="')[1].split('"')[0]
    assert nonce
    assert f"'nonce-{nonce}'" in response.headers["Content-Security-Policy"]
