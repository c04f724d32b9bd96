from labs.patterns.naive_log_limiter import NaiveLogLimiter
from labs.patterns.sliding_log_limiter import SlidingLog


def test_at_twice_the_limit_it_admits_its_limit_once_and_then_nothing() -> None:
    """Ten minutes, 100 calls a minute allowed, 200 sent: 100 admitted; whoever forgets denied calls admits 100 a minute."""
    naive, log = NaiveLogLimiter(100, 60.0), SlidingLog(100, 60.0)
    calls = [number * 0.3 for number in range(2000)]
    assert sum(naive.check_at("key", at_s).admitted for at_s in calls) == 100
    assert sum(log.check_at("key", at_s).admitted for at_s in calls) == 1000


def test_only_silence_for_a_window_opens_it_again() -> None:
    naive = NaiveLogLimiter(2, 10.0)
    assert [naive.check_at("key", at_s).admitted for at_s in (0.0, 1.0, 2.0, 11.0, 11.5)] == [True, True, False, True, False]
    assert naive.check_at("key", 22.0).admitted


def test_calls_in_one_tick_are_one_entry_unless_their_members_are_unique() -> None:
    naive = NaiveLogLimiter(5, 60.0)
    assert all(naive.check_at("key", 1.0).admitted for _ in range(1000))
    assert naive.entries("key") == 1
    unique = NaiveLogLimiter(5, 60.0, unique_members=True)
    assert sum(unique.check_at("key", 1.0).admitted for _ in range(1000)) == 5
    assert unique.entries("key") == 1000


def test_it_tells_everybody_to_come_back_a_window_later() -> None:
    naive = NaiveLogLimiter(1, 60.0)
    assert naive.check_at("key", 0.0).reset_at_s == 60.0
    denied = naive.check_at("key", 59.0)
    assert (denied.reset_at_s, denied.retry_after_s) == (119.0, 60.0)


def test_a_client_can_take_its_denied_call_back_in_a_second_round_trip() -> None:
    naive = NaiveLogLimiter(1, 10.0, unique_members=True)
    admitted = 0
    for second in range(100):
        member = naive.member(float(second))
        decision = naive.add("key", member, float(second))
        admitted += decision.admitted
        if not decision.admitted:
            naive.take_back("key", member)
    assert admitted == 10
    assert naive.entries("key") == 1


def test_an_entry_that_is_written_again_has_its_new_time() -> None:
    naive = NaiveLogLimiter(5, 10.0, tick_s=1.0)
    for at_s in (0.1, 0.9):
        naive.check_at("key", at_s)
    naive.check_at("key", 10.5)
    assert naive.entries("key") == 2
