"""Lab goal: what a definition may ask for, what counts as an answer, and grading by what was kept."""

import copy
import json
from dataclasses import asdict
from typing import Any

import pytest
from pydantic import ValidationError

from courses.loading.yaml_source import read_yaml
from labs.experiments.events import encode
from quizzes.kinds import AnswerError, kind_named
from quizzes.kinds.lab_goal import LabGoal
from quizzes.kinds.lab_runs import simulated
from quizzes.kinds.run_facts import met_at_s, observed, why_not
from tests.quizzes.bank import LAB_GOAL, SECRET
from tests.quizzes.own_runs import METRICS, parameters

KIND = kind_named("lab-goal")
RUN = "0b5f6f0e-8a55-4c39-9c7c-2d8a5e0a1f11"
KEPT = {"kept": {"series": [], "marks": ["state"]}, "events": [["m", 14.0, "windowed", "state", "open"]]}


def made(**changed: Any) -> Any:
    raw = copy.deepcopy(LAB_GOAL) | changed
    return KIND.definition.model_validate({name: value for name, value in raw.items() if value is not None})


def facts(**changed: Any) -> dict[str, Any]:
    return {
        "run": RUN, "take": 1, "lab": "circuit-breaker", "world": "simulated", "seed": 5, "duration_s": 30.0,
        "arms": ["none", "windowed"], "parameters": parameters(), "changes": [], "metrics": METRICS, "sentence": "", **KEPT,
    } | changed  # fmt: skip


def graded(definition: Any, kept: Any) -> Any:
    return KIND.grade(definition, {}, KIND.with_facts(KIND.parse(definition, {}, RUN), kept))


def test_the_page_says_what_to_reach_and_opens_the_lab_so() -> None:
    view = KIND.public_view(made(seed=4), {})
    assert [goal["text"] for goal in view["goals"]] == ["The breaker opens", "It does so once at least"]
    assert view["lab"]["query"] == "set.keys=500&set.outage=none&seed=4&arms=windowed&duration_s=20.0"
    assert view["turn"] == ["Break the service", "Heal the service", "Open for"]
    assert SECRET not in json.dumps(dict(view))


@pytest.mark.parametrize("raw", [RUN, RUN.upper(), f"{RUN}@2", f"https://plimsoll.example/labs/runs/{RUN}/?x=1", f" {RUN} "])
def test_a_run_is_named_by_its_id_its_take_or_its_link(raw: str) -> None:
    cited: Any = KIND.parse(made(), {}, raw)
    assert KIND.run_cited(cited) == RUN
    assert cited.take == (2 if "@2" in raw else None)


@pytest.mark.parametrize(
    "raw", ["run", f"{RUN}@0", f"{RUN}@-1", f"/labs/{RUN}/", f"{RUN[:-1]}", 7, [RUN], {"run": RUN}, "x" * 9999]
)
def test_what_names_no_run_is_refused_in_words(raw: Any) -> None:
    with pytest.raises(AnswerError, match="names no run"):
        KIND.parse(made(), {}, raw)


def test_each_goal_that_was_met_earns_its_weight() -> None:
    definition = made()
    assert graded(definition, facts()).score == 1.0
    assert graded(definition, facts(metrics={"windowed": {"openings": 0.0}})).score == pytest.approx(0.25)
    nothing = graded(definition, facts(metrics={}, events=[]))
    assert nothing.score == 0.0
    assert [note.text for note in nothing.notes] == [f"{SECRET} open", f"{SECRET} once"]
    assert "25 %, 75 %" in KIND.rule(definition)


