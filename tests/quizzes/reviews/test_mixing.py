"""Topics change from card to card for as long as they can."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from quizzes.reviews.mixing import mixed


def test_the_largest_topic_is_spread_and_not_left_for_the_end() -> None:
    cards = [(topic, f"{topic}{number}") for topic, count in (("a", 4), ("b", 2), ("c", 1)) for number in range(count)]
    assert mixed(cards) == ["a0", "b0", "a1", "b1", "a2", "c0", "a3"]


def test_it_begins_with_another_topic_than_the_card_before() -> None:
    assert mixed([("a", "a0"), ("a", "a1"), ("b", "b0")], after="a")[0] == "b0"


@given(st.lists(st.sampled_from("abcd"), max_size=40))
def test_nothing_is_lost_and_a_topic_repeats_only_when_it_is_alone(topics: list[str]) -> None:
    cards = [(topic, (topic, place)) for place, topic in enumerate(topics)]
    order = mixed(cards)
    assert sorted(order, key=lambda card: card[1]) == [card for _, card in cards]
    for topic in set(topics):
        assert [card for card in order if card[0] == topic] == [card for name, card in cards if name == topic]
    for place, (first, second) in enumerate(pairwise(order)):
        if first[0] == second[0]:
            assert {card[0] for card in order[place:]} == {first[0]}
