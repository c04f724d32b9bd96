"""Predict, then run."""

from typing import Any

import pytest
from django.test import Client

from labs.models import Run, RunPrediction
from labs.predictions import best_arms, calibration, score
from tests.labs.computing import compute
from tests.labs.tick import Tick

NUMBER, ARM = Tick.predictions


@pytest.mark.parametrize(
    ("value", "measured", "share"),
    [
        (10.0, 10.0, 1.0),
        (11.0, 10.0, 1.0),
        (9.0, 10.0, 1.0),
        (12.0, 10.0, 0.5),
        (20.0, 10.0, 0.1),
        (0.05, 0.0, 1.0),
        (1.0, 0.0, 0.1),
    ],
)
def test_a_number_scores_by_its_distance_in_tolerances(value: float, measured: float, share: float) -> None:
    found = score(Tick(), NUMBER, value, {"one": {"mean_level": measured}})
    assert found.measured == measured
    assert found.share == pytest.approx(share)


def test_what_was_not_measured_is_not_scored() -> None:
    assert score(Tick(), NUMBER, 1.0, {"one": {"mean_level": None}}).share is None
    assert score(Tick(), ARM, "one", {"one": {"mean_level": None}}).share is None


def test_an_arm_is_right_when_it_is_among_the_best() -> None:
    metrics = {"one": {"mean_level": 2.0}, "two": {"mean_level": 2.0}}
    assert best_arms(Tick(), "mean_level", metrics) == ["one", "two"]
    assert score(Tick(), ARM, "two", metrics).share == 1.0
    assert score(Tick(), ARM, "one", {"one": {"mean_level": 1.0}, "two": {"mean_level": 2.0}}).share == 0.0


@pytest.mark.django_db
@pytest.mark.usefixtures("dispatched")
def test_a_prediction_is_scored_by_the_first_result_and_never_again(client: Client) -> None:
    answers = {"how-high": 1.05, "which": "one"}
    state = post(client, "/labs/tick/runs/", {"prediction": answers, "duration_s": 5})
    assert state["prediction"] == answers
    assert state["scores"] is None
    compute(Run.objects.get())
    scores = client.get(state["data_url"]).json()["run"]["scores"]
    assert scores == {"how-high": {"measured": 1.0, "score": 1.0}, "which": {"measured": "two", "score": 0.0}}
    post(client, state["changes_url"], {"t_s": 0, "kind": "set", "name": "level", "value": 9})
    compute(Run.objects.get())
    assert client.get(state["data_url"]).json()["run"]["scores"] == scores
    assert client.get("/labs/calibration/").json()["count"] == 2
    assert Client().get("/labs/calibration/").json()["count"] == 0
    found = calibration(RunPrediction.objects.all())
    assert (found.count, found.right) == (2, 0.5)
    assert found.bias == pytest.approx(1.05)
    assert [(score, count) for _day, score, count in found.by_day] == [(0.5, 2)]


def post(client: Client, path: str, body: Any) -> Any:
    response = client.post(path, body, content_type="application/json")
    assert response.status_code == 201, response.content
    return response.json()
