"""The tools that change or read the store, run by themselves against the sandbox KLIQ over HTTP."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from avery.domain import Coach, Money
from avery.errors import ToolRetry
from avery.services import Services, open_services
from avery.settings import Settings
from tools import TOOLS, ToolContext, ToolResult

pytestmark = pytest.mark.anyio


@pytest.fixture
async def services(database_url: str, tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(Settings(database_url=database_url, data_dir=tmp_path)) as opened:
        yield opened


@pytest.fixture
async def coach(services: Services) -> Coach:
    found = Coach(7, 7, preferred_name="Sam", niche="wellness")
    found.store = await services.kliq.get_store(7)
    return found


async def run(services: Services, coach: Coach, name: str, key: str = "turn:call", **arguments: Any) -> ToolResult:
    """The tool as the executor runs it, with the store read again after it."""
    tool = TOOLS[name]
    result = await tool.run(ToolContext(coach, services, key), tool.parse(arguments))
    coach.store = await services.kliq.get_store(coach.application_id)
    assert len(json.dumps(result.content, ensure_ascii=False).encode()) < 2048
    return result


# schedule_live_session ------------------------------------------------------------------------------------------------


def next_sunday_of(month: int, zone: str) -> str:
    """The last Sunday of a March or an October to come: the day on which Europe's clocks change."""
    now = datetime.now(ZoneInfo(zone))
    year = now.year + 1
    day = datetime(year, month, 31, tzinfo=UTC)
    return (day - timedelta(days=(day.weekday() + 1) % 7)).strftime("%Y-%m-%d")


async def test_a_time_without_an_offset_is_the_coach_s_own(services: Services, coach: Coach) -> None:
    coach.tz = "America/New_York"
    said = (datetime.now(ZoneInfo(coach.tz)) + timedelta(days=3)).strftime("%Y-%m-%dT18:00")
    result = await run(services, coach, "schedule_live_session", starts_at=said)
    (start,) = coach.store.live_sessions
    assert datetime.fromisoformat(start) == datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(coach.tz))
    assert result.content["when"].endswith("at 18:00")
    assert result.scores


async def test_a_time_in_another_zone_is_told_in_the_coach_s(services: Services, coach: Coach) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d")
    coach.tz = "Asia/Tokyo"
    result = await run(services, coach, "schedule_live_session", starts_at=f"{day}T09:00+00:00", minutes=45)
    assert result.content["when"].endswith("at 18:00")
    assert (result.content["minutes"], result.content["title"]) == (45, "Live with Sam")


async def test_a_time_that_the_clocks_leave_out_comes_back_with_the_one_that_is_there(
    services: Services, coach: Coach
) -> None:
    day = next_sunday_of(3, coach.tz)
    with pytest.raises(ToolRetry, match=f"01:30 does not exist on {day} in Europe/London.*02:30 does"):
        await run(services, coach, "schedule_live_session", starts_at=f"{day}T01:30:00")


async def test_a_time_that_comes_twice_is_the_first(services: Services, coach: Coach) -> None:
    day = next_sunday_of(10, coach.tz)
    await run(services, coach, "schedule_live_session", starts_at=f"{day}T01:30:00")
    assert datetime.fromisoformat(coach.store.live_sessions[0]) == datetime.fromisoformat(f"{day}T00:30+00:00")


async def test_a_time_that_has_passed_comes_back_with_what_time_it_is(services: Services, coach: Coach) -> None:
    coach.tz = "Pacific/Auckland"
    yesterday = datetime.now(ZoneInfo(coach.tz)) - timedelta(days=1)
    result = await run(services, coach, "schedule_live_session", starts_at=yesterday.strftime("%Y-%m-%dT%H:%M"))
    assert (result.content["scheduled"], result.scores) == (False, False)
    assert "has passed" in result.content["reason"]
    assert str(datetime.now(ZoneInfo(coach.tz)).year) in result.content["now"]
    assert coach.store.live_sessions == ()


@pytest.mark.parametrize("said", ["2031-11-28", "tomorrow", "18:00", 1795888800, "0001-01-01T00:00", ""])
async def test_a_day_without_a_time_is_no_midnight(services: Services, coach: Coach, said: object) -> None:
    with pytest.raises(ValidationError, match="date and a time"):
        await run(services, coach, "schedule_live_session", starts_at=said)


