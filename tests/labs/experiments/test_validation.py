from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.spec import MAXIMUM_CHANGES, MAXIMUM_SEED, Change, RunSpec, SpecError

LAB = get("circuit-breaker")


def checked(**given: Any) -> RunSpec:
    return LAB.spec(**given)


def errors(**given: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as raised:
        LAB.spec(**given)
    return raised.value.errors


def test_defaults_fill_in_what_is_left_out() -> None:
    spec = LAB.spec()
    assert spec.parameters["rate_rps"] == 120.0
    assert set(spec.parameters) == {knob.name for knob in LAB.knobs}
    assert (spec.seed, spec.duration_s, spec.world) == (1, 120.0, "simulated")
    assert spec.arms == LAB.default_arms


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = errors(
        parameters={"rate_rps": -1.0, "cancel": 3, "nonsense": 1},
        seed=-1,
        duration_s=1.0,
        arms=["windowed", "wundowed"],
        world="dream",
        changes=[Change(1.0, "do", "break"), Change(-1.0, "do", "break")],
    )
    assert set(found) == {"rate_rps", "cancel", "nonsense", "seed", "duration_s", "arms", "world", "changes.1"}
    assert found["rate_rps"] == "must be a number from 1 to 1000 /s, not -1.0"
    assert "did you mean windowed" in found["arms"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "12", None, True, [1], 0.0, 1000.1, 10**400])
def test_a_number_must_be_one_and_in_range(value: Any) -> None:
    if value is None:
        assert checked(parameters={"rate_rps": None}).parameters["rate_rps"] == 120.0
    else:
        assert "from 1 to 1000" in errors(parameters={"rate_rps": value})["rate_rps"]


@pytest.mark.parametrize("value", [2.5, True, "3", float("nan"), 0, 501])
def test_a_whole_number_must_be_whole(value: Any) -> None:
    assert errors(parameters={"slots": value})["slots"].startswith("must be a whole number from 1 to 500")


def test_whole_numbers_and_numbers_become_what_the_knob_holds() -> None:
    parameters = LAB.spec(parameters={"rate_rps": 60, "slots": 5.0}).parameters
    assert (parameters["rate_rps"], type(parameters["rate_rps"])) == (60.0, float)
    assert (parameters["slots"], type(parameters["slots"])) == (5, int)


@pytest.mark.parametrize("value", [1, 0, "true", None.__class__])
def test_a_switch_takes_no_number(value: Any) -> None:
    assert "on or off" in errors(parameters={"cancel": value})["cancel"]


def test_a_choice_names_what_may_be_chosen() -> None:
    assert errors(parameters={"outage": "flood"})["outage"] == "must be one of none, errors, slow, both, not 'flood'"


@pytest.mark.parametrize("seed", [-1, MAXIMUM_SEED + 1, 1.5, "1", True])
def test_a_seed_is_a_whole_number_of_63_bits(seed: Any) -> None:
    assert "whole number" in errors(seed=seed)["seed"]
    assert LAB.spec(seed=MAXIMUM_SEED).seed == MAXIMUM_SEED


def test_arms_come_in_the_experiments_order_and_each_once() -> None:
    assert LAB.spec(arms=["windowed", "none"]).arms == ("none", "windowed")
    assert errors(arms=["none", "none"])["arms"] == "an arm is named twice"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(-0.1, "do", "break"), "from 0 to 120 s"),
        (Change(120.1, "do", "break"), "from 0 to 120 s"),
        (Change(float("nan"), "do", "break"), "from 0 to 120 s"),
        (Change(True, "do", "break"), "from 0 to 120 s"),
        (Change(1.0, "do", "explode"), "there is no action 'explode'"),
        (Change(1.0, "do", "break", target="service"), "takes no target"),
        (Change(1.0, "do", "break", value=1), "takes no value"),
        (Change(1.0, "set", "rate"), "there is no knob 'rate'; did you mean rate_rps"),
        (Change(1.0, "set", "rate_rps", 0.0), "rate_rps must be a number from 1 to 1000"),
        (Change(1.0, "set", "rate_rps"), "rate_rps must be a number from 1 to 1000"),
        (Change(1.0, "set", "slots", 3), "can only be set before a run"),
        (Change(1.0, "push", "break"), "'set' or 'do'"),  # type: ignore[arg-type]
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_what_is_allowed(change: Change, said: str) -> None:
    assert said in errors(changes=[change])["changes.0"]


def test_changes_keep_their_order_and_their_values_are_of_the_knobs_kind() -> None:
    spec = LAB.spec(changes=[Change(9, "set", "rate_rps", 60), Change(2.0, "do", "break")])
    assert spec.changes == (Change(9.0, "set", "rate_rps", 60.0), Change(2.0, "do", "break"))
    assert isinstance(spec.changes[0].value, float)


def test_a_ledger_has_an_end() -> None:
    changes = [Change(1.0, "do", "break")] * (MAXIMUM_CHANGES + 1)
    assert f"at most {MAXIMUM_CHANGES}" in errors(changes=changes)["changes"]
    assert len(LAB.spec(changes=changes[1:]).changes) == MAXIMUM_CHANGES
