"""The verbs that work on the database, as an operator runs them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from api.cli import main
from avery.store import coaches
from avery.store.pool import open_pool

COACH, APPLICATION = 42, 7


async def make_coach(url: str) -> None:
    async with open_pool(url, max_size=1) as pool, pool.connection() as connection:
        await coaches.ensure(connection, COACH, APPLICATION, "Europe/Berlin", "de-DE")


@pytest.fixture
def coach(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database with one coach, and the settings that lead to it."""
    monkeypatch.setenv("AVERY_DATABASE_URL", database_url)
    monkeypatch.setenv("AVERY_DATA_DIR", str(tmp_path))
    asyncio.run(make_coach(database_url))
    return database_url


def test_a_migrated_database_has_nothing_to_do(coach: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "The database is up to date.\n"


def test_an_empty_database_is_migrated_and_each_step_is_named(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AVERY_DATABASE_URL", empty_database_url)
    assert main(["migrate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "applied 0001.avery"
    assert lines[-1] == f"Applied {len(lines) - 1}."


def test_an_export_is_json_with_the_coach_in_it(coach: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["coach", "export", str(COACH)]) == 0
    exported = json.loads(capfdbinary.readouterr().out)
    assert "Europe/Berlin" in json.dumps(exported)


def test_an_erased_coach_is_unknown(coach: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coach", "erase", str(COACH), "--yes"]) == 0
    assert main(["coach", "export", str(COACH)]) == 1
    assert f"no coach {COACH}" in capsys.readouterr().err


def test_tokens_are_rotated_and_counted(coach: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tokens", "rotate"]) == 0
    assert capsys.readouterr().out.startswith("0 tokens")


def test_a_database_that_is_not_there_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AVERY_DATABASE_URL", "postgresql://avery:hunter2@127.0.0.1:9/avery")
    assert main(["migrate"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("avery: ")
    assert "hunter2" not in said
