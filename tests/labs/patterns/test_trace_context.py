"""Trace context: what is sent, what is taken over, what begins anew, and what is kept."""

import random

import pytest

from labs.patterns.trace_context import TraceContext, keeps

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def received(header: str, keep_share: float = 1.0) -> TraceContext:
    return TraceContext.received({"traceparent": header}, random.Random(1), keep_share)


def test_the_called_service_makes_a_child_of_the_callers_span() -> None:
    context = received(f"00-{TRACE}-{SPAN}-01")
    assert (context.trace_id, context.parent_id, context.sampled) == (TRACE, SPAN, True)
    assert context.span_id not in (SPAN, "")


def test_four_spans_make_the_tree_that_their_parents_say() -> None:
    rng = random.Random(7)
    first = TraceContext.root(rng, 1.0)
    second = TraceContext.received(first.headers(), rng, 1.0)
    third = second.child(rng)
    fourth = TraceContext.received(first.headers(), rng, 1.0)
    assert [each.parent_id for each in (first, second, third, fourth)] == ["", first.span_id, second.span_id, first.span_id]
    assert {each.trace_id for each in (first, second, third, fourth)} == {first.trace_id}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "abc123",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
    ],
)
def test_nonsense_begins_a_new_trace_and_fails_nothing(header: str) -> None:
    context = received(header)
    assert context.trace_id != TRACE
    assert context.parent_id == ""


def test_a_later_version_may_say_more() -> None:
    assert received(f"01-{TRACE}-{SPAN}-01-more").trace_id == TRACE


def test_the_callers_decision_holds_whatever_the_own_share_is() -> None:
    assert not received(f"00-{TRACE}-{SPAN}-00", keep_share=1.0).sampled
    assert received(f"00-{TRACE}-{SPAN}-01", keep_share=0.0).sampled


def test_what_is_sent_can_be_received() -> None:
    context = TraceContext.root(random.Random(3), 0.0)
    assert context.headers()["traceparent"] == f"00-{context.trace_id}-{context.span_id}-00"


def test_one_in_a_hundred_is_kept_and_services_agree() -> None:
    rng = random.Random(5)
    ids = [TraceContext.root(rng, 0.01).trace_id for _ in range(20_000)]
    kept = [each for each in ids if keeps(each, 0.01)]
    assert 150 < len(kept) < 250
    assert all(keeps(each, 0.1) for each in kept)
