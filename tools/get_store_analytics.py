"""get_store_analytics: how the store is doing."""

from typing import Any

from pydantic import BaseModel

from avery.domain import Money
from avery.protocol import Preview
from tools.tool import Note, Tool, ToolContext, ToolResult

MOST_READ = 3


class Arguments(BaseModel):
    """Read how the coach's store did in the last 30 days (visits, subscribers, revenue, posts) and what is ticked on
    the scorecard. Use it for "how am I doing?". Tell only figures that are in the result."""


async def get_store_analytics(context: ToolContext, _: Arguments) -> ToolResult:
    """The store's numbers and the scorecard, as KLIQ has them."""
    coach = context.coach
    numbers = _figures(await context.services.kliq.get_analytics(coach.application_id))
    done = sum(coach.scorecard.values())
    shown = "\n".join(
        f"{name.replace('_', ' ').capitalize()}: {value}"
        for name, value in numbers.items()
        if not isinstance(value, list)
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


def _figures(analytics: dict[str, Any]) -> dict[str, Any]:
    """The plain numbers, the revenue as a person reads it, and the three posts that were read most."""
    figures: dict[str, Any] = {
        name: value
        for name, value in analytics.items()
        if isinstance(value, int | float | str) and not isinstance(value, bool)
    }
    match analytics.get("revenue"):
        case {"minor": int(minor), "currency": str(currency)}:
            figures["revenue"] = Money(minor, currency).text()
    match analytics.get("blog_views"):
        case [*posts]:
            figures["most_read_posts"] = [
                {"title": str(post.get("title"))[:80], "views": post.get("views")} for post in posts[:MOST_READ]
            ]
    return figures


TOOL = Tool("get_store_analytics", Arguments, get_store_analytics)