@pytest.mark.parametrize("said", ["2999-01-01T10:00", "9999-12-31T23:59"])
async def test_a_day_in_another_age_is_asked_for_again(services: Services, coach: Coach, said: str) -> None:
    with pytest.raises(ToolRetry, match="two years"):
        await run(services, coach, "schedule_live_session", starts_at=said)


@pytest.mark.parametrize("minutes", [0, 9, 241, -5])
async def test_a_session_lasts_ten_minutes_to_four_hours(services: Services, coach: Coach, minutes: int) -> None:
    with pytest.raises(ValidationError, match="minutes"):
        await run(services, coach, "schedule_live_session", starts_at="2031-11-28T18:00", minutes=minutes)


# set_subscription_price -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "price"),
    [
        ({"amount": 12.99, "currency": "GBP"}, Money(1299)),
        ({"amount": "15", "currency": "usd"}, Money(1500, "USD")),
        ({"amount": 1500, "currency": "JPY"}, Money(1500, "JPY")),
        ({"amount": Decimal("4.500"), "currency": "KWD"}, Money(4500, "KWD")),
        ({"amount": 10_000, "currency": None, "interval": "year"}, Money(1_000_000)),
    ],
)
async def test_a_price_is_set_to_the_penny(
    services: Services, coach: Coach, given: dict[str, Any], price: Money
) -> None:
    result = await run(services, coach, "set_subscription_price", **given)
    assert coach.store.price == price
    assert result.content["set"] is True


async def test_a_bare_number_is_in_the_currency_that_is_on_the_table(services: Services, coach: Coach) -> None:
    coach.data.benchmark = {"low": 599, "average": 1899, "high": 4999, "currency": "EUR", "source": "shipped"}
    await run(services, coach, "set_subscription_price", key="first", amount=15)
    assert coach.store.price == Money(1500, "EUR")
    await run(services, coach, "set_subscription_price", key="second", amount=15, currency="USD")
    await run(services, coach, "set_subscription_price", key="third", amount=16)
    assert coach.store.price == Money(1600, "USD")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"amount": 0}, "above zero"),
        ({"amount": 12, "currency": "ABC"}, "ISO 4217"),
        ({"amount": "12.999"}, "decimals"),
        ({"amount": "12.5", "currency": "JPY"}, "decimals"),
    ],
)
async def test_a_price_that_does_not_do_comes_back_with_what_would(
    services: Services, coach: Coach, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(ToolRetry, match=says):
        await run(services, coach, "set_subscription_price", **given)
    assert coach.store.price is None


async def test_a_price_above_the_limit_is_told_with_the_limit(services: Services, coach: Coach) -> None:
    result = await run(services, coach, "set_subscription_price", amount="10000.01")
    assert result.content == {"set": False, "reason": "above the limit of £10,000"}
    assert coach.store.price is None


# apply_store_template, get_store_analytics, setup_stripe --------------------------------------------------------------


async def test_without_a_name_the_niche_s_looks_are_listed_and_nothing_changes(
    services: Services, coach: Coach
) -> None:
    before = coach.store.theme
    listed = await run(services, coach, "apply_store_template")
    unknown = await run(services, coach, "apply_store_template", template="Brutalist chic")
    assert listed.content["applied"] is False
    assert listed.content["templates"] == unknown.content["templates"] != []
    assert unknown.content["reason"] == "no template of that name"
    assert coach.store.theme == before
    chosen = listed.content["templates"][1]
    applied = await run(services, coach, "apply_store_template", template=f" {chosen['name'].upper()} ")
    assert applied.content == {"applied": chosen["id"]}
    assert coach.store.theme == chosen["id"]


async def test_the_store_s_numbers_are_plain_and_few(services: Services, coach: Coach) -> None:
    await run(services, coach, "set_subscription_price", amount=15, currency="EUR")
    result = await run(services, coach, "get_store_analytics")
    numbers = result.content["analytics"]
    assert (numbers["visits"], numbers["subscribers"], numbers["revenue"]) == (0, 0, "€0")
    assert result.content["scorecard"] == coach.scorecard
    assert "Revenue: €0" in result.note.previews[0].content


async def test_the_stripe_link_reaches_the_browser_and_nothing_else(
    services: Services, coach: Coach, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    result = await run(services, coach, "setup_stripe")
    assert result.oauth is not None
    platform, url = result.oauth
    assert platform == "stripe"
    secret = url.rpartition("/")[2].rpartition("=")[2]
    assert len(secret) > 16
    told = json.dumps(result.content) + result.summary + repr(result.note) + repr(coach)
    out, err = capfd.readouterr()
    assert secret not in told + caplog.text + out + err
