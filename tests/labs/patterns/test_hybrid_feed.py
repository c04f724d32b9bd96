from labs.patterns.hybrid_feed import Border, Entry, HybridFeed
from tests.labs.patterns.clock import HandClock, run

BORDER = Border(pull_above=100, push_below=80)
NORMAL, FAMOUS, READER = 1, 2, 9


def feed(length: int = 800) -> tuple[HybridFeed, HandClock]:
    clock = HandClock()
    return HybridFeed(BORDER, length=length, overlap_s=60, clock=clock), clock


def push(feeds: HybridFeed, entry: Entry) -> None:
    assert feeds.publish(entry, followers=10)
    run(feeds.fan_out(entry, [[READER]]))


def test_a_post_of_a_normal_author_is_written_into_feeds() -> None:
    feeds, _ = feed()
    push(feeds, Entry(1, 101, NORMAL))
    assert [entry.post_id for entry in feeds.read(READER, {NORMAL})] == [101]


def test_a_post_of_a_large_author_is_found_at_reading_and_merged_by_time() -> None:
    feeds, _ = feed()
    assert not feeds.publish(Entry(2, 201, FAMOUS), followers=101)
    push(feeds, Entry(1, 101, NORMAL))
    push(feeds, Entry(3, 103, NORMAL))
    assert [entry.post_id for entry in feeds.read(READER, {NORMAL, FAMOUS})] == [103, 201, 101]


def test_a_batch_that_is_repeated_changes_nothing() -> None:
    feeds, _ = feed()
    entry = Entry(1, 101, NORMAL)
    feeds.publish(entry, 10)
    assert [run(feeds.fan_out(entry, [[READER, 8], [7]])) for _ in range(2)] == [3, 3]
    assert feeds.read(READER, {NORMAL}) == [entry]


def test_an_author_at_the_edge_keeps_its_side() -> None:
    feeds, _ = feed()
    sides = [feeds.publish(Entry(at, at, NORMAL), followers) for at, followers in enumerate([100, 101, 99, 80, 79, 100, 101])]
    assert sides == [True, False, False, False, True, True, False]


def test_crossing_leaves_no_post_out_and_none_twice() -> None:
    feeds, clock = feed()
    push(feeds, Entry(1, 101, FAMOUS))
    feeds.publish(Entry(2, 102, FAMOUS), followers=200)
    assert [entry.post_id for entry in feeds.read(READER, {FAMOUS})] == [102, 101]
    push(feeds, Entry(3, 103, FAMOUS))
    assert [entry.post_id for entry in feeds.read(READER, {FAMOUS})] == [103, 102, 101]
    clock.now_s = 60
    assert [entry.post_id for entry in feeds.read(READER, {FAMOUS})] == [103, 101], "only after the overlap, as it says"


def test_what_was_deleted_or_unfollowed_is_left_out() -> None:
    feeds, _ = feed()
    push(feeds, Entry(1, 101, NORMAL))
    push(feeds, Entry(2, 102, NORMAL))
    feeds.delete(102)
    assert [entry.post_id for entry in feeds.read(READER, {NORMAL})] == [101]
    assert feeds.read(READER, {FAMOUS}) == []


def test_a_feed_keeps_only_the_newest() -> None:
    feeds, _ = feed(length=2)
    for at in (3, 1, 2):
        push(feeds, Entry(at, 100 + at, NORMAL))
    assert [entry.post_id for entry in feeds.read(READER, {NORMAL})] == [103, 102]
