import pytest

from courses.examples.event_sourcing import Balance, Conflict, Moved, Overdrawn, Streams, fold, withdraw


@pytest.fixture
def streams() -> Streams:
    store = Streams()
    for place, pence in enumerate((5000, -1000, 2000)):
        store.append("a", Moved(pence, "test"), expected=place)
    return store


def test_state_is_what_comes_out_of_the_events(streams: Streams) -> None:
    assert fold(streams.read("a")) == Balance(6000, 3)


def test_a_snapshot_saves_reading_and_changes_nothing(streams: Streams) -> None:
    snapshot = fold(streams.read("a")[:2])
    assert fold(streams.read("a", after=snapshot.place), snapshot) == fold(streams.read("a"))
    assert withdraw(streams, "a", 100, snapshot) == Balance(5900, 4)


def test_a_decision_on_an_old_state_is_refused(streams: Streams) -> None:
    withdraw(streams, "a", 4000)
    with pytest.raises(Conflict):
        streams.append("a", Moved(-4000, "decided on three events"), expected=3)
    assert fold(streams.read("a")).pence == 2000


def test_the_rule_looks_at_the_whole_history(streams: Streams) -> None:
    with pytest.raises(Overdrawn):
        withdraw(streams, "a", 6001)
    assert len(streams.read("a")) == 3
