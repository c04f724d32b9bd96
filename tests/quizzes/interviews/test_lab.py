"""The running lab and the change that reaches it once: two windows, a store that is away, no page at all."""

import zlib
from typing import Any

import orjson
import pytest

from labs.access import Visitor
from labs.errors import StoreAway
from labs.experiments.spec import Change
from labs.ledger import standing_rows
from labs.models import Run
from labs.services import Asker, run_change, run_change_undo
from quizzes.interviews import tasks
from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.export import report_markdown
from quizzes.interviews.models import Round, RoundRun
from quizzes.interviews.services.lab import change_reach, newest_run, run_begin
from quizzes.interviews.services.report import round_report
from quizzes.interviews.services.rounds import round_stop
from tests.labs.computing import compute
from tests.quizzes.interviews.prompts import let_time_pass, started, through

pytestmark = pytest.mark.django_db
CHANGE_AT_S = 31


def asker(round_: Round) -> Asker:
    return Asker(Visitor(round_.user_id, ""), "")


def begun(round_: Round, **body: Any) -> RoundRun:
    return run_begin(asker=asker(round_), round_=round_, body=body)


def changed(round_: Round, run: RoundRun | None = None, playhead_s: float | None = None) -> RoundRun | None:
    return change_reach(asker=asker(round_), round_=round_, run_id=run.run_id if run else None, playhead_s=playhead_s)


def ledger(run: Run) -> list[tuple[float, str, Any]]:
    return [(row.t_s, row.name, row.value) for row in standing_rows(run)]


def at_the_change(round_: Round) -> None:
    through(round_, "deep-dive")
    let_time_pass(round_, CHANGE_AT_S)


def test_a_run_has_the_prompts_setting_and_what_the_candidate_turned() -> None:
    round_ = started()
    run = begun(round_, parameters={"failure_rate": 0.5}).run
    assert (run.lab, run.arms, run.duration_s, run.owner_id) == ("circuit-breaker", ["windowed"], 60.0, round_.user_id)
    assert (run.parameters["rate_rps"], run.parameters["failure_rate"]) == (20.0, 0.5)
    assert ledger(run) == []


def test_the_change_acts_at_the_playhead_and_once_for_two_windows() -> None:
    round_ = started()
    run = begun(round_)
    with pytest.raises(RoundRefused, match="Nothing has changed"):
        changed(round_, run, 10.0)
    at_the_change(round_)
    first = changed(round_, run, 12.5)
    second = changed(round_, run, 20.0)
    assert first == second == run
    assert second is not None
    assert second.change_t_s == 12.5
    assert ledger(run.run) == [(12.5, "rate_rps", 200.0)]
    assert Run.objects.get().take == 2


def test_the_change_leaves_a_quarter_of_the_run_to_be_seen() -> None:
    round_ = started()
    run = begun(round_)
    at_the_change(round_)
    reached = changed(round_, run, 60.0)
    assert reached is not None
    assert reached.change_t_s == 45.0


def test_who_never_started_the_lab_gets_it_started_with_the_change_in_its_ledger() -> None:
    round_ = started()
    at_the_change(round_)
    assert newest_run(round_) is None
    reached = changed(round_)
    assert reached is not None
    assert ledger(reached.run) == [(15.0, "rate_rps", 200.0)]
    assert changed(round_) == reached
    assert Run.objects.count() == 1


def test_a_run_that_begins_after_the_change_has_it_too() -> None:
    round_ = started()
    at_the_change(round_)
    changed(round_)
    again = begun(round_)
    assert ledger(again.run) == [(15.0, "rate_rps", 200.0)]
    assert changed(round_) == again


def test_while_the_store_is_away_nothing_is_written_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = started()
    run = begun(round_)
    at_the_change(round_)

    def away(**_: Any) -> None:
        raise StoreAway

    with monkeypatch.context() as patched:
        patched.setattr("labs.services.run_admit", away)
        with pytest.raises(StoreAway):
            changed(round_, run, 10.0)
        let_time_pass(round_, 30)
        assert tasks.look_after_rounds() == 0
    assert ledger(run.run) == []
    assert tasks.look_after_rounds() == 1
    assert ledger(run.run) == [(15.0, "rate_rps", 200.0)]
    assert tasks.look_after_rounds() == 0


def test_a_cancelled_run_is_replaced_by_one_with_the_change() -> None:
    round_ = started()
    run = begun(round_)
    Run.objects.filter(pk=run.run_id).update(status="cancelled")
    at_the_change(round_)
    reached = changed(round_, run, 10.0)
    assert reached is not None
    assert (reached.number, reached.change_t_s) == (2, 15.0)


def test_a_run_that_takes_no_more_changes_is_replaced_by_one_with_the_change(settings: Any) -> None:
    """Whoever fills the ledger does not keep the change away."""
    round_ = started()
    run = begun(round_)
    settings.LABS_LIMITS = {**settings.LABS_LIMITS, "changes": 1}
    run_change(asker=asker(round_), run=run.run, change=Change(1.0, "set", "failure_rate", 0.5))
    at_the_change(round_)
    reached = changed(round_, run, 10.0)
    assert reached is not None
    assert reached != run
    assert ledger(reached.run) == [(15.0, "rate_rps", 200.0)]
    assert changed(round_, run, 10.0) == reached


def test_a_report_says_that_the_change_was_taken_back() -> None:
    round_ = started()
    run = begun(round_)
    at_the_change(round_)
    changed(round_, run, 10.0)
    over = round_stop(round_)
    assert "taken back" not in report_markdown(round_report(over))
    run_change_undo(asker=asker(round_), run=run.run, index=0)
    assert "taken back on the lab's own page" in report_markdown(round_report(over))


def test_after_the_round_no_run_begins() -> None:
    round_ = started()
    at_the_change(round_)
    round_stop(round_)
    with pytest.raises(RoundRefused, match="The round is over"):
        begun(round_)
    assert changed(round_) is None
    assert not Run.objects.exists()


def test_the_change_is_drawn_as_any_change_of_a_run() -> None:
    round_ = started()
    run = begun(round_)
    at_the_change(round_)
    changed(round_, run, 30.0)
    done = compute(run.run)
    assert done.series is not None
    events = [orjson.loads(line) for line in zlib.decompress(bytes(done.series)).splitlines()]
    marks = [event for event in events if event["type"] == "mark" and event["kind"] == "change"]
    assert [mark["t"] for mark in marks] == [30.0]
    flows = [sum(sum(flow.values()) for flow in event["flows"].values()) for event in events if event["type"] == "sample"]
    assert sum(flows[len(flows) * 3 // 4 :]) > 4 * sum(flows[: len(flows) // 4])
