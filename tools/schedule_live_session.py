"""schedule_live_session: put a live session into the store's calendar."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from pydantic import BaseModel, Field, field_validator

from avery.domain import Coach, ScorecardItem
from avery.errors import ToolRetry
from tools.tool import Note, Tool, ToolContext, ToolResult

_DAY_AND_TIME = re.compile(r"[1-9]\d{3}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


class Arguments(BaseModel):
    """Schedule a live session on the coach's store. Both the day and the time must be clear from what the coach said:
    if either is missing or in doubt ("some evening", "the weekend", "at 6" that may be morning or evening), ask first,
    do not guess."""

    starts_at: datetime = Field(
        description="ISO 8601 local date and time in the coach's own time zone, without an offset, e.g."
        " 2026-11-28T18:00; with an offset only if the coach named another time zone"
    )
    title: str | None = Field(
        None, max_length=120, description="What the session is called; leave it out if the coach has not said"
    )
    minutes: int = Field(60, ge=10, le=240, description="How long it lasts")

    @field_validator("starts_at", mode="before")
    @classmethod
    def _day_and_time(cls, given: object) -> object:
        """Pydantic would take a bare day for midnight and a number for seconds since 1970."""
        if isinstance(given, datetime):
            return given
        if not isinstance(given, str) or not _DAY_AND_TIME.match(given.strip()):
            raise ValueError("it must be a date and a time such as 2026-11-28T18:00; if the coach named only one, ask")
        return given.strip()


async def schedule_live_session(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Schedule it; a time that has passed comes back with that reason and what time it is now."""
    coach, now = context.coach, datetime.now(UTC)
    if arguments.starts_at.year > now.year + 2:
        raise ToolRetry("That is more than two years away; ask the coach for a nearer day.")
    starts_at = _in_zone(arguments.starts_at, ZoneInfo(coach.tz))
    when = local_time(starts_at, coach)
    if starts_at <= now:
        return ToolResult(
            {
                "scheduled": False, "reason": f"{when} has passed", "time_zone": coach.tz,
                "now": format_datetime(now.astimezone(ZoneInfo(coach.tz)), "EEEE d MMMM y, HH:mm", locale="en_GB"),
            },
            "Not scheduled",
            Note("next_steps", "live_past", {"when": when}),
        )  # fmt: skip
    title = (arguments.title or "").strip() or f"Live with {coach.preferred_name or 'your coach'}"
    await context.services.kliq.create_live_session(
        coach.application_id, title, starts_at, arguments.minutes, key=context.key
    )
    return ToolResult(
        {"scheduled": starts_at.isoformat(), "when": when, "time_zone": coach.tz, "minutes": arguments.minutes,
         "title": title},
        f"Scheduled for {when}",
        Note("next_steps", "live_set", {"when": when, "title": title}),
        scores=True,
    )  # fmt: skip


def _in_zone(said: datetime, zone: ZoneInfo) -> datetime:
    """The moment that was said, in the coach's zone; one without an offset is the coach's own local time.

    A local time that comes twice, as clocks go back, is the first of the two. Raises ToolRetry for one that the clocks
    leave out as they go forward.
    """
    if said.tzinfo is not None:
        return said.astimezone(zone)
    local = said.replace(tzinfo=zone, fold=0)
    real = local.astimezone(UTC).astimezone(zone)
    if real.replace(tzinfo=None) != said.replace(fold=0):
        raise ToolRetry(
            f"{said:%H:%M} does not exist on {said:%Y-%m-%d} in {zone.key}: the clocks go forward over it. "
            f"{real:%H:%M} does; ask the coach whether that suits."
        )
    return local


def local_time(moment: datetime, coach: Coach) -> str:
    """A moment as the coach reads it: `Saturday 28 November at 10:00`, in her zone."""
    local = moment.astimezone(ZoneInfo(coach.tz))
    return format_datetime(local, "EEEE d MMMM 'at' HH:mm", locale="en_GB")


TOOL = Tool(
    "schedule_live_session", Arguments, schedule_live_session,
    scorecard_item=ScorecardItem.LIVE_SCHEDULED, changes_store=True,
)  # fmt: skip
