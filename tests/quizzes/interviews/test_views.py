"""The pages and what their scripts talk to: right answers for the candidate, nothing for others, nothing before its time."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from quizzes.interviews.models import Round, Scoring
from quizzes.interviews.services.rounds import stage_end
from quizzes.interviews.services.scoring import scoring_begin
from quizzes.interviews.services.sharing import round_share
from tests.quizzes.interviews.prompts import (
    SECRET,
    finished,
    item,
    let_time_pass,
    person,
    prompt,
    scored,
    started,
    texts_of,
    through,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(name: str, of: Round | Scoring) -> str:
    return reverse(f"interviews:{name}", args=[of.uuid])


def sent(client: Client, url: str, question: str, value: Any, seq: int = 1) -> Any:
    body = json.dumps({"answers": [{"question": question, "seq": seq, "value": value}], "flags": {}})
    return client.post(url, body, content_type="application/json")


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response
    return response.content.decode()


def test_nothing_of_a_running_round_holds_what_has_not_opened() -> None:
    round_ = started()
    client = signed_in(round_.user)
    through(round_, "sizing")
    replies = [
        shown(client, address("round", round_)),
        shown(client, address("panel", round_)),
        shown(client, address("state", round_)),
        sent(client, address("notes", round_), "sizing", "12,000 a second").content.decode(),
        client.post(address("next", round_), {"stage": "sizing"}).content.decode(),
        shown(client, reverse("interviews:list")),
        shown(client, reverse("interviews:prompt", args=["a-counter"])),
        shown(client, reverse("interviews:history")),
        client.get(address("report", round_), follow=True).content.decode(),
        client.get(address("report_json", round_), follow=True).content.decode(),
        client.post(address("score", round_), follow=True).content.decode(),
        client.post(address("answers", round_), follow=True).content.decode(),
    ]
    for reply in replies:
        assert SECRET not in reply
        assert "Ask of data" not in reply or "Ask of sizing" in reply
        assert "Ask of wrap-up" not in reply


def test_the_change_and_late_questions_are_shown_when_they_have_come() -> None:
    round_ = started()
    client = signed_in(round_.user)
    through(round_, "deep-dive")
    before = client.get(address("state", round_)).json()["state"]
    let_time_pass(round_, 61)
    after = client.get(address("state", round_)).json()["state"]
    assert (before["change_due"], after["change_due"]) == (False, True)
    assert before["opened"] != after["opened"]
    panel = shown(client, address("panel", round_))
    assert "traffic is ten times" in panel
    assert "Asked later in deep-dive" in panel
    assert "expected" not in panel


def test_the_candidates_own_scoring_page_tells_no_answers() -> None:
    round_ = finished()
    client = signed_in(round_.user)
    report = shown(client, address("report", round_))
    assert SECRET not in report
    page = client.post(address("score", round_), follow=True).content.decode()
    assert f"{SECRET} strong 1" in page
    for answer in ("model answer of", "SECRET-NOT-DURING-THE-ROUND answer", "expected"):
        assert answer not in page


def test_notes_are_saved_refused_and_too_late_in_the_savers_words() -> None:
    round_ = started()
    client, url = signed_in(round_.user), address("notes", round_)
    kept = sent(client, url, "requirements", "first")
    assert kept.json()["fates"] == {"requirements:1": "kept"}
    assert kept.json()["state"]["questions"]["requirements"]["value"] == "first"
    wrong = sent(client, url, "data", "too soon")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["data:1"])
    for body in (b"", b"[]", b"\xff", b'{"answers": 3}', b'{"answers": [{"question": 1, "seq": 1, "value": ""}]}'):
        assert client.post(url, body, content_type="application/json").status_code == 422
    let_time_pass(round_, 24 * 3600)
    late = sent(client, url, "requirements", "late", seq=2)
    assert (late.status_code, late.json()["fates"]) == (409, {"requirements:2": "refused"})
    assert texts_of(round_, "requirements") == ["first"]


def test_a_round_goes_from_start_to_report_over_http() -> None:
    prompt()
    user = person("candidate")
    client = signed_in(user)
    response = client.post(reverse("interviews:start", args=["a-counter"]), {"level": "staff"})
    round_ = Round.objects.get()
    assert response.headers["Location"] == round_.get_absolute_url()
    assert "Ask of requirements" in shown(client, round_.get_absolute_url())
    client.post(address("next", round_), {"stage": "requirements"})
    client.post(address("finish", round_))
    assert client.get(round_.get_absolute_url()).headers["Location"] == address("report", round_)
    scored(Round.objects.get(), user, {"strong-1": 2})
    report = shown(client, address("report", round_))
    assert f"{SECRET} model answer of data" in report
    assert "25 %" in report  # 2 of 8
    markdown = client.get(address("report_markdown", round_))
    assert "Result: senior 50%, staff 25%" in markdown.content.decode()
    as_json = client.get(address("report_json", round_)).json()
    assert as_json["scorings"][0]["results"] == {"senior": 0.5, "staff": 0.25, "principal": 0.25}
    assert as_json["stages"][0]["asked"] == ["requirements-now"]


def test_a_peer_scores_over_the_link_without_seeing_the_candidates_points() -> None:
    round_, peer = finished(), person("peer")
    scored(round_, round_.user, {"strong-2": 2})
    round_share(round_, on=True)
    round_.refresh_from_db()
    client = signed_in(peer)
    assert "You see no score" in shown(client, reverse("interviews:shared", args=[round_.share_token]))
    response = client.post(reverse("interviews:shared_begin", args=[round_.share_token]), follow=True)
    page = response.content.decode()
    assert f"{SECRET} model answer of data" in page
    assert "checked" not in page.split("data-rubric")[1].split("data-keys-on")[0]
    scoring = Scoring.objects.get(by=peer)
    reply = sent(client, address("scoring_items", scoring), "strong-1", item(2, "Peak, not mean"))
    assert reply.json()["fates"] == {"strong-1:1": "kept"}
    assert client.get(address("report", round_)).status_code == 404
    round_share(round_, on=False)
    assert client.get(address("scoring", scoring)).status_code == 404


@pytest.mark.parametrize("name", ["round", "state", "panel", "report", "report_markdown", "report_json", "run"])
def test_somebody_elses_round_is_not_there(name: str) -> None:
    round_ = finished() if name.startswith("report") else started()
    assert signed_in(person("other")).get(address(name, round_)).status_code == 404
    assert Client().get(address(name, round_)).status_code in (302, 401)


def test_others_can_do_nothing_with_a_round() -> None:
    round_ = finished()
    other = signed_in(person("other"))
    for name in ("notes", "next", "run", "change", "finish", "answers", "share", "delete", "restore", "score"):
        assert other.post(address(name, round_)).status_code == 404, name
    scoring = scoring_begin(round_, round_.user)
    assert other.get(address("scoring", scoring)).status_code == 404
    assert sent(other, address("scoring_items", scoring), "strong-1", item()).status_code == 404


def test_a_deleted_round_comes_back_with_undo() -> None:
    round_ = finished()
    client = signed_in(round_.user)
    response = client.post(address("delete", round_), follow=True)
    assert "The round was deleted" in response.content.decode()
    assert client.get(address("report", round_)).status_code == 404
    client.post(address("restore", round_))
    assert "Peak, not mean" in shown(client, address("report", round_))


def test_a_diagram_that_cannot_be_drawn_is_refused_in_words() -> None:
    client = signed_in(person("candidate"))
    url = reverse("interviews:diagram")
    drawn = client.post(url, {"source": "flowchart LR\n  a --> b"}).json()
    assert {theme: bool(drawn[theme]["sha"]) for theme in drawn} == {"light": True, "dark": True}
    refused = client.post(url, {"source": "flowchart LR\n  subgraph One\n  a --> b[(Store)\n  b --> c\n  end"})
    assert refused.status_code == 422
    assert "cannot be drawn" in refused.json()["message"]
    assert refused.json()["line"] == 3


def test_lists_are_friendly_when_there_is_nothing() -> None:
    client = signed_in(person("candidate"))
    assert "No interviews yet" in shown(client, reverse("interviews:list"))
    assert "No rounds yet" in shown(client, reverse("interviews:history"))
    assert "Nothing to score" in shown(client, reverse("interviews:to_score"))
    stage_end(started("another"), "requirements")
    assert "Sign in to start" in Client().get(reverse("interviews:prompt", args=["a-counter"])).content.decode()
