"""get_store_analytics: how the store is doing."""

from pydantic import BaseModel

from avery.protocol import Preview
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Read how the coach's store is doing: visits, subscribers, posts. Use it for "how am I doing?"."""


async def get_store_analytics(context: ToolContext, _: Arguments) -> ToolResult:
    """The store's numbers and the scorecard, as KLIQ has them."""
    coach = context.coach
    numbers = await context.services.kliq.get_analytics(coach.application_id)
    done = sum(coach.scorecard.values())
    shown = "\n".join(
        f"{name.replace('_', ' ').capitalize()}: {value}"
        for name, value in numbers.items()
        if isinstance(value, int | float | str) and not isinstance(value, bool)
    )
    return ToolResult(
        content={"analytics": numbers, "scorecard": coach.scorecard},
        summary="Looked at your store's numbers",
        note=Note(
            "common",
            "analytics",
            {"done": done, "total": len(coach.scorecard), "numbers": numbers},
            previews=(Preview(type="analytics", title="Your store so far", content=shown),),
        ),
    )


TOOL = Tool("get_store_analytics", Arguments, get_store_analytics)
