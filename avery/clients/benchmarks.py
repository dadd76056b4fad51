"""What coaches of a niche charge and earn: the numbers behind a price suggestion."""

from __future__ import annotations

import asyncio
import logging
import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from avery.clients.bigquery import Figures, GrowthStages, installed
from avery.domain import Money
from avery.settings import Settings
from avery.store import cache
from avery.store.pool import Pool

KEPT = timedelta(days=1)
PATIENCE = 4.0
"""Seconds; an answer that comes later is kept all the same."""
REST = 60
"""Seconds without a question after one that failed: an outage must not cost each coach the whole patience."""
FEWEST = 3
"""Coaches in a group that may be quoted: the figures of one or two would be somebody's own."""

_SHIPPED = Path(__file__).with_name("benchmarks.toml")
_log = logging.getLogger(__name__)


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
    """The benchmarks that Avery may quote: BigQuery's where a project is configured, else the shipped table's.

    `endpoint` as for `GrowthStages`; `patience`: seconds that a coach waits for BigQuery. Raises SettingsError where
    the project's id cannot be one.
    """

    def __init__(
        self, pool: Pool, settings: Settings, *, endpoint: str | None = None, patience: float = PATIENCE
    ) -> None:
        self._pool = pool
        self._patience = patience
        self._coaches: GrowthStages | None = None
        self._running: dict[str, asyncio.Task[list[Figures]]] = {}
        self._rests_until = 0.0
        if settings.bigquery_project is not None:
            self._coaches = GrowthStages(settings.bigquery_project, endpoint=endpoint)
            if not installed():
                self._coaches = None
                _log.warning(
                    "AVERY_BIGQUERY_PROJECT is set, but google-cloud-bigquery is not installed (the extra `bigquery`): "
                    "the benchmarks are the shipped, illustrative ones"
                )

    async def lookup(self, niche: str | None, specialty: str | None, currency: str = "GBP") -> Benchmark:
        """The narrowest group that fits and is large enough: the specialty's, else the niche's, else all coaches.

        Amounts are in `currency` where there are any in it, else in GBP: they say so themselves. Never fails for
        BigQuery's sake: yesterday's answer serves, or the shipped table.
        """
        deadline = asyncio.get_running_loop().time() + self._patience
        for asked in _widening(niche or None, specialty or None) if self._coaches else ():
            figures = await self._figures(self._coaches, *asked, deadline) if self._coaches else []
            by_currency = {each.currency: each for each in figures if each.coach_count >= FEWEST}
            found = by_currency.get(currency) or by_currency.get("GBP")
            if found is not None:
                return _benchmark(found, "bigquery", _whom(*asked))
        return shipped(niche, specialty, currency)

    async def _figures(
        self, coaches: GrowthStages, niche: str | None, specialty: str | None, deadline: float
    ) -> list[Figures]:
        """A group's figures, a day old at most where BigQuery answers in time; else older ones, else none."""
        key = cache_key(coaches.project, niche, specialty)
        async with self._pool.connection() as connection:
            kept = await cache.get(connection, key)
        if kept is not None and kept.fresh:
            return msgspec.convert(kept.value, list[Figures])
        loop = asyncio.get_running_loop()
        if key not in self._running and self._rests_until <= loop.time() < deadline:
            task = asyncio.create_task(self._refresh(coaches, key, niche, specialty))
            self._running[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        if (running := self._running.get(key)) is not None:
            # Whoever gives up waiting leaves it running: its answer is there for the next coach.
            await asyncio.wait([running], timeout=max(0.0, deadline - loop.time()))
            if running.done() and not running.cancelled() and running.exception() is None:
                return running.result()
        return msgspec.convert(kept.value, list[Figures]) if kept is not None else []

    async def _refresh(
        self, coaches: GrowthStages, key: str, niche: str | None, specialty: str | None
    ) -> list[Figures]:
        found = await coaches.read(niche, specialty)
        async with self._pool.connection() as connection:
            await cache.put(connection, key, msgspec.to_builtins(found), KEPT)
        return found

    def _ended(self, key: str, task: asyncio.Task[list[Figures]]) -> None:
        del self._running[key]
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._rests_until = asyncio.get_running_loop().time() + REST
        _log.warning("benchmarks not read, next try in %d s: %s", REST, error)


def cache_key(project: str, niche: str | None, specialty: str | None) -> str:
    """Where a group's figures are kept: the same for one thing said in two ways of writing."""
    said = [" ".join((part or "").casefold().split()) for part in (niche, specialty)]
    return "\n".join(["benchmarks", project, *said])


def shipped(niche: str | None, specialty: str | None, currency: str = "GBP") -> Benchmark:
    """The shipped table's narrowest group. A currency other than GBP, USD and EUR is answered in GBP."""
    row = _narrowest(_rows(), niche or "", (specialty or "").casefold())
    currency = currency if currency in ("USD", "EUR") else "GBP"
    amounts: _Amounts = getattr(row, currency)
    figures = Figures(currency, **msgspec.structs.asdict(amounts), avg_subs=row.avg_subs, coach_count=row.coach_count)
    return _benchmark(figures, "shipped", row.label)


def _benchmark(figures: Figures, source: Literal["shipped", "bigquery"], whom: str) -> Benchmark:
    currency = figures.currency
    return Benchmark(
        avg_price=Money(figures.avg_price, currency),
        min_price=Money(figures.min_price, currency),
        max_price=Money(figures.max_price, currency),
        avg_mrr=Money(figures.avg_mrr, currency),
        top_mrr=Money(figures.top_mrr, currency),
        avg_subs=figures.avg_subs,
        coach_count=figures.coach_count,
        source=source,
        narrowed_to=whom,
    )


def _widening(niche: str | None, specialty: str | None) -> list[tuple[str | None, str | None]]:
    """What to ask for, the narrowest first, each once."""
    return list(dict.fromkeys([(niche, specialty), (niche, None), (None, None)]))


def _whom(niche: str | None, specialty: str | None) -> str:
    group = f"{niche} coaches" if niche else "coaches on KLIQ"
    return f"{group} with a specialty like yours" if specialty else group


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
