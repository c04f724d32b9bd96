"""The welcome mail: a part of the task, whose failure is the task's; or left to somebody who tries again."""

from labs.experiments.settings import Settings
from labs.experiments.task_processor.instruments import Instruments
from labs.experiments.task_processor.jobs import Journey
from labs.experiments.world import World

HOP = 1
TRIES = 5


class MailFailed(Exception):
    """The mailer did not take the mail."""


class Mailer:
    """Sends as the knobs say."""

    def __init__(self, world: World, settings: Settings, instruments: Instruments) -> None:
        self._world = world
        self._settings = settings
        self._instruments = instruments

    async def welcome(self, journey: Journey) -> None:
        """At the end of a registration. Raises MailFailed where the mail is inside the task."""
        way = self._settings.choice("mail")
        if way == "inline":
            await self._send(journey)
        elif way == "queued":
            self._world.spawn(self._deliver(journey))

    async def _send(self, journey: Journey) -> None:
        await self._world.sleep(self._settings.number("mail_s"))
        self._instruments.mails.bin += 1
        if self._fails(journey, 0):
            self._instruments.mails_lost.bin += 1
            raise MailFailed

    async def _deliver(self, journey: Journey) -> None:
        """Beside the pool, with a growing pause between the tries."""
        delivered = False
        for attempt in range(TRIES):
            await self._world.sleep(self._settings.number("mail_s") * 2**attempt)
            delivered = not self._fails(journey, attempt)
            if delivered:
                break
        self._instruments.mails.bin += 1
        self._instruments.mails_lost.bin += not delivered

    def _fails(self, journey: Journey, attempt: int) -> bool:
        return journey.request.redrawn(HOP + attempt).fate < self._settings.number("mail_failure_rate")
