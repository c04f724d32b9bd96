import pytest

from courses.examples.log_sinks import BufferedSink, Log


def test_every_sink_gets_every_line() -> None:
    first: list[str] = []
    second: list[str] = []
    Log([first.append, second.append]).log("info", "started")
    assert first == second == ["INFO started"]


def test_a_full_buffer_drops_the_oldest_line_and_counts_it() -> None:
    taken: list[str] = []
    sink = BufferedSink(taken.append, capacity=2)
    for line in ("one", "two", "three"):
        sink(line)
    sink.flush()
    assert (taken, sink.dropped) == (["two", "three"], 1)


def test_what_comes_while_the_slow_sink_works_waits_for_nobody_and_every_loss_is_counted() -> None:
    taken: list[str] = []

    def write_slowly(line: str) -> None:
        taken.append(line)
        if line == "one":
            sink("three")
            sink("four")  # two more than there is room for, while "one" is under way

    sink = BufferedSink(write_slowly, capacity=2)
    sink("one")
    sink("two")
    sink.flush()
    assert (taken, sink.dropped) == (["one", "four"], 2)


def test_a_line_that_the_slow_sink_refuses_stays_in_the_buffer() -> None:
    def refuse(line: str) -> None:
        raise ConnectionError

    sink = BufferedSink(refuse, capacity=2)
    sink("one")
    with pytest.raises(ConnectionError):
        sink.flush()
    assert list(sink.lines) == ["one"]
