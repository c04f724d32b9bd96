"""From a run's rows to what is computed of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.ledger import run_spec, standing_rows
from labs.models import Change, Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tick")]


def run(world: str = "simulated") -> Run:
    now = timezone.now()
    more = {"lab": "tick", "parameters": {}, "arms": ["one"], "take": 3, "take_starts": [0.0, 4.0, 2.0]}
    return Run.objects.create(world=world, seed=1, duration_s=10.0, queued_at=now, dispatched_at=now, **more)


def change(of: Run, index: int, t_s: float, value: float, removed_in_take: int | None = None) -> Change:
    how = {"kind": "set", "name": "level", "value": value, "take": 2, "removed_in_take": removed_in_take}
    return Change.objects.create(run=of, index=index, t_s=t_s, **how)


def test_the_rows_that_stand_are_those_not_taken_back_by_the_time_at_which_they_act() -> None:
    """A change may be made before one that was made earlier; at one instant the order in which they were made counts."""
    subject = run()
    for index, (t_s, removed_in_take) in enumerate([(4.0, None), (3.0, 3), (2.0, None), (4.0, None)]):
        change(subject, index, t_s, float(index), removed_in_take)
    assert [row.index for row in standing_rows(subject)] == [2, 0, 3]
    assert [one.value for one in run_spec(subject).changes] == [2.0, 0.0, 3.0]


def test_what_was_done_to_a_live_run_since_it_began_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reaches the run by another way."""
    monkeypatch.setattr("tests.labs.tick.Tick.worlds", ("simulated", "live"), raising=False)
    subject = run("live")
    before, after = change(subject, 0, 1.0, 3.0), change(subject, 1, 2.0, 4.0)
    subject.started_at = timezone.now()
    for row, passed_s in ((before, -5.0), (after, 5.0)):
        Change.objects.filter(pk=row.pk).update(created_at=subject.started_at + timedelta(seconds=passed_s))
    assert [one.value for one in run_spec(subject).changes] == [3.0]
