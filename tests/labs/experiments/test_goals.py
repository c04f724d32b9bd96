from labs.experiments.contract import Condition, Goal
from labs.experiments.events import Mark, Sample
from labs.experiments.goals import GoalWatch
from labs.experiments.spec import Change


def sample(t: float, arm: str, value: float | None) -> dict[str, Sample]:
    return {arm: Sample(t, arm, {"load": value})}


def watch(*conditions: Condition, in_order: bool = False) -> GoalWatch:
    return GoalWatch([Goal("it", "Do it", conditions, in_order)])


def opened(arm: str = "windowed") -> Mark:
    return Mark(1.0, arm, "state", "breaker", "opened", "open")


def test_a_series_condition_holds_in_any_sample_of_any_arm() -> None:
    subject = watch(Condition("series", "load", operator=">", value=2.0))
    assert subject.bin(sample(0.5, "a", 2.0), 0.5) == []
    assert [goal.id for goal in subject.bin(sample(1.0, "b", 2.1), 0.5)] == ["it"]
    assert subject.bin(sample(1.5, "b", 3.0), 0.5) == [], "a goal is reached once"


def test_a_condition_over_time_begins_anew_after_a_break() -> None:
    subject = watch(Condition("series", "load", "a", ">", 1.0, for_s=1.5))
    reached = []
    for step, value in enumerate([2.0, 2.0, None, 2.0, 2.0, 2.0]):
        t = 0.5 * (step + 1)
        reached += [t for _ in subject.bin(sample(t, "a", value), 0.5)]
    assert reached == [3.0]


def test_an_arm_is_compared_with_another_times_a_factor() -> None:
    subject = watch(Condition("metric", "errors", "a", "<", than_arm="b", factor=0.5))
    assert subject.end({"a": {"errors": 0.3}, "b": {"errors": 0.5}}) == []
    assert subject.end({"a": {"errors": 0.2}, "b": {"errors": 0.5}}) != []


def test_nothing_measured_meets_nothing() -> None:
    subject = watch(Condition("metric", "errors", "a", "<", 1.0))
    assert subject.end({"a": {"errors": None}}) == []
    assert subject.end({"b": {"errors": 0.0}}) == []


def test_marks_and_changes_count_by_name_and_value() -> None:
    subject = watch(Condition("mark", "state", "windowed", "==", "open"), Condition("change", "heal"))
    assert subject.mark(opened("naive")) == []
    assert subject.mark(opened()) == []
    assert subject.change(Change(1.0, "do", "break")) == []
    assert subject.change(Change(2.0, "do", "heal")) != []


def test_in_order_means_none_before_the_one_above_it() -> None:
    subject = watch(Condition("change", "break"), Condition("mark", "state", "windowed", "==", "open"), in_order=True)
    assert subject.mark(opened()) == []
    assert subject.change(Change(1.0, "do", "break")) == []
    assert subject.mark(opened()) != []
    assert subject.reached == ["it"]


def test_in_order_what_lasts_begins_after_what_comes_before_it() -> None:
    """A calm before the storm is no recovery from it."""
    subject = watch(Condition("change", "break"), Condition("series", "load", "a", "<", 1.0, for_s=1.0), in_order=True)
    for step in range(4):
        assert subject.bin(sample(0.5 * (step + 1), "a", 0.0), 0.5) == []
    subject.change(Change(2.2, "do", "break"))
    assert subject.bin(sample(2.5, "a", 0.0), 0.5) == []
    assert subject.bin(sample(3.0, "a", 0.0), 0.5) != []
