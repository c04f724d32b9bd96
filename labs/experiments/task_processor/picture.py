"""What the boxes of the task-processor lab's picture show at this instant."""

from collections.abc import Mapping
from typing import Any

from labs.experiments.events import Member, NodeState
from labs.experiments.task_processor.front import Front
from labs.patterns.task_processor import TaskProcessor


def picture(
    processor: TaskProcessor, front: Front[Any], submitters: int, callers: int, *, down: bool
) -> Mapping[str, NodeState]:
    """State by node; `callers` wait for their answers."""
    stalled = front.busy >= submitters and front.waiting > 0
    full = processor.queued >= max(1, processor.queue_capacity)
    pool = "down" if down else "draining" if processor.closed else "working" if processor.busy else "idle"
    return {
        "client": NodeState("waiting" if front.waiting else "calm", callers),
        "front": NodeState("down" if down else "saturated" if stalled else "accepting", front.busy, front.waiting),
        "queue": NodeState("full" if full else "calm", 0, processor.queued),
        "pool": NodeState(pool, processor.busy, 0, _workers(processor)),
    }


def _workers(processor: TaskProcessor) -> tuple[Member, ...]:
    return tuple(
        Member(f"worker-{number + 1}", "working" if number < processor.busy else "idle", int(number < processor.busy))
        for number in range(processor.workers)
    )
