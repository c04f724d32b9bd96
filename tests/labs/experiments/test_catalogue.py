import hashlib
import json
import os
import random
import subprocess
import sys
from functools import cache
from math import isfinite

import orjson
import pytest

from labs.experiments.catalogue import UnknownLab, experiments, get
from labs.experiments.contract import Knob
from labs.experiments.describe import describe, kind_of
from labs.experiments.events import Mark, Sample, Scalar, encode
from labs.experiments.simulate import simulate
from tests.labs.experiments.reading import assert_declared, end, played


def test_finds_the_labs_in_the_folder_and_shares_the_instances() -> None:
    assert get("circuit-breaker") is experiments()["circuit-breaker"]


def test_an_unknown_slug_names_its_neighbours() -> None:
    with pytest.raises(UnknownLab, match="did you mean circuit-breaker"):
        get("circuit-braker")
    with pytest.raises(UnknownLab, match=r"there are .*circuit-breaker"):
        get("xyz")


def test_the_laboratory_knows_neither_django_nor_celery() -> None:
    program = (
        "import sys; from labs.experiments import catalogue, simulate, describe, executed_lines; catalogue.experiments();"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'celery', 'pygments', 'redis'}))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


def test_patterns_theory_and_measurement_need_the_standard_library_alone() -> None:
    program = (
        "import sys, pkgutil, importlib, labs.patterns, labs.theory, labs.measurement\n"
        "for package in (labs.patterns, labs.theory, labs.measurement):\n"
        "    for module in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(root for root in roots - set(sys.stdlib_module_names) - set(sys.argv[1:]) if root != 'labs'))"
    )
    before = subprocess.run([sys.executable, "-c", "import sys; print(*sorted({n.partition('.')[0] for n in sys.modules}))"],
                            capture_output=True, text=True, check=True, timeout=60).stdout.split()  # fmt: skip
    found = subprocess.run([sys.executable, "-c", program, *before], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


CORNERS = 10


def at_an_end(knob: Knob, luck: random.Random) -> Scalar:
    """The least or the most that a knob takes; one of its choices."""
    if isinstance(knob.default, bool):
        return not knob.default
    if knob.minimum is None or knob.maximum is None:
        return luck.choice(knob.choices)[0]
    return luck.choice((knob.minimum, knob.maximum))


@pytest.mark.parametrize("slug", list(experiments()))
class TestEveryLab:
    def test_is_described_as_plain_data(self, slug: str) -> None:
        description = describe(get(slug))
        again = orjson.loads(orjson.dumps(description))
        assert again == description
        assert {
            *("slug", "title", "question", "summary", "group", "worlds", "bin_s", "warm_up_s", "duration", "knobs", "actions"),
            *("arms", "default_arms", "series", "metrics", "topology", "goals", "scenes", "predictions", "try_this", "honesty"),
        } <= set(description)

    def test_shows_the_source_that_runs(self, slug: str) -> None:
        for pattern in describe(get(slug))["patterns"]:
            with open(pattern["dotted"].replace(".", "/") + ".py") as file:
                assert pattern["source"] == file.read()
            assert pattern["title"]
            assert len(pattern["title"]) < 40

    def test_holds_together(self, slug: str) -> None:
        lab = get(slug)
        arms, metrics = {arm.name for arm in lab.arms}, {metric.name for metric in lab.metrics}
        nodes, series = {node.id for node in lab.topology.nodes}, {one.name for one in lab.series}
        assert set(lab.default_arms) <= arms
        assert lab.first_shown in {"", *(lab.default_arms or arms)}
        assert all({edge.source, edge.target} <= nodes for edge in lab.topology.edges)
        whole = {knob.name for knob in lab.knobs if kind_of(knob) == "whole"}
        assert all(isinstance(node.slots, int) or node.slots in whole for node in lab.topology.nodes)
        assert all(isinstance(node.members, int) or node.members in whole for node in lab.topology.nodes)
        groups = any(node.members for node in lab.topology.nodes)
        assert groups or all(set(action.targets) <= nodes for action in lab.actions)
        assert all(bool(one.rows) == (one.kind == "heat") for one in lab.series)
        statuses = {node.id: node.statuses for node in lab.topology.nodes}
        assert all(status in statuses[node] for arm in lab.arms for node, status in arm.at_start)
        controls = {knob.name for knob in lab.knobs} | {action.name for action in lab.actions}
        assert all(scene.open_control in controls for scene in lab.scenes)
        assert all(set(scene.arms) <= arms for scene in lab.scenes)
        for scene in lab.scenes:
            lab.spec(parameters=scene.parameters, arms=scene.arms, duration_s=scene.duration_s or None)
        assert all(question.metric in metrics for question in lab.predictions)
        assert all(question.arm in arms | {""} for question in lab.predictions)
        for goal in lab.goals:
            for condition in goal.conditions:
                assert {condition.arm, condition.than_arm} <= arms | {""}
                known = {"metric": metrics, "series": series}.get(condition.subject)
                assert known is None or condition.name in known
        assert len(lab.goals) >= 2
        assert 3 <= len(lab.scenes) <= 5
        assert lab.try_this
        assert lab.honesty.modelled
        assert lab.honesty.left_out
        assert lab.honesty.measured_error

    def test_every_knob_holds_its_own_default(self, slug: str) -> None:
        lab = get(slug)
        spec = lab.spec(parameters={knob.name: knob.default for knob in lab.knobs})
        assert dict(spec.parameters) == {knob.name: knob.default for knob in lab.knobs}

    def test_no_corner_of_the_knobs_stops_the_theory(self, slug: str) -> None:
        lab = get(slug)
        for seed in range(CORNERS):
            luck = random.Random(seed)
            corner = {knob.name: at_an_end(knob, luck) for knob in lab.knobs if luck.random() < 0.5}
            spec = lab.spec(parameters=corner)
            said = [form.value for arm in lab.arms for form in lab.theory(arm.name, spec)]
            assert all(value is None or (isfinite(value) and value >= 0.0) for value in said), (corner, said)

    def test_a_run_says_what_the_lab_declares_and_nothing_else(self, slug: str) -> None:
        lab = get(slug)
        length_s = shortest_s(slug)
        arms = [arm.name for arm in lab.arms]
        events = played(lab, {}, arms, duration_s=length_s)
        assert_declared(lab, events)
        assert {event.arm for event in events if isinstance(event, Sample)} == set(arms)
        shown = lab.first_shown or (lab.default_arms or arms)[-1]
        first = next(event for event in events if isinstance(event, Sample) and event.arm == shown)
        defaults = {knob.name: knob.default for knob in lab.knobs}
        groups = [node for node in lab.topology.nodes if node.members]
        assert [defaults.get(str(node.members), node.members) for node in groups] == [
            len(first.nodes[node.id].members) for node in groups
        ]
        for mark in (event for event in events if isinstance(event, Mark)):
            assert mark.kind in ("state", "fault", "change", "goal", "scale", "note")
        result = end(events)
        declared = {metric.name for metric in lab.metrics}
        said = [prediction for predictions in result.theory.values() for prediction in predictions]
        assert said
        assert all(prediction.metric in declared for prediction in said)
        assert all(prediction.assumes and prediction.source for prediction in said)
        assert all((prediction.value is None) == bool(prediction.why_not) for prediction in said)
        assert result.sentence

    def test_says_the_same_bytes_in_another_process(self, slug: str) -> None:
        spec = get(slug).spec(duration_s=shortest_s(slug), seed=11)
        here = hashlib.sha256(b"".join(map(encode, simulate(spec)))).hexdigest()
        assert digests_of_another_process()[slug] == here


def shortest_s(slug: str) -> float:
    lab = get(slug)
    return max(float(lab.duration.minimum or 0.0), lab.warm_up_s + 4 * lab.bin_s)


@cache
def digests_of_another_process() -> dict[str, str]:
    """Of every lab's short run, by slug; one process computes them all, with hashes of its own."""
    program = (
        "import hashlib, json, sys; from labs.experiments.catalogue import get; from labs.experiments.events import encode;"
        "from labs.experiments.simulate import simulate;"
        "specs = {slug: get(slug).spec(duration_s=s, seed=11) for slug, s in json.loads(sys.argv[1]).items()};"
        "said = {slug: b''.join(map(encode, simulate(spec))) for slug, spec in specs.items()};"
        "print(json.dumps({slug: hashlib.sha256(all_of_it).hexdigest() for slug, all_of_it in said.items()}))"
    )
    lengths_s = {slug: shortest_s(slug) for slug in experiments()}
    there = subprocess.run(
        [sys.executable, "-c", program, json.dumps(lengths_s)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=os.environ | {"PYTHONHASHSEED": "77"},
    )
    found: dict[str, str] = json.loads(there.stdout)
    return found
