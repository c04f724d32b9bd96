"""Event: a fact that has happened, in the form in which it leaves the service that owns it.

`id` is made once, with the fact, and is the same in every copy of it: whoever sees it again sees a repeat. `key` names the
thing that it is about; order is kept among events of one key, never between keys. `version` counts the shape of `data`. Add
optional fields under the same version; a new meaning is a new topic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    topic: str
    key: str
    data: Mapping[str, str | int] = field(default_factory=dict)
    version: int = 1
