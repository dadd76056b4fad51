"""What coaches of a niche charge and earn: the numbers behind a price suggestion."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from avery.domain import Money

_SHIPPED = Path(__file__).with_name("benchmarks.toml")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A group of coaches in numbers (spec ticket 2.2's columns); all amounts in one currency."""

    avg_price: Money
    """A month's subscription."""
    min_price: Money
    max_price: Money
    avg_mrr: Money
    """A coach's monthly recurring revenue."""
    top_mrr: Money
    avg_subs: int
    coach_count: int
    source: Literal["shipped", "bigquery"]
    """`shipped` figures are illustrative, and are called so wherever they are shown."""
    narrowed_to: str
    """Whom the numbers describe, in the plural: `yoga teachers`, `wellness coaches`, `coaches on KLIQ`."""


class _Amounts(msgspec.Struct, forbid_unknown_fields=True):
    avg_price: int
    min_price: int
    max_price: int
    avg_mrr: int
    top_mrr: int


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    niche: str
    label: str
    avg_subs: int
    coach_count: int
    GBP: _Amounts
    USD: _Amounts
    EUR: _Amounts
    specialty: str = ""
    words: list[str] = []


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    source: Literal["illustrative"]
    row: list[_Row]


class Benchmarks:
    """The benchmarks that Avery may quote: the shipped table."""

    async def lookup(self, niche: str | None, specialty: str | None, currency: str = "GBP") -> Benchmark:
        """The narrowest group that fits: the specialty's, else the niche's, else all coaches.

        A currency other than GBP, USD and EUR is answered in GBP: the amounts say so themselves.
        """
        row = _narrowest(_rows(), niche or "", (specialty or "").casefold())
        currency = currency if currency in ("USD", "EUR") else "GBP"
        amounts: _Amounts = getattr(row, currency)
        return Benchmark(
            avg_price=Money(amounts.avg_price, currency),
            min_price=Money(amounts.min_price, currency),
            max_price=Money(amounts.max_price, currency),
            avg_mrr=Money(amounts.avg_mrr, currency),
            top_mrr=Money(amounts.top_mrr, currency),
            avg_subs=row.avg_subs,
            coach_count=row.coach_count,
            source="shipped",
            narrowed_to=row.label,
        )


def _narrowest(rows: list[_Row], niche: str, specialty: str) -> _Row:
    of_niche = [row for row in rows if row.niche == niche]
    best = max(of_niche, key=lambda row: _said(row.words, specialty), default=None)
    if best is not None and _said(best.words, specialty):
        return best
    whole = [row for row in of_niche if not row.specialty] or [row for row in rows if not row.niche]
    return whole[0]


def _said(words: list[str], text: str) -> int:
    """How much of `text` the words account for, in characters: the longest hit is the most telling."""
    return max((len(word) for word in words if re.search(rf"\b{re.escape(word)}\b", text)), default=0)


@lru_cache(maxsize=1)
def _rows() -> list[_Row]:
    table = msgspec.convert(tomllib.loads(_SHIPPED.read_text(encoding="utf-8")), _Table)
    return table.row
