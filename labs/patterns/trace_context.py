"""Trace context: three numbers that travel with a request, so that its pieces can be put together again.

Problem. A request passes five services and a queue. Each has its own clock and its own log; nothing in them says which lines
belong together, or who called whom.

Rule. Whoever meets a request first draws a *trace id*. Each piece of work, a *span*, draws an id of its own and keeps its
parent's. A caller sends both ids with every call, over HTTP in the header `traceparent`, over a queue in the message. Who
receives them makes a child; who receives nothing, or nonsense, begins a new trace and never fails the request for it.

Sampling. Keeping every trace is dear. *Head* sampling decides at the first service and sends the decision along in a flag, so
that a trace is kept whole or not at all. It is made from the trace id, so that services agree even without the flag. It knows
nothing of the end: errors are kept only as often as everything else. *Tail* sampling decides when the trace is complete.

Source. W3C, *Trace Context*, Recommendation, 2021; B. Sigelman et al., *Dapper*, Google technical report, 2010.

Limits. `tracestate`, in which vendors keep their own fields, is not carried here. Ids are drawn by the generator that is given;
at work it must be one that different processes do not share.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

HEADER = "traceparent"
FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Where one span stands: in which trace, under which parent ("" for the root), kept or not."""

    trace_id: str
    span_id: str
    parent_id: str
    sampled: bool

    @classmethod
    def root(cls, rng: random.Random, keep_share: float) -> "TraceContext":
        """A new trace. `keep_share` of all trace ids are kept."""
        trace_id = hex_id(rng, 128)
        return cls(trace_id, hex_id(rng, 64), "", keeps(trace_id, keep_share))

    @classmethod
    def received(cls, headers: Mapping[str, str], rng: random.Random, keep_share: float) -> "TraceContext":
        """The span of a request that has just arrived: a child of its caller's, or the root of a new trace."""
        found = FORM.fullmatch(headers.get(HEADER, "").strip())
        if found is None or not allowed(*found.groups()):
            return cls.root(rng, keep_share)
        _version, trace_id, caller, flags, _more = found.groups()
        return cls(trace_id, hex_id(rng, 64), caller, bool(int(flags, 16) & SAMPLED))

    def child(self, rng: random.Random) -> "TraceContext":
        """A span under this one, in the same process."""
        return TraceContext(self.trace_id, hex_id(rng, 64), self.span_id, self.sampled)

    def headers(self) -> dict[str, str]:
        """What a call made inside this span sends along, over HTTP or in a message."""
        return {HEADER: f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}"}


def allowed(version: str, trace_id: str, span_id: str, _flags: str, more: str | None) -> bool:
    """Ids of zeros and version ff are invalid; version 00 ends after the flags, later ones may go on."""
    return version != "ff" and int(trace_id, 16) > 0 and int(span_id, 16) > 0 and (version != "00" or more is None)


def keeps(trace_id: str, share: float) -> bool:
    """Whether the trace is kept: its last 56 bits, read as a number from 0 to 1, lie below the share."""
    return int(trace_id[-14:], 16) < share * 2**56


def hex_id(rng: random.Random, bits: int) -> str:
    """An id that is not zero."""
    return f"{rng.randrange(1, 2**bits):0{bits // 4}x}"
