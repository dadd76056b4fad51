"""schema.sql is the truth, and the migrations reach it from nothing."""

import asyncio
import sys
from pathlib import Path

import psycopg
import pytest

from avery.store import migrate as module
from avery.store.migrate import LANGGRAPH, migrate, names

pytestmark = pytest.mark.anyio
SCHEMA = Path(module.__file__).parent / "schema.sql"

COLUMNS = """
    SELECT table_schema, table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema IN ('public', 'sandbox') ORDER BY 1, 2, ordinal_position
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace IN ('public'::regnamespace, 'sandbox'::regnamespace) ORDER BY 1, 2
"""
INDEXES = "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname IN ('public', 'sandbox') ORDER BY 1, 2"
FOREIGN = ("_yoyo", "yoyo_lock", "checkpoint")


def shape(url: str) -> list[tuple[object, ...]]:
    """Columns, constraints and indexes of Avery's own tables."""
    with psycopg.connect(url) as connection:
        rows = [row for query in (COLUMNS, CONSTRAINTS, INDEXES) for row in connection.execute(query).fetchall()]
    return [row for row in rows if not any(str(part).startswith(FOREIGN) for part in row[:3])]


async def test_the_migrations_reach_exactly_the_schema(empty_database_url: str, database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(SCHEMA.read_text())
    assert shape(empty_database_url) == shape(database_url)
    assert len(shape(database_url)) > 50


async def test_a_second_migration_has_nothing_to_do(database_url: str) -> None:
    assert await migrate(database_url) == []


async def test_several_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    script = f"import asyncio; from avery.store.migrate import migrate; print(*asyncio.run(migrate({empty_database_url!r})))"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0] * 4, outputs
    applied = sorted(name for output, _ in outputs for name in output.decode().split())
    assert [name for name in applied if not name.startswith("langgraph.")] == [*names(), LANGGRAPH]
    assert len(applied) == len(set(applied))
