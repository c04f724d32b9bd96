"""The command line's contract: what instructors script and benchmarks read."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labs.experiments.catalogue import experiments

ROOT = Path(__file__).resolve().parents[3]
QUICK = ("--duration", "20", "--set", "rate_rps=30", "--set", "outage_start_s=11", "--set", "outage_s=4", "--set", "window_s=2")


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def runlab(*arguments: str) -> str:
    return printed("runlab", "circuit-breaker", *QUICK, *arguments)


def result(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(runlab("--json", *arguments))
    return found


def refusal(*arguments: str) -> str:
    """What is said; the exit status is 2."""
    with pytest.raises(CommandError) as raised:
        runlab(*arguments)
    assert raised.value.returncode == 2
    return str(raised.value)


def shell(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_json_is_one_object_with_what_was_run_and_what_came_of_it() -> None:
    found = result("--seed", "7", "--arm", "windowed", "--arm", "none")
    assert {"lab", "seed", "world", "parameters", "arms", "theory", "virtual_s", "wall_s", "requests"} <= set(found)
    assert (found["lab"], found["seed"], found["world"], found["virtual_s"]) == ("circuit-breaker", 7, "simulated", 20.0)
    assert found["parameters"]["rate_rps"] == 30.0
    assert list(found["arms"]) == ["none", "windowed"]
    assert {"throughput_rps", "goodput_rps", "error_rate", "mean_s", "p50_s", "p95_s", "p99_s"} <= set(found["arms"]["none"])
    assert set(found["theory"]["none"]["error_rate"]) >= {"value", "assumes", "source"}
    assert found["requests"] > 500


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert result("--seed", "3")["arms"] == result("--seed", "3")["arms"]
    assert result("--seed", "3")["arms"] != result("--seed", "4")["arms"]


def test_events_are_lines_of_json_from_started_to_finished() -> None:
    events = [json.loads(line) for line in runlab("--events").splitlines()]
    assert (events[0]["type"], events[-1]["type"]) == ("started", "finished")
    assert {"sample", "mark"} <= {event["type"] for event in events}


def test_changes_and_actions_take_effect_in_the_order_given() -> None:
    lines = runlab("--events", "--change", "12:failure_rate=0.4", "--do", "5:break", "--do", "5:heal").splitlines()
    changes = [event for event in map(json.loads, lines) if event["type"] == "mark" and event["kind"] == "change"]
    assert [(mark["t"], mark["text"], mark["value"]) for mark in changes] == [
        (5.0, "Break the service", "1"),
        (5.0, "Heal the service", "2"),
        (12.0, "Failure rate 0.4", "0"),
    ]


def test_repeating_gives_means_with_intervals_over_seeds() -> None:
    found = result("--repeat", "4", "--arm", "none")
    single = [result("--seed", str(seed), "--arm", "none")["arms"]["none"]["error_rate"] for seed in range(1, 5)]
    assert found["arms"]["none"]["error_rate"] == pytest.approx(sum(single) / 4)
    ends = found["intervals"]["none"]["error_rate"]
    assert ends["low"] < ends["mean"] < ends["high"]
    assert found["virtual_s"] == 80.0


def test_of_repeated_runs_it_says_whether_theory_lies_inside_the_interval() -> None:
    shown = runlab("--repeat", "3", "--arm", "none")
    rows = [line.split() for line in shown.splitlines() if line.strip().startswith("none ")]
    assert "inside the interval" in shown
    assert rows
    assert {row[-1] for row in rows} <= {"yes", "no"}


def test_the_table_names_every_metric_of_every_arm() -> None:
    shown = runlab()
    for metric in experiments()["circuit-breaker"].metrics:
        assert metric.name in shown
    assert "windowed+fallback" in shown
    assert "Theory" in shown


def test_switches_and_choices_are_written_as_words() -> None:
    found = result("--set", "cancel=off", "--set", "outage=none", "--set", "slots=9", "--arm", "none")["parameters"]
    assert (found["cancel"], found["outage"], found["slots"]) == (False, "none", 9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "rate_rps=fast"), "rate_rps: must be a number from 1 to 1000"),
        (("--set", "rate_rps=nan"), "rate_rps: must be a number from 1 to 1000"),
        (("--set", "rate=3"), "did you mean rate_rps"),
        (("--set", "cancel=maybe"), "cancel: must be on or off"),
        (("--arm", "windowd"), "did you mean windowed"),
        (("--seed", "-1"), "seed: must be a whole number"),
        (("--change", "500:rate_rps=3"), "changes.0: the time must be from 0 to 20 s"),
        (("--do", "5:explode"), "changes.0: there is no action 'explode'"),
        (("--repeat", "0"), "--repeat must be from 1"),
        (("--repeat", "2", "--events"), "--events prints one run"),
    ],
)
def test_wrong_input_is_refused_with_what_is_allowed(arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(*arguments)


@pytest.mark.parametrize(
    "arguments", [("--set", "rate_rps"), ("--change", "rate_rps=3"), ("--do", "break"), ("--change", "x:a=3")]
)
def test_what_is_not_of_the_expected_form_is_refused_with_the_form(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="is not of the form"):
        runlab(*arguments)


def test_from_the_shell_errors_go_to_standard_error_with_status_2() -> None:
    for arguments, said in ((("no-such-lab",), "there is no lab"), (("circuit-breaker", "--set", "x"), "NAME=VALUE")):
        found = shell("runlab", *arguments)
        assert (found.returncode, found.stdout) == (2, "")
        assert said in found.stderr
        assert "Traceback" not in found.stderr


def test_needs_neither_a_server_nor_a_database() -> None:
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "PYTHONPATH", "PLIMSOLL_VAR")}
    nowhere = bare | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "DEBUG": "true",
    }
    found = shell("runlab", "circuit-breaker", *QUICK, "--json", environment=nowhere)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["lab"] == "circuit-breaker"


def test_a_reader_that_leaves_early_sees_no_traceback() -> None:
    command = f"{sys.executable} manage.py runlab circuit-breaker --events | head -1"
    found = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert json.loads(found.stdout)["type"] == "started"
    assert "Traceback" not in found.stderr


def test_labs_lists_slugs_parameters_and_their_ranges() -> None:
    shown = printed("labs")
    assert "circuit-breaker" in shown
    assert "failure_threshold" in shown
    entry = next(entry for entry in json.loads(printed("labs", "--json")) if entry["slug"] == "circuit-breaker")
    rate = next(knob for knob in entry["parameters"] if knob["name"] == "rate_rps")
    assert (rate["default"], rate["unit"], rate["minimum"], rate["maximum"], rate["kind"]) == (
        120.0,
        "/s",
        1.0,
        1000.0,
        "number",
    )


def test_a_live_run_that_is_terminated_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "runlab", "rate-limiter", "--world", "live", "--arm", "gcra", "--events"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        for _line in range(3):  # it plays: its server is up
            run.stdout.readline()
        assert list(tmp_path.glob("plimsoll-live-*"))
        run.terminate()
        _out, errors = run.communicate(timeout=30)
    assert (run.returncode, errors) == (143, b"")
    assert not list(tmp_path.glob("plimsoll-live-*"))
