"""What the lab's addresses answer to whoever asks: owner, stranger, wrong method, nonsense and malice."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs import laboratory
from labs.models import Change, Run, RunPrediction, Scenario
from tests.labs.computing import compute

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dispatched")]
START = "/labs/tick/runs/"


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def started(client: Client, **order: Any) -> dict[str, Any]:
    response = post(client, START, {"seed": 7} | order)
    assert response.status_code == 201, response.content
    return response.json()  # type: ignore[no-any-return]


def test_a_visitor_without_an_account_owns_what_it_started(client: Client) -> None:
    state = started(client, parameters={"level": 2.5})
    run = Run.objects.get()
    assert (run.owner, run.status, run.take, run.take_starts) == (None, "queued", 1, [0.0])
    assert len(run.visitor) == 43
    assert state["mine"]
    assert state["parameters"] == {"level": 2.5, "weight": 1, "mode": "calm", "shown": True}
    assert state["arms"] == ["one", "two"]
    assert client.cookies["visitor"]["httponly"]
    started(client)
    assert len(set(Run.objects.values_list("visitor", flat=True))) == 1


def test_a_user_owns_runs_in_every_browser(client: Client) -> None:
    user = get_user_model().objects.create_user("ada", "ada@example.org", "a long password")
    client.force_login(user)
    state = started(client)
    assert Run.objects.get().owner == user
    other = Client()
    other.force_login(user)
    assert post(other, state["cancel_url"], {}).status_code == 200


def test_a_stranger_may_read_and_fork_but_not_change(client: Client) -> None:
    state, stranger = started(client), Client()
    change = {"t_s": 1.0, "kind": "set", "name": "level", "value": 2}
    assert stranger.get(state["url"]).status_code == 200
    assert post(stranger, state["changes_url"], change).status_code == 404
    assert post(stranger, state["cancel_url"], {}).status_code == 404
    assert stranger.delete(state["changes_url"] + "0/").status_code == 404
    assert Run.objects.get().status == "queued"
    assert not Change.objects.exists()
    assert post(stranger, state["fork_url"], {"t_s": 0}).status_code == 201


def test_a_forged_cookie_is_nobody(client: Client) -> None:
    state, thief = started(client), Client()
    thief.cookies["visitor"] = Run.objects.get().visitor
    assert post(thief, state["cancel_url"], {}).status_code == 404


def test_a_post_without_the_token_is_refused(client: Client) -> None:
    assert post(Client(enforce_csrf_checks=True), START, {}).status_code == 403
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("get", "changes_url"),
        ("get", "fork_url"),
        ("get", "cancel_url"),
        ("post", "data_url"),
        ("post", "lines_url"),
        ("post", "export_csv_url"),
        ("put", "changes_url"),
        ("delete", "url"),
    ],
)
def test_the_wrong_method_is_refused(client: Client, method: str, name: str) -> None:
    state = started(client)
    assert getattr(client, method)(state[name]).status_code == 405
    assert Run.objects.get().status == "queued"


def test_what_is_not_there_is_not_found(client: Client) -> None:
    nobody = f"/labs/runs/{uuid4()}/"
    for path in ("/labs/nothing/", nobody, f"{nobody}data.json", f"{nobody}lines.json"):
        assert client.get(path).status_code == 404
    assert post(client, "/labs/nothing/runs/", {}).status_code == 404
    assert post(client, f"{nobody}fork/", {"t_s": 0}).status_code == 404
    state = started(client)
    for index in ("0", "99999999999999999999"):
        assert client.delete(f"{state['changes_url']}{index}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'{"seed": NaN}', "body"),
        (b'{"seed": 1e999}', "body"),
        (b'{"seed": 123456789012345678901234567890}', "seed"),
        (b"\xff\xfe", "body"),
        (b"[" * 100_000, "body"),
        (b'{"parameters": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}", "body"),
        (b" " * 200_000, "body"),
        (b'{"surprise": 1}', "surprise"),
        (b'{"parameters": []}', "parameters"),
        (b'{"parameters": {"level": null}}', "parameters"),
        (b'{"parameters": {"level": [1]}}', "parameters"),
        (b'{"parameters": {"level": "high"}}', "level"),
        (b'{"parameters": {"level": true}}', "level"),
        (b'{"parameters": {"level": 11}}', "level"),
        (b'{"parameters": {"nothing": 1}}', "nothing"),
        (b'{"parameters": {"mode": "angry"}}', "mode"),
        (b'{"parameters": {"mode": "\\u0000"}}', "parameters"),
        (b'{"seed": -1}', "seed"),
        (b'{"seed": 1.5}', "seed"),
        (b'{"seed": true}', "seed"),
        (b'{"duration_s": 0}', "duration_s"),
        (b'{"duration_s": "long"}', "duration_s"),
        (b'{"world": "real"}', "world"),
        (b'{"world": ["simulated"]}', "world"),
        (b'{"world": "live"}', "world"),
        (b'{"arms": "one"}', "arms"),
        (b'{"arms": ["three"]}', "arms"),
        (b'{"arms": ["one", "one"]}', "arms"),
        (b'{"arms": [1]}', "arms"),
        (b'{"prediction": {"nothing": 1}}', "prediction.nothing"),
        (b'{"prediction": {"how-high": "very"}}', "prediction.how-high"),
        (b'{"prediction": {"how-high": 1000}}', "prediction.how-high"),
        (b'{"prediction": {"which": "three"}}', "prediction.which"),
        (b'{"scenario": "none"}', "scenario"),
    ],
)
def test_a_run_that_cannot_be_is_refused_by_field_and_nothing_is_written(client: Client, body: bytes, field: str) -> None:
    response = post(client, START, body)
    assert response.status_code == 422, response.content
    assert field in response.json()["errors"]
    assert not Run.objects.exists()
    assert not RunPrediction.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "t_s"),
        ({"t_s": 1, "kind": "set"}, "name"),
        ({"t_s": "1", "kind": "set", "name": "level", "value": 1}, "t_s"),
        ({"t_s": -1, "kind": "set", "name": "level", "value": 1}, "t_s"),
        ({"t_s": 10.5, "kind": "set", "name": "level", "value": 1}, "t_s"),
        ({"t_s": 1, "kind": "break", "name": "level", "value": 1}, "kind"),
        ({"t_s": 1, "kind": "set", "name": "weight", "value": 2}, "change"),
        ({"t_s": 1, "kind": "set", "name": "level", "value": 99}, "change"),
        ({"t_s": 1, "kind": "set", "name": "level"}, "change"),
        ({"t_s": 1, "kind": "do", "name": "kick"}, "change"),
        ({"t_s": 1, "kind": "do", "name": "kick", "target": "moon"}, "change"),
        ({"t_s": 1, "kind": "do", "name": "kick", "target": "box", "more": 1}, "more"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_nothing_is_written(client: Client, change: Any, field: str) -> None:
    state = started(client)
    response = post(client, state["changes_url"], change)
    assert response.status_code == 422, response.content
    assert field in response.json()["errors"]
    assert not Change.objects.exists()
    assert Run.objects.get().take == 1


@pytest.mark.parametrize(
    "fork",
    [
        {},
        {"t_s": -1},
        {"t_s": 11},
        {"t_s": 1, "changes": [1]},
        {"t_s": 5, "changes": [{"t_s": 1, "kind": "do", "name": "crash"}]},
    ],
)
def test_a_fork_that_cannot_be_is_refused(client: Client, fork: Any) -> None:
    state = started(client)
    assert post(client, state["fork_url"], fork).status_code == 422
    assert Run.objects.count() == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["parameters", "seed", "duration_s", "world", "arms", "prediction", "t_s", "kind", "name", "value", "target", "changes"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5))
def test_no_body_breaks_the_site(client: Client, body: Any) -> None:
    if not Run.objects.exists():
        started(client)
    run = Run.objects.earliest("created_at")
    for path in (START, f"/labs/runs/{run.pk}/changes/", f"/labs/runs/{run.pk}/fork/"):
        assert post(client, path, body).status_code in (201, 422, 429)


@pytest.mark.parametrize(
    "query",
    [
        "set.level=5&seed=3",
        "set.level=high",
        "set.nothing=1",
        "seed=-1",
        "seed=" + "9" * 50,
        "scene=first",
        "scene=%00",
        "arms=&duration_s=",
        "arms=%00,nobody&duration_s=nan",
        "duration_s=1e999",
        "duration_s=-1",
        "scenario=x",
    ],
)
def test_any_preset_in_the_address_gives_a_page(client: Client, query: str) -> None:
    response = client.get(f"/labs/tick/?{query}")
    assert response.status_code == 200
    preset = response.context["preset"]
    assert preset is None or preset["parameters"].get("level", 5.0) in (5.0, 2.0)


def test_an_address_presets_arms_and_duration(client: Client) -> None:
    tick = laboratory.experiment("tick")
    arm, longest_s = tick.arms[0].name, tick.duration.maximum
    preset = client.get(f"/labs/tick/?arms=nobody,{arm},{arm}&duration_s={longest_s}").context["preset"]
    assert (preset["arms"], preset["duration_s"]) == ([arm], longest_s)


def test_the_list_names_every_lab_and_the_page_brings_its_description(client: Client) -> None:
    assert b"What time is it?" in client.get("/labs/").content
    page = client.get("/labs/tick/")
    assert b'id="lab-description"' in page.content
    assert b'id="run-state"' not in page.content
    state = started(client)
    assert b'id="run-state"' in client.get(state["url"]).content


def test_results_come_as_files_that_a_spreadsheet_cannot_be_tricked_by(client: Client) -> None:
    state = started(client)
    assert client.get(state["export_csv_url"]).status_code == 409
    compute(Run.objects.get())
    answer = client.get(state["export_csv_url"])
    table = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert table[0] == "t_s,arm,level,noise,in.ok,in.slow,in.failed,in.rejected,in.timed_out"
    assert len(table) == 41
    assert table[1].startswith("0.5,one,1.0,")
    assert answer["Content-Disposition"].startswith('attachment; filename="tick-')
    whole = client.get(state["export_json_url"]).json()
    assert whole["run"]["summary"]["metrics"]["two"] == {"mean_level": 2.0}


def test_data_are_sent_once_for_each_take(client: Client) -> None:
    state = started(client)
    compute(Run.objects.get())
    first = client.get(state["data_url"])
    assert client.get(state["data_url"], headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert Client().get(state["data_url"]).content == first.content
    post(client, state["changes_url"], {"t_s": 1.0, "kind": "set", "name": "level", "value": 2})
    assert client.get(state["data_url"]).status_code == 409
    compute(Run.objects.get())
    assert client.get(state["data_url"], headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_run_of_a_scenario_says_which_of_its_goals_were_met(client: Client) -> None:
    condition = {"subject": "metric", "name": "mean_level", "arm": "two", "operator": ">", "value": 7}
    goals = [
        {"id": "easy", "text": "Reach 7", "conditions": [condition]},
        {"id": "hard", "text": "Reach 99", "conditions": [condition | {"value": 99}]},
    ]
    Scenario.objects.create(slug="high", title="High", lab="tick", parameters={"level": 4.0}, goals=goals)
    page = client.get("/labs/tick/?scenario=high")
    assert page.context["preset"]["parameters"] == {"level": 4.0}
    state = started(client, parameters={"level": 4.0}, scenario="high")
    compute(Run.objects.get())
    assert client.get(state["export_json_url"]).json()["run"]["scenario_goals"] == ["easy"]
