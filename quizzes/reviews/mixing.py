"""The order in which cards are asked: topics change from one card to the next as long as they can.

Interleaving topics makes practice feel harder and helps to tell like things apart later (D. Rohrer, K. Taylor: The Shuffling of
Mathematics Problems Improves Learning, Instructional Science 35, 2007).
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def mixed(cards: Sequence[tuple[str, T]], after: str = "") -> list[T]:
    """The cards, given as (topic, card), each topic in its own order, never twice the same topic while another one is left.

    `after` is the topic of the card before. The topic with most cards left comes next, among equals the one met first: so no
    topic is left over for a long end.
    """
    waiting: dict[str, deque[T]] = defaultdict(deque)
    for topic, card in cards:
        waiting[topic].append(card)
    order, last = [], after
    while waiting:
        last = max(waiting, key=lambda topic: (topic != last, len(waiting[topic])))
        order.append(waiting[last].popleft())
        if not waiting[last]:
            del waiting[last]
    return order
