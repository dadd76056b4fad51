"""get_niche_benchmarks and its sources, against BigQuery's REST on loopback and a real database."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from avery.clients.benchmarks import Benchmarks, cache_key
from avery.clients.bigquery import MAX_BYTES
from avery.domain import Coach, Money, Store
from avery.errors import SettingsError
from avery.services import Services, open_services
from avery.settings import Settings
from avery.store.pool import Pool
from tools import TOOLS, ToolContext, ToolResult

pytest.importorskip("google.cloud.bigquery", reason="the extra `bigquery`")
pytestmark = [
    pytest.mark.anyio,
    # Google's libraries announce, as they are imported, what they will support in another year.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

PROJECT = "rcwl-data"
COLUMNS = ("avg_price", "min_price", "max_price", "avg_mrr", "top_mrr", "avg_subs")
TYPICAL: tuple[Any, ...] = (14.99, 4.99, 39.5, 812.5, 9400.0, 54.0)


@dataclass
class Table:
    """BigQuery with one table: which columns it has, and what each group's figures are."""

    columns: tuple[str, ...] = ("niche", "specialty")
    groups: dict[tuple[str, str], list[tuple[Any, ...]]] = field(default_factory=dict)
    """(niche, specialty) as asked for to rows of (currency, the six figures, coach_count)."""
    status: int = 200
    held: threading.Event | None = None
    queries: list[dict[str, Any]] = field(default_factory=list)
    schemas_read: int = 0
    url: str = ""

    def settings(self) -> Settings:
        return Settings(bigquery_project=PROJECT)

    def asked(self) -> list[tuple[str, str]]:
        return [self.group(query) for query in self.queries]

    @staticmethod
    def group(query: dict[str, Any]) -> tuple[str, str]:
        given = {each["name"]: each["parameterValue"]["value"] for each in query.get("queryParameters", ())}
        return given.get("niche", ""), given.get("specialty", "")

    def get(self) -> dict[str, Any]:
        self.schemas_read += 1
        names = [("avg_sub_price", "FLOAT"), ("mrr", "FLOAT"), ("total_subs", "INTEGER")]
        fields = [{"name": name, "type": kind} for name, kind in [*names, *((name, "STRING") for name in self.columns)]]
        where = {"projectId": PROJECT, "datasetId": "powerbi_dashboard", "tableId": "d1_coach_growth_stages"}
        return {"kind": "bigquery#table", "tableReference": where, "schema": {"fields": fields}}

    def query(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.queries.append(asked)
        if self.held is not None:
            self.held.wait(20)
        rows = self.groups.get(self.group(asked), [])
        names = [("currency", "STRING"), *((name, "FLOAT") for name in COLUMNS), ("coach_count", "INTEGER")]
        return {
            "kind": "bigquery#queryResponse",
            "jobComplete": True,
            "jobReference": {"projectId": PROJECT, "jobId": "job", "location": "EU"},
            "totalRows": str(len(rows)),
            "schema": {"fields": [{"name": name, "type": kind} for name, kind in names]},
            "rows": [{"f": [{"v": None if value is None else str(value)} for value in row]} for row in rows],
        }


@pytest.fixture
def table() -> Iterator[Table]:
    held = Table()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(held.get() if "/tables/d1_coach_growth_stages" in self.path else None)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.answer(held.query(body) if self.path.partition("?")[0].endswith(f"/{PROJECT}/queries") else None)

        def answer(self, body: dict[str, Any] | None) -> None:
            status = 404 if body is None else held.status
            if status != 200:
                body = {"error": {"code": status, "message": "not today"}}
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        held.url = f"http://127.0.0.1:{server.server_port}"
        yield held
        if held.held is not None:
            held.held.set()
        server.shutdown()
        thread.join()


@pytest.fixture
async def services(database_url: str, tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(Settings(database_url=database_url, data_dir=tmp_path)) as opened:
        yield opened


def figures(*, currency: str = "GBP", price: float = 14.99, coaches: int = 40) -> tuple[Any, ...]:
    return (currency, price, *TYPICAL[1:], coaches)


async def run(services: Services, coach: Coach) -> ToolResult:
    tool = TOOLS["get_niche_benchmarks"]
    return await tool.run(ToolContext(coach, services, "key"), tool.parse({}))


# BigQuery -------------------------------------------------------------------------------------------------------------


async def test_the_spec_s_query_goes_out_with_the_coach_s_words_as_parameters_only(pool: Pool, table: Table) -> None:
    table.groups = {("wellness", "o'brien`s yoga; drop table"): [figures()]}
    found = await Benchmarks(pool, table.settings(), endpoint=table.url).lookup(
        "wellness", "O'Brien`s Yoga; DROP TABLE"
    )
    (sent,) = table.queries
    assert "FROM `rcwl-data.powerbi_dashboard.d1_coach_growth_stages`" in sent["query"]
    assert "total_subs > 0" in sent["query"]
    for line in (
        "ROUND(AVG(avg_sub_price), 2) as avg_price",
        "ROUND(MAX(mrr), 2) as top_mrr",
        "COUNT(*) as coach_count",
    ):
        assert line in sent["query"]
    assert "brien" not in sent["query"].casefold()
    assert sent["parameterMode"] == "NAMED"
    assert sent["maximumBytesBilled"] == str(MAX_BYTES)
    assert sent["useLegacySql"] is False
    assert (found.source, found.avg_price, found.min_price, found.max_price) == (
        "bigquery", Money(1499), Money(499), Money(3950),
    )  # fmt: skip
    assert (found.avg_mrr, found.top_mrr, found.avg_subs, found.coach_count) == (Money(81250), Money(940000), 54, 40)


async def test_a_group_of_nobody_or_with_gaps_or_too_small_gives_way_to_the_wider_one(pool: Pool, table: Table) -> None:
    table.groups = {
        ("wellness", "yoga"): [("GBP", None, None, None, None, None, None, 0)],
        ("wellness", ""): [figures(coaches=2)],
        ("", ""): [figures(price=19.99)],
    }
    found = await Benchmarks(pool, table.settings(), endpoint=table.url).lookup("wellness", "yoga")
    assert table.asked() == [("wellness", "yoga"), ("wellness", ""), ("", "")]
    assert (found.avg_price, found.narrowed_to) == (Money(1999), "coaches on KLIQ")


async def test_a_table_without_niches_is_asked_for_all_coaches_alone(pool: Pool, table: Table) -> None:
    table.columns, table.groups = (), {("", ""): [figures()]}
    found = await Benchmarks(pool, table.settings(), endpoint=table.url).lookup("wellness", "yoga")
    assert table.asked() == [("", "")]
    assert (found.source, found.narrowed_to) == ("bigquery", "coaches on KLIQ")
    assert table.schemas_read == 1


async def test_a_table_that_has_nobody_at_all_leaves_it_to_the_shipped_one(pool: Pool, table: Table) -> None:
    found = await Benchmarks(pool, table.settings(), endpoint=table.url).lookup("wellness", "yoga")
    assert (found.source, found.narrowed_to) == ("shipped", "yoga teachers")


async def test_a_currency_column_is_used_and_the_coach_s_own_currency_preferred(pool: Pool, table: Table) -> None:
    table.columns = ("Niche", "Currency")
    table.groups = {("wellness", ""): [figures(), figures(currency="USD", price=18.0), figures(currency="???")]}
    asked = Benchmarks(pool, table.settings(), endpoint=table.url)
    assert (await asked.lookup("wellness", None, "USD")).avg_price == Money(1800, "USD")
    assert (await asked.lookup("wellness", None, "JPY")).avg_price == Money(1499, "GBP")
    (sent,) = table.queries
    assert "UPPER(TRIM(`Currency`)) as currency" in sent["query"]
    assert "GROUP BY currency" in sent["query"]


async def test_an_answer_serves_for_a_day_for_every_process_and_is_asked_for_once(pool: Pool, table: Table) -> None:
    table.groups = {("wellness", "yoga"): [figures()]}
    first = Benchmarks(pool, table.settings(), endpoint=table.url)
    await asyncio.gather(*(first.lookup("wellness", said) for said in ("yoga", "Yoga", " YOGA ") * 3))
    second = Benchmarks(pool, table.settings(), endpoint=table.url)
    assert (await second.lookup("wellness", "yoga")).source == "bigquery"
    assert len(table.queries) == 1
    await age(pool, "wellness", "yoga")
    table.groups = {("wellness", "yoga"): [figures(price=20.0)]}
    assert (await second.lookup("wellness", "yoga")).avg_price == Money(2000)


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_yesterday_s_answer_serves_where_bigquery_fails_and_the_shipped_one_where_there_is_none(
    pool: Pool, table: Table, status: int
) -> None:
    table.groups = {("wellness", "yoga"): [figures()]}
    asked = Benchmarks(pool, table.settings(), endpoint=table.url)
    await asked.lookup("wellness", "yoga")
    await age(pool, "wellness", "yoga")
    table.status = status
    assert (await asked.lookup("wellness", "yoga")).source == "bigquery"
    assert (await asked.lookup("business", None)).source == "shipped"
    # One question found the outage; the others were spared.
    assert len(table.queries) == 2


async def test_a_slow_answer_is_not_waited_for_and_serves_the_next_coach(pool: Pool, table: Table) -> None:
    table.held, table.groups = threading.Event(), {("wellness", ""): [figures()]}
    asked = Benchmarks(pool, table.settings(), endpoint=table.url, patience=0.3)
    assert (await asked.lookup("wellness", None)).source == "shipped"
    table.held.set()
    async with asyncio.timeout(10):
        while (await asked.lookup("wellness", None)).source != "bigquery":
            pass
    assert table.asked() == [("wellness", "")]


@pytest.mark.parametrize("project", ["x", "rcwl data", "rcwl-data`; DROP TABLE x", "RCWL-DATA", "https://example.com"])
async def test_a_project_that_cannot_be_one_is_told_at_the_start(pool: Pool, project: str) -> None:
    with pytest.raises(SettingsError, match=f"AVERY_BIGQUERY_PROJECT is {re.escape(repr(project))}"):
        Benchmarks(pool, Settings(bigquery_project=project))


async def age(pool: Pool, niche: str, specialty: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE avery_cache SET expires_at = now() - interval '1 second' WHERE key = %s",
            (cache_key(PROJECT, niche, specialty),),
        )


# The tool -------------------------------------------------------------------------------------------------------------


async def test_the_tool_says_whom_the_figures_describe_and_that_shipped_ones_are_illustrative(
    services: Services,
) -> None:
    coach = Coach(1, 1, niche="wellness", specialty="Yoga")
    result = await run(services, coach)
    assert result.content["whom"] == "yoga teachers"
    assert "illustrative" in result.content["source"]
    assert result.note.facts["source"] == "shipped"
    assert coach.data.benchmark is not None
    assert {"low", "average", "high", "currency", "source"} == coach.data.benchmark.keys()


async def test_the_tool_says_when_the_figures_are_kliq_s_own(services: Services, table: Table) -> None:
    table.groups = {("wellness", ""): [figures()]}
    real = replace(services, benchmarks=Benchmarks(services.pool, table.settings(), endpoint=table.url))
    coach = Coach(1, 1, niche="wellness")
    result = await run(real, coach)
    assert result.content == {
        "whom": "wellness coaches", "coaches": 40, "low": "£4.99", "average": "£14.99", "high": "£39.50",
        "interval": "month", "source": "KLIQ's own coaches",
    }  # fmt: skip
    assert coach.data.benchmark == {
        "low": 499, "average": 1499, "high": 3950, "currency": "GBP", "source": "bigquery",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "price", "currency"),
    [
        ("en-US", None, "USD"), ("de-DE", None, "EUR"), ("en-GB", None, "GBP"), ("en", None, "GBP"),
        ("zz-??", None, "GBP"), ("en-US", Money(999, "EUR"), "EUR"), ("en-AU", None, "GBP"),
    ],
)  # fmt: skip
async def test_shipped_figures_are_in_the_coach_s_currency(
    services: Services, locale: str, price: Money | None, currency: str
) -> None:
    coach = Coach(1, 1, niche="fitness", locale=locale, store=Store(price=price))
    await run(services, coach)
    assert coach.data.benchmark is not None
    assert coach.data.benchmark["currency"] == currency
