import asyncio

from labs.experiments.world import OK, Behaviour, ServicePlan
from labs.live.slots import Job, Slots


def test_a_hung_job_whose_caller_hung_up_is_not_answered_nor_its_slot_freed_twice() -> None:
    async def story() -> None:
        answers: list[int] = []
        slots = Slots(ServicePlan(1, None, 0.001, 0.0), Behaviour(answers=False), lambda: None)
        left, stayed = (Job(0.9, 0.9, 0.5, answers.append) for _ in range(2))
        slots.take(left)
        slots.take(stayed)
        await asyncio.sleep(0.02)
        slots.drop(left)
        assert (slots.busy, slots.queued) == (1, 0)
        slots.behaviour = Behaviour()
        assert slots.busy == 1, "the one who stayed is still worked on"
        await asyncio.sleep(0.02)
        assert answers == [OK]
        assert slots.busy == 0

    asyncio.run(story())
