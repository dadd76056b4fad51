"""pricing: what a subscriber pays."""

from datetime import datetime
from decimal import Decimal

from babel.numbers import get_currency_precision

from avery.domain import Coach, Money, PhaseName
from avery.protocol import Button
from graph import understand
from graph.phase import Ask, Facts, Phase
from graph.state import Call, Go, Move
from tools import Note


def read_price(text: str, coach: Coach, _: datetime) -> Move:
    """A price in whatever form; "free", a range and a bare yes have answers of their own."""
    if spread := understand.price_range(text):
        low, high = spread
        middle = Money((low.minor + high.minor) // 2, low.currency)
        coach.data.pending = {"action": "price", "value": str(middle.minor), "currency": middle.currency}
        return Note("pricing", "price_range", {"low": low.text(), "high": high.text(), "middle": middle.text()})
    found = understand.price(text)
    if found is not None:
        return price_move(found)
    answer = understand.yes_no(text)
    if answer:
        pending = coach.data.pending
        if pending.get("action") == "price":
            return set_price(Money(int(pending["value"]), pending["currency"]), "month")
        if coach.data.benchmark:
            return set_price(suggested(coach)[1], "month")
    return Go("skip") if answer is False else None


def price_move(found: understand.PriceFound) -> Move:
    """The move for a price that was found: KLIQ sells by the month or the year."""
    if found.free or found.money is None:
        return Note("pricing", "price_free")
    if found.interval in ("week", "session"):
        return Note("pricing", "interval_unknown", {"interval": found.interval, "price": found.money.text()})
    return set_price(found.money, found.interval or "month")


def set_price(money: Money, interval: str) -> Call:
    """The tool call for an amount."""
    amount = Decimal(money.minor) / 10 ** get_currency_precision(money.currency)
    return Call("set_subscription_price", {"amount": str(amount), "currency": money.currency, "interval": interval})


def suggested(coach: Coach) -> tuple[Money, Money, Money]:
    """Low, middle and high from the niche's benchmarks, each a price that one would put on a door (…9.99)."""
    found = coach.data.benchmark or {"low": 999, "average": 1499, "high": 2999, "currency": "GBP"}
    low, average, high = (int(found[name]) for name in ("low", "average", "high"))
    steps = sorted({_charm((low + average) // 2), _charm(average), _charm((average + high) // 2)})
    while len(steps) < 3:
        steps.append(steps[-1] + 500)
    return tuple(Money(minor, str(found["currency"])) for minor in steps[:3])  # type: ignore[return-value]


def _charm(minor: int) -> int:
    return max(499, round(minor / 500) * 500 - 1)


def price_facts(coach: Coach) -> Facts:
    low, average, high = suggested(coach)
    found = coach.data.benchmark or {}
    return {"low": low.text(), "average": average.text(), "high": high.text(),
            "source": "illustrative" if found.get("source", "shipped") == "shipped" else "KLIQ"}  # fmt: skip


def price_buttons(coach: Coach) -> list[Button]:
    """Three prices to tap, the middle one first among equals."""
    return [
        Button(label=f"{price.text()} a month", action="set_price", value=f"{price.minor} {price.currency} month",
               variant="primary" if number == 1 else "secondary")
        for number, price in enumerate(suggested(coach))
    ]  # fmt: skip


PHASE = Phase(
    name=PhaseName.PRICING,
    asks=(
        Ask(
            "price",
            lambda coach: coach.subscription_price > 0,
            read_price,
            facts=price_facts,
            buttons=price_buttons,
            before=lambda coach, _: None if coach.data.benchmark else Call("get_niche_benchmarks", {}),
        ),
    ),
    is_complete=lambda coach: coach.subscription_price > 0,
    tools=("set_subscription_price", "get_niche_benchmarks"),
)