def test_a_corrected_goal_is_graded_by_what_was_kept_or_by_a_person() -> None:
    stricter: Any = copy.deepcopy(LAB_GOAL["goals"])
    stricter[1]["conditions"][0]["value"] = 2
    assert graded(made(goals=stricter), facts()).score == pytest.approx(0.25)
    stricter[1]["conditions"] = [{"subject": "series", "name": "error_share", "arm": "windowed", "operator": ">", "value": 0.9}]
    assert graded(made(goals=stricter), facts()).score is None
    untold = KIND.with_facts(KIND.parse(made(), {}, RUN), facts())
    assert KIND.answer_text(made(), {}, untold).endswith("2 of 2 goals met")
    assert KIND.answer_text(made(goals=stricter), {}, untold) == f"run {RUN}"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"lab": "retry-storm"}, "another lab"),
        ({"world": "live"}, "was live"),
        ({"duration_s": 19.5}, "must last 20 s"),
        ({"arms": ["none"]}, "lacks the variant “Windowed breaker”"),
        ({"parameters": parameters(keys=501)}, "“Keys asked for” must stay 500; in that run it is 501"),
        ({"parameters": parameters(rate_rps=121)}, "“Request rate” must stay 120 /s"),
        ({"changes": [{"t_s": 3.0, "kind": "set", "name": "timeout_s", "value": 2.0, "target": ""}]}, "does not allow"),
        ({"changes": [{"t_s": 3.0, "kind": "do", "name": "slow", "value": None, "target": ""}]}, "“0:03.0 Slow it down"),
    ],
)
def test_a_run_that_cannot_count_is_refused_in_words(changed: dict[str, Any], words: str) -> None:
    assert words in why_not(made(), facts(**changed))


def test_what_is_free_may_be_turned() -> None:
    changes = [
        {"t_s": 3.0, "kind": "do", "name": "break", "value": None, "target": ""},
        {"t_s": 9.0, "kind": "set", "name": "open_s", "value": 2.0, "target": ""},
    ]
    assert why_not(made(), facts(changes=changes, parameters=parameters(open_s=9.0))) == ""
    assert why_not(made(turn=()), facts(parameters=parameters(rate_rps=99.0))) == ""
    assert "seed 6" in why_not(made(seed=6), facts())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"lab": "circuit-braker"}, "did you mean circuit-breaker"),
        ({"fixed": {"keys": 0}}, "keys: must be a whole number"),
        ({"turn": ["speed"]}, "circuit-breaker has no speed"),
        ({"turn": ["keys"]}, "both name keys"),
        ({"solution": {"parameters": {"rate_rps": 200}}}, "solution: “Request rate” must stay 120 /s"),
        ({"start": {"rate_rps": 200}}, "start: “Request rate” must stay 120 /s"),
        ({"goals": [{"id": "a", "text": "t", "conditions": [{"subject": "metric", "name": "speed"}]}]}, "no metric 'speed'"),
        ({"goals": [{"id": "a", "text": "t", "conditions": [{"subject": "change", "name": "keys"}]}]}, "only be set before"),
        ({"world": "live", "lab": "retry-storm"}, "simulated only"),
    ],
)
def test_a_wrong_definition_is_refused_without_computing_a_run(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        made(**changed)


def test_goals_that_the_solution_misses_or_that_need_no_turning_are_refused() -> None:
    with pytest.raises(ValueError, match="does not meet “The breaker opens”"):
        KIND.prepare(made(solution={"parameters": {"open_s": 9}}))
    easy = [
        {"id": "a", "text": "t", "conditions": [{"subject": "metric", "name": "goodput_rps", "arm": "windowed", "value": 1}]}
    ]
    with pytest.raises(ValueError, match="nothing to do"):
        KIND.prepare(made(goals=easy))


def test_what_is_kept_of_a_run_tells_the_same_as_the_run() -> None:
    """The author's own solution, through the bytes that the laboratory stores."""
    goals = [
        {"id": "in-order", "text": "t", "in_order": True, "conditions": [
            {"subject": "change", "name": "break"}, {"subject": "mark", "name": "state", "arm": "windowed", "value": "open"}]},
        {"id": "seen", "text": "t", "conditions": [
            {"subject": "series", "name": "rejected_rps", "arm": "windowed", "operator": ">", "value": 10, "for_s": 2}]},
    ]  # fmt: skip
    definition = made(goals=goals)
    spec = definition.solved()
    events = [json.loads(encode(event)) for event in simulated(spec)]
    ledger = [asdict(row) for row in spec.changes]
    kept = observed(definition, events)
    found = met_at_s(definition, facts(changes=ledger, arms=list(spec.arms), duration_s=spec.duration_s, **kept))
    proved: Any = KIND.prepare(definition)
    assert found == proved["met_at_s"]
    assert set(found) == {"in-order", "seen"}
    assert len(json.dumps(kept)) < len(json.dumps(events)) / 5


def test_the_example_in_the_admin_can_be_met() -> None:
    raw: Any = read_yaml(LabGoal.example, "example").value
    found: Any = KIND.prepare(KIND.definition.model_validate(raw))
    assert set(found["met_at_s"]) == {"calm"}
