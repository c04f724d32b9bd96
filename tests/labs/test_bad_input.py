"""Bad input to every lab: a clear refusal, and the run that it was meant for goes on unharmed."""

from math import inf, nan
from time import process_time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from labs.experiments import catalogue
from labs.experiments.contract import Experiment, Knob
from labs.experiments.spec import Change, SpecError
from labs.models import Change as ChangeRow
from labs.models import Run
from tests.labs.computing import compute

every_lab = pytest.mark.parametrize("lab", catalogue.experiments().values(), ids=lambda lab: lab.slug)
FLOOD = 10_000


def refused(lab: Experiment, **fields: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as raised:
        lab.spec(**fields)
    return dict(raised.value.errors)


def is_number(knob: Knob) -> bool:
    return isinstance(knob.default, int | float) and not isinstance(knob.default, bool)


@every_lab
def test_each_knob_says_what_it_takes(lab: Experiment) -> None:
    for knob in filter(is_number, (*lab.knobs, lab.duration)):
        assert knob.minimum is not None, knob.name
        assert knob.maximum is not None, knob.name
        assert knob.minimum <= knob.default <= knob.maximum, knob.name  # type: ignore[operator]
        for value in (knob.minimum - 1, knob.maximum + 1, nan, inf, -inf, "7", True, [1], 10**400):
            order = {"duration_s": value} if knob is lab.duration else {"parameters": {knob.name: value}}
            assert "must be a" in refused(lab, **order)[knob.name], (knob.name, value)


@every_lab
def test_a_change_that_cannot_be_made_names_what_can(lab: Experiment) -> None:
    knob = next(knob for knob in lab.knobs if not knob.before_run_only)
    end_s = float(lab.duration.default)
    late = Change(end_s + 0.1, "set", knob.name, knob.default)
    assert f"the time must be from 0 to {end_s:g} s" in refused(lab, changes=[late])["changes.0"]
    never = Change(nan, "set", knob.name, knob.default)
    assert "the time must be" in refused(lab, changes=[never])["changes.0"]
    for action in lab.actions:
        lost = Change(1.0, "do", action.name, None, "no-such-node")
        said = refused(lab, changes=[lost])["changes.0"]
        assert ("needs a target, one of" if action.targets else "takes no target") in said, action.name
    for fixed in (knob for knob in lab.knobs if knob.before_run_only):
        turned = Change(1.0, "set", fixed.name, fixed.default)
        assert "can only be set before a run" in refused(lab, changes=[turned])["changes.0"]


@every_lab
def test_a_flood_of_changes_is_refused_at_once(lab: Experiment) -> None:
    knob = next(knob for knob in lab.knobs if not knob.before_run_only)
    flood = [Change(1.0, "set", knob.name, knob.default)] * FLOOD
    began_s = process_time()
    assert "at most" in refused(lab, changes=flood)["changes"]
    assert process_time() - began_s < 0.5


@every_lab
def test_the_shell_refuses_in_words(lab: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    knob = next(knob for knob in lab.knobs if is_number(knob) and not knob.before_run_only)
    actions = [("--do", f"1:{action.name}:no-such-node") for action in lab.actions[:1]]
    for arguments in (
        ("--set", f"{knob.name}=nan"),
        ("--set", f"{knob.name}=1e300"),
        ("--change", f"1e9:{knob.name}={knob.default}"),
        ("--do", "1:no-such-action"),
        *actions,
    ):
        with pytest.raises(CommandError) as raised:
            call_command("runlab", lab.slug, *arguments)
        assert raised.value.returncode == 2, arguments[:2]
        assert len(str(raised.value)) < 1000, arguments[:2]
    assert capsys.readouterr().out == ""


def test_the_shell_refuses_a_flood_of_changes() -> None:
    with pytest.raises(CommandError, match="at most 200 changes, not 10000") as raised:
        call_command("runlab", "circuit-breaker", *("--change", "1:rate_rps=100") * FLOOD)
    assert raised.value.returncode == 2


# Through the site: a run that has ended is what it was


@pytest.fixture
def ended(client: Client, dispatched: list[tuple[str, int]], db: None) -> dict[str, Any]:
    state: dict[str, Any] = client.post("/labs/tick/runs/", {"seed": 7}, content_type="application/json").json()
    compute(Run.objects.get())
    return state


CHANGE = {"t_s": 1.0, "kind": "set", "name": "level", "value": 2}
KICK = {"t_s": 1.0, "kind": "do", "name": "kick", "target": "moon"}


@pytest.mark.parametrize(
    ("address", "body", "said"),
    [
        ("changes_url", CHANGE | {"value": 99}, "must be a number from 0 to 10"),
        ("changes_url", b'{"t_s": 1, "kind": "set", "name": "level", "value": NaN}', "not valid JSON"),
        ("changes_url", b'{"t_s": 1, "kind": "set", "name": "level", "value": 1e999}', "not valid JSON"),
        ("changes_url", CHANGE | {"t_s": 10.5}, "0 to 10 s"),
        ("changes_url", KICK, "needs a target, one of box"),
        ("changes_url", [CHANGE] * FLOOD, "at most 128 KiB"),
        ("fork_url", {"t_s": 1.0, "changes": [CHANGE] * FLOOD}, "at most 128 KiB"),
        ("fork_url", {"t_s": 1.0, "changes": [CHANGE] * 101}, "100 changes at most"),
        ("fork_url", {"t_s": 1.0, "changes": [CHANGE, KICK]}, "needs a target, one of box"),
        ("fork_url", {"t_s": 99.0}, "0 to 10 s"),
        ("fork_url", {"t_s": 1.0, "parameters": {"level": -1}}, "must be a number from 0 to 10"),
    ],
)
def test_the_run_is_what_it_was(client: Client, ended: dict[str, Any], address: str, body: Any, said: str) -> None:
    before = client.get(ended["data_url"])
    response = client.post(ended[address], body, content_type="application/json")
    assert response.status_code == 422, response.content[:300]
    assert said in " ".join(response.json()["errors"].values())
    after = client.get(ended["data_url"])
    assert (after.content, after["ETag"]) == (before.content, before["ETag"])
    run = Run.objects.get()
    assert (run.status, run.take) == ("finished", 1)
    assert not ChangeRow.objects.exists()


def test_a_ledger_that_is_full_takes_no_more_and_the_run_goes_on(client: Client, ended: dict[str, Any], limited: Any) -> None:
    limited(changes=2, runs_per_minute=1000)
    for t_s in (1.0, 2.0):
        assert client.post(ended["changes_url"], CHANGE | {"t_s": t_s}, content_type="application/json").status_code == 201
    full = client.post(ended["changes_url"], CHANGE | {"t_s": 3.0}, content_type="application/json")
    assert full.status_code in (422, 429)
    assert "2 changes" in full.content.decode()
    run = compute(Run.objects.get())
    assert (run.status, run.take, ChangeRow.objects.count()) == ("finished", 3, 2)
