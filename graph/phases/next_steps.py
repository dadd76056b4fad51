"""next_steps: a first live session, and getting paid."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from avery.domain import Coach, PhaseName, ScorecardItem
from avery.protocol import Button
from graph import understand
from graph.phase import Ask, Phase
from graph.state import Call, Go, Move
from tools import Note


def read_live(text: str, coach: Coach, now: datetime) -> Move:
    """A day and a time, in one sentence or two: "tomorrow", then "at 6pm"."""
    held = coach.data.pending
    day = date.fromisoformat(held["value"]) if held.get("action") == "live_day" else None
    found = understand.when(text, now, coach.tz, day=day)
    if found is None:
        answer = understand.yes_no(text)
        if answer:
            return Note("next_steps", "live_when")
        return Go("decline", "live") if answer is False else None
    if found.past:
        return Note("next_steps", "live_past", {"when": text.strip()[:60]})
    if found.at is not None:
        coach.data.pending = {}
        return Call("schedule_live_session", {"starts_at": found.at.isoformat()})
    if found.missing == "time" and found.day is not None:
        coach.data.pending = {"action": "live_day", "value": found.day.isoformat()}
    return Note("next_steps", f"live_{found.missing or 'when'}")


def live_buttons(coach: Coach) -> list[Button]:
    """Two moments that suit most: tomorrow evening and the coming Saturday morning, in the coach's zone."""
    today = datetime.now(ZoneInfo(coach.tz)).replace(minute=0, second=0, microsecond=0)
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    moments = [(today + timedelta(days=1)).replace(hour=18), saturday.replace(hour=10)]
    return [
        Button(label=format_datetime(moment, "EEE d MMM, HH:mm", locale="en_GB"), action="schedule_live",
               value=moment.isoformat(), variant="primary" if number == 0 else "secondary")
        for number, moment in enumerate(moments)
    ]  # fmt: skip


def read_payouts(text: str, _: Coach, __: datetime) -> Move:
    """Whether to set up payouts now."""
    answer = understand.yes_no(text)
    if answer is None:
        return None
    return Call("setup_stripe", {}) if answer else Go("decline", "payouts")


PHASE = Phase(
    name=PhaseName.NEXT_STEPS,
    asks=(
        Ask("live", lambda coach: coach.scorecard[ScorecardItem.LIVE_SCHEDULED], read_live, optional=True,
            buttons=live_buttons),
        Ask("payouts", lambda coach: coach.subscription_price == 0, read_payouts, optional=True,
            line=lambda _: "ask_stripe"),
    ),
    is_complete=lambda _: True,
    tools=("schedule_live_session", "setup_stripe"),
)  # fmt: skip
