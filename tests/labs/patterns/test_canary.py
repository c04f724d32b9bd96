"""A canary's judge: sure before it stops, patient before it goes on; and the steps of a roll-out."""

import pytest

from labs.patterns.canary import CanaryJudge, RollOut, Tally, Verdict, chance_of_so_many, requests_to_see

JUDGE = CanaryJudge(feared_share=0.001)


def test_one_case_in_a_thousand_takes_2995_requests_to_see() -> None:
    assert requests_to_see(0.001, 0.95) == 2995
    assert requests_to_see(0.01, 0.95) == 299
    assert JUDGE.enough == 2995


def test_the_lady_tasting_tea_is_right_by_chance_once_in_seventy() -> None:
    """Fisher's own example: all four of four, among eight cups."""
    assert chance_of_so_many(Tally(4, 4), Tally(4, 0)) == pytest.approx(1 / 70)


def test_no_failures_are_no_evidence() -> None:
    assert chance_of_so_many(Tally(100, 0), Tally(900, 0)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("canary", "control", "verdict"),
    [
        (Tally(100, 0), Tally(9_900, 10), Verdict.WAIT),
        (Tally(100, 1), Tally(900, 0), Verdict.WAIT),
        (Tally(100, 5), Tally(9_900, 10), Verdict.ROLL_BACK),
        (Tally(3_000, 4), Tally(297_000, 300), Verdict.GO_ON),
        (Tally(3_000, 30), Tally(297_000, 300), Verdict.ROLL_BACK),
        (Tally(3_000, 600), Tally(297_000, 59_400), Verdict.GO_ON),
    ],
)
def test_verdicts(canary: Tally, control: Tally, verdict: Verdict) -> None:
    """The last one fails one in five, as the old version does: whatever it is, it is not the release."""
    assert JUDGE.verdict(canary, control) is verdict


def test_a_canary_that_fails_wholly_is_seen_after_ten_requests() -> None:
    assert chance_of_so_many(Tally(10, 10), Tally(10, 0)) == pytest.approx(1 / 184_756)
    assert chance_of_so_many(Tally(10, 10), Tally(10, 10)) == pytest.approx(1.0)


def test_a_roll_out_climbs_by_steps_and_falls_at_once() -> None:
    roll_out = RollOut(JUDGE)
    well, ill = Tally(3_000, 3), Tally(3_000, 60)
    assert roll_out.share == 0.01
    assert roll_out.judged(Tally(10, 0), Tally(990, 1)) is Verdict.WAIT
    assert roll_out.share == 0.01
    roll_out.judged(well, Tally(297_000, 300))
    roll_out.judged(well, Tally(57_000, 60))
    assert roll_out.share == 0.25
    roll_out.judged(ill, Tally(9_000, 9))
    assert roll_out.share == 0.0


def test_the_last_step_is_everything() -> None:
    roll_out = RollOut(JUDGE, steps=(0.5, 1.0))
    for _ in range(3):
        roll_out.judged(Tally(3_000, 3), Tally(3_000, 3))
    assert roll_out.share == 1.0
