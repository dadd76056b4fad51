"""update_scorecard: tick an item that was done elsewhere, or untick it; skip a phase, or take one up again."""

from typing import Literal

from pydantic import BaseModel, Field

from avery.domain import PHASE_ORDER, ScorecardItem
from avery.errors import ToolRetry
from tools.tool import Note, Tool, ToolContext, ToolResult

Step = Literal["discovery", "social_connect", "content_import", "profile_setup", "pricing", "launch", "next_steps"]
STATUSES = {"item": ("done", "not_done"), "phase": ("skipped", "open")}


class Arguments(BaseModel):
    """Move through the onboarding, or mark what the coach did elsewhere. With `phase`: `skipped` when the coach wants
    to skip it or says no to its question, `open` to go to it, back to it, or to take it up again. With `item`: `done`
    when the coach did it outside this conversation, `not_done` to take the mark back; other tools tick theirs.
    """

    phase: Step | None = Field(None, description="The phase to skip or to go to; then no item")
    item: ScorecardItem | None = Field(None, description="The scorecard item to mark; then no phase")
    status: Literal["skipped", "open", "done", "not_done"] = Field(
        description="For a phase skipped or open, for an item done or not_done"
    )


async def update_scorecard(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Hand a phase's change to the graph, or write an item's mark at KLIQ. ToolRetry where the two are mixed up."""
    given = [name for name in STATUSES if getattr(arguments, name) is not None]
    if len(given) != 1 or arguments.status not in STATUSES[given[0]]:
        raise ToolRetry("Give a phase with skipped or open, or an item with done or not_done.")
    if arguments.phase is not None:
        return _move(arguments.phase, arguments.status)
    assert arguments.item is not None
    coach, item, is_done = context.coach, arguments.item.value, arguments.status == "done"
    await context.services.kliq.put_scorecard(coach.application_id, {item: is_done}, key=context.key)
    label = item.replace("_", " ")
    return ToolResult(
        {"item": item, "status": arguments.status},
        f"{'Ticked' if is_done else 'Unticked'} “{label}”",
        Note("common", "scorecard_changed", {"item": label, "done": is_done}),
    )


def _move(phase: str, status: str) -> ToolResult:
    assert phase in PHASE_ORDER
    skips = status == "skipped"
    return ToolResult(
        {"phase": phase, "status": status},
        "Skipped that step" if skips else "Went to that step",
        Note("common", "skipped" if skips else "taken_up", {"phase": phase}),
        go=("skip" if skips else "goto", phase),
    )


TOOL = Tool("update_scorecard", Arguments, update_scorecard, changes_store=True)
