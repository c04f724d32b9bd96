"""The event bus of most samples: a dictionary from topics to functions, called one after another.

It is here to be compared with `event_log.py`. What it does is easily said; what it does not say is the trouble:

- A subscriber that raises stops those behind it, and the publisher with it. "One failed consumer does not disturb the others"
  is true of a broker with a queue for each, not of this.
- Nothing is kept. A subscriber that is away misses the event for ever; a crash in the middle leaves some told and some not.
- The publisher waits for all of them.
"""

from collections import defaultdict
from collections.abc import Callable

from labs.patterns.events import Event

Handler = Callable[[Event], None]


class InProcessBus:
    def __init__(self) -> None:
        self.handlers: defaultdict[str, list[Handler]] = defaultdict(list)

    def on(self, topic: str) -> Callable[[Handler], Handler]:
        """A decorator: the function is called for each event of the topic."""

        def subscribe(handler: Handler) -> Handler:
            self.handlers[topic].append(handler)
            return handler

        return subscribe

    def publish(self, event: Event) -> None:
        for handler in self.handlers[event.topic]:
            handler(event)
