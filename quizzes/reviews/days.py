"""A person's days. They end in the night, at an hour of their own in their own time zone, not at midnight in Greenwich."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Days:
    """`border_hour`, 0 to 23, is the hour on the wall at which a day begins: with 4, what is done at 3 is still yesterday's."""

    zone: ZoneInfo
    border_hour: int

    def of(self, moment: datetime) -> date:
        """The day in which a moment lies."""
        on_the_wall = moment.astimezone(self.zone).replace(tzinfo=None)
        return (on_the_wall - timedelta(hours=self.border_hour)).date()

    def start(self, day: date) -> datetime:
        """The moment, in UTC, at which a day begins. An hour that the clock skips counts as it would have without the skip."""
        return datetime.combine(day, time(self.border_hour), tzinfo=self.zone).astimezone(UTC)

    def next_start(self, moment: datetime) -> datetime:
        """When the day after a moment's begins."""
        return self.start(self.of(moment) + timedelta(days=1))
