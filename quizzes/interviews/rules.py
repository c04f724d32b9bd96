"""The rules of a round, in one place: pages state them, services keep them.

- The clock is the server's and never pauses. Each stage has its own minutes from the moment it opens.
- A stage may be ended early; the time left is not carried over. When its time is over it may be worked on for a grace, a fifth
  of the stage but one minute at least and two at most; then the next one opens by itself, and the last one ends the round.
- Notes of opened stages stay open until the round ends; every saved state is kept with its time.
- The change comes when it is due. Whoever ends its stage before meets it at the beginning of the next.
- In the lab it acts at the player's playhead, at the latest when three quarters of the run have passed, so that there is
  something left to see. A run that begins after the change, or for it, has it after a quarter.
"""

from datetime import timedelta

GRACE_SHARE = 0.2
GRACE_LEAST_S = 60
GRACE_MOST_S = 120
CHANGE_LATEST_SHARE = 0.75
CHANGE_OF_NEW_RUN_SHARE = 0.25
PAGE_HAS_S = 20
"""So long a page that is open may take to say where its playhead is; then the server applies the change by itself."""
RUNS_IN_A_ROUND = 20
UNDO_DELETE = timedelta(hours=24)


def grace_s(minutes: int) -> int:
    """Seconds for which a stage may be worked on when its time is over."""
    return round(min(GRACE_MOST_S, max(GRACE_LEAST_S, GRACE_SHARE * 60 * minutes)))


def change_time_s(duration_s: float, playhead_s: float | None) -> float:
    """Virtual seconds at which the change acts; None where no page says where its player stands."""
    if playhead_s is None:
        return round(CHANGE_OF_NEW_RUN_SHARE * duration_s, 3)
    return round(min(max(0.0, playhead_s), CHANGE_LATEST_SHARE * duration_s), 3)
