"""get_niche_benchmarks: what coaches like this one charge."""

from pydantic import BaseModel

from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Read KLIQ's price benchmarks for the coach's niche. Use it before suggesting a price, and when the coach asks
    what others charge."""


async def get_niche_benchmarks(context: ToolContext, _: Arguments) -> ToolResult:
    """The niche's prices, with where they come from: a shipped table says that it is one."""
    coach = context.coach
    found = await context.services.benchmarks.lookup(coach.niche, coach.specialty, "GBP")
    coach.data.benchmark = {
        "low": found.min_price.minor, "average": found.avg_price.minor, "high": found.max_price.minor,
        "currency": found.avg_price.currency, "source": found.source,
    }  # fmt: skip
    facts = {
        "low": found.min_price.text(), "average": found.avg_price.text(), "high": found.max_price.text(),
        "niche": coach.niche or "coaching", "source": found.source,
    }  # fmt: skip
    origin = "an illustrative table that ships with Avery" if found.source == "shipped" else "KLIQ's coaches"
    return ToolResult(
        content={**facts, "coaches": found.coach_count, "source": origin},
        summary="Looked up what coaches like you charge",
        note=Note("pricing", "benchmarks", facts),
    )


TOOL = Tool("get_niche_benchmarks", Arguments, get_niche_benchmarks)
