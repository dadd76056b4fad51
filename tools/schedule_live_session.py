"""schedule_live_session: put a live session into the store's calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from pydantic import BaseModel, Field

from avery.domain import Coach, ScorecardItem
from avery.errors import ToolRetry
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Schedule a live session on the coach's store. Ask for the day and time first if the coach has not said."""

    starts_at: datetime = Field(description="ISO 8601; without an offset it is the coach's own time zone")
    title: str | None = Field(None, max_length=120, description="What the session is called")
    minutes: int = Field(60, ge=10, le=240, description="How long it lasts")


async def schedule_live_session(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Schedule it; a time that has passed comes back with that reason."""
    coach = context.coach
    starts_at = arguments.starts_at
    if starts_at.tzinfo is None:
        starts_at = starts_at.replace(tzinfo=ZoneInfo(coach.tz))
    if starts_at <= datetime.now(UTC):
        return ToolResult(
            {"scheduled": False, "reason": "that time has passed"},
            "Not scheduled",
            Note("next_steps", "live_past", {"when": local_time(starts_at, coach)}),
        )
    if starts_at.year > datetime.now(UTC).year + 2:
        raise ToolRetry("That is more than two years away; ask the coach for a nearer day.")
    title = arguments.title or f"Live with {coach.preferred_name or 'your coach'}"
    await context.services.kliq.create_live_session(
        coach.application_id, title, starts_at, arguments.minutes, key=context.key
    )
    when = local_time(starts_at, coach)
    return ToolResult(
        {"scheduled": starts_at.isoformat(), "title": title},
        f"Scheduled for {when}",
        Note("next_steps", "live_set", {"when": when, "title": title}),
        scores=True,
    )


def local_time(moment: datetime, coach: Coach) -> str:
    """A moment as the coach reads it: `Saturday 28 November at 10:00`, in her zone."""
    local = moment.astimezone(ZoneInfo(coach.tz))
    return format_datetime(local, "EEEE d MMMM 'at' HH:mm", locale="en_GB")


TOOL = Tool(
    "schedule_live_session", Arguments, schedule_live_session,
    scorecard_item=ScorecardItem.LIVE_SCHEDULED, changes_store=True,
)  # fmt: skip
