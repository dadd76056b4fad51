"""update_scorecard: tick an item that was done outside this conversation, or untick it."""

from pydantic import BaseModel, Field

from avery.domain import ScorecardItem
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Mark an item of the scorecard as done, when the coach did it elsewhere; other tools tick theirs themselves."""

    item: ScorecardItem = Field(description="The scorecard item")
    done: bool = Field(True, description="False to take the mark back")


async def update_scorecard(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Write the mark at KLIQ."""
    coach = context.coach
    await context.services.kliq.put_scorecard(
        coach.application_id, {arguments.item.value: arguments.done}, key=context.key
    )
    label = arguments.item.value.replace("_", " ")
    return ToolResult(
        {"item": arguments.item.value, "done": arguments.done},
        f"{'Ticked' if arguments.done else 'Unticked'} “{label}”",
        Note("common", "scorecard_changed", {"item": label, "done": arguments.done}),
    )


TOOL = Tool("update_scorecard", Arguments, update_scorecard, changes_store=True)
