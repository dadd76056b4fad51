"""set_subscription_price: what a subscriber pays."""

from decimal import Decimal
from typing import Literal

from babel.numbers import get_currency_precision, list_currencies
from pydantic import BaseModel, Field

from avery.domain import Money
from avery.errors import ToolRetry
from tools.tool import Note, Tool, ToolContext, ToolResult

MAX_AMOUNT = 10_000
"""In whole units of the currency; KLIQ refuses more, and it is nearly always a slip."""


class Arguments(BaseModel):
    """Set the price of a subscription to the coach's store. Only a price that the coach named or agreed to."""

    amount: Decimal = Field(description="In whole units, e.g. 12.99", ge=0, max_digits=12, decimal_places=3)
    currency: str = Field("GBP", description="ISO 4217 code", min_length=3, max_length=3)
    interval: Literal["month", "year"] = Field("month", description="How often it is paid")


async def set_subscription_price(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Set the price; zero and absurd prices come back with what would do."""
    currency = arguments.currency.upper()
    if currency not in list_currencies():
        raise ToolRetry(f"{arguments.currency} is no currency; use an ISO 4217 code such as GBP.")
    if arguments.amount == 0:
        raise ToolRetry("A subscription needs a price above zero; a coach who wants it free can skip pricing.")
    if arguments.amount > MAX_AMOUNT:
        return ToolResult(
            {"set": False, "reason": f"above the limit of {MAX_AMOUNT}"},
            "Price not changed",
            Note("pricing", "price_too_high", {"limit": Money(MAX_AMOUNT * 100, currency).text()}),
        )
    price = Money(int((arguments.amount * 10 ** get_currency_precision(currency)).to_integral_value()), currency)
    coach = context.coach
    await context.services.kliq.put_pricing(coach.application_id, price, arguments.interval, key=context.key)
    text = price.text(coach.locale.replace("-", "_"))
    return ToolResult(
        content={"price": text, "interval": arguments.interval},
        summary=f"Price set to {text} a {arguments.interval}",
        note=Note("pricing", "price_set", {"price": text, "interval": arguments.interval}),
    )


TOOL = Tool("set_subscription_price", Arguments, set_subscription_price, changes_store=True)
