"""set_subscription_price: what a subscriber pays."""

from decimal import Decimal
from typing import Literal

from babel.numbers import get_currency_precision, list_currencies
from pydantic import BaseModel, Field

from avery.domain import Coach, Money
from avery.errors import ToolRetry
from tools.tool import Note, Tool, ToolContext, ToolResult

MAX_MINOR = 1_000_000
"""In the currency's minor unit (£10,000); more is nearly always a slip, and far more KLIQ refuses."""


class Arguments(BaseModel):
    """Set the price of a subscription to the coach's store. Only one definite price that the coach named or agreed
    to: for a range, "something like" or "you choose", ask first."""

    amount: Decimal = Field(
        description="In whole units, e.g. 12.99; if the coach has not said, ask", ge=0, max_digits=12, decimal_places=3
    )
    currency: str | None = Field(
        None,
        description="ISO 4217 code of the currency that the coach named; leave it out if none was named",
        min_length=3,
        max_length=3,
    )
    interval: Literal["month", "year"] = Field(
        "month",
        description="How often it is paid; a price by the week or the session does not exist: ask for a month's",
    )


async def set_subscription_price(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Set the price; zero and absurd prices come back with what would do."""
    coach = context.coach
    currency = (arguments.currency or _on_the_table(coach)).upper()
    if currency not in list_currencies():
        raise ToolRetry(f"{arguments.currency} is no currency; use an ISO 4217 code such as GBP.")
    if arguments.amount == 0:
        raise ToolRetry("A subscription needs a price above zero; a coach who wants it free can skip pricing.")
    minor = arguments.amount * 10 ** get_currency_precision(currency)
    if minor != minor.to_integral_value():
        raise ToolRetry(f"{arguments.amount} {currency} has more decimals than that currency; round it with the coach.")
    price = Money(int(minor), currency)
    if price.minor > MAX_MINOR:
        limit = Money(MAX_MINOR, currency).text()
        return ToolResult(
            {"set": False, "reason": f"above the limit of {limit}"},
            "Price not changed",
            Note("pricing", "price_too_high", {"limit": limit}),
        )
    await context.services.kliq.put_pricing(coach.application_id, price, arguments.interval, key=context.key)
    text = price.text(coach.locale.replace("-", "_"))
    return ToolResult(
        content={"set": True, "price": text, "interval": arguments.interval},
        summary=f"Price set to {text} a {arguments.interval}",
        note=Note("pricing", "price_set", {"price": text, "interval": arguments.interval}),
    )


def _on_the_table(coach: Coach) -> str:
    """The currency of a bare number: that of the price so far, else of the benchmarks that she was shown."""
    if coach.store.price is not None:
        return coach.store.price.currency
    return str((coach.data.benchmark or {}).get("currency", "GBP"))


TOOL = Tool("set_subscription_price", Arguments, set_subscription_price, changes_store=True)
