"""get_niche_benchmarks: what coaches like this one charge."""

from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies
from pydantic import BaseModel

from avery.domain import Coach
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Read what coaches of this coach's niche charge a month: the lowest, the average and the highest price, and whom
    the figures describe. Use it before suggesting a price, and when the coach asks what others charge. It knows no
    single coach's and no other company's price. The result says where the figures come from: say so too."""


async def get_niche_benchmarks(context: ToolContext, _: Arguments) -> ToolResult:
    """The prices of the narrowest group that is known, with whom they describe and where they come from."""
    coach = context.coach
    found = await context.services.benchmarks.lookup(coach.niche, coach.specialty, currency_of(coach))
    coach.data.benchmark = {
        "low": found.min_price.minor, "average": found.avg_price.minor, "high": found.max_price.minor,
        "currency": found.avg_price.currency, "source": found.source,
    }  # fmt: skip
    prices = {"low": found.min_price.text(), "average": found.avg_price.text(), "high": found.max_price.text()}
    shipped = found.source == "shipped"
    content = {
        "whom": found.narrowed_to,
        # The shipped table's head counts are as made up as the rest: nobody is to hear them as a fact.
        **({} if shipped else {"coaches": found.coach_count}),
        **prices,
        "interval": "month",
        "source": "illustrative figures that ship with Avery, not KLIQ's data" if shipped else "KLIQ's own coaches",
    }
    return ToolResult(
        content=content,
        summary="Looked up what coaches like you charge",
        note=Note("pricing", "benchmarks", {**prices, "niche": found.narrowed_to, "source": found.source}),
    )


def currency_of(coach: Coach) -> str:
    """What the coach thinks in: her price's currency, else that of her browser's country, else GBP."""
    if coach.store.price is not None:
        return coach.store.price.currency
    try:
        territory = Locale.parse(coach.locale, sep="-").territory
    except (UnknownLocaleError, ValueError):
        return "GBP"
    return (get_territory_currencies(territory) if territory else ["GBP"])[0]


TOOL = Tool("get_niche_benchmarks", Arguments, get_niche_benchmarks)
