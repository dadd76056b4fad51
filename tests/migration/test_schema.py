"""schema.sql is the truth, and the migrations reach it from nothing."""

import asyncio
import sys
from pathlib import Path

import psycopg
import pytest

from avery.errors import DatabaseError
from avery.store import migrate as module
from avery.store.migrate import LANGGRAPH, migrate, names
from tests.postgres import named

pytestmark = pytest.mark.anyio
SCHEMA = Path(module.__file__).with_name("schema.sql")

OURS = """n.nspname IN ('public', 'sandbox') AND c.relname !~ '^_?yoyo' AND c.relname !~ '^checkpoint'"""
SHAPE = (
    f"""
    SELECT n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
           a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE {OURS} AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, 3
    """,
    f"""
    SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {OURS} ORDER BY 1, 2, 3
    """,
    """
    SELECT schemaname, indexname, indexdef FROM pg_indexes
    WHERE schemaname IN ('public', 'sandbox') AND tablename !~ '^_?yoyo' AND tablename !~ '^checkpoint' ORDER BY 1, 2
    """,
    f"""
    SELECT n.nspname, c.relname, c.relkind, obj_description(c.oid), c.reloptions
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} ORDER BY 1, 2
    """,
    """
    SELECT n.nspname, p.proname, pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('public', 'sandbox') ORDER BY 1, 2
    """,
    "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
)
"""Columns, constraints, indexes, relations, functions and triggers of Avery's own."""


def shape(url: str) -> list[tuple[object, ...]]:
    """Everything that makes two databases alike but the rows."""
    with psycopg.connect(url) as connection:
        return [row for query in SHAPE for row in connection.execute(query).fetchall()]


def test_the_migrations_reach_exactly_the_schema(empty_database_url: str, database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(SCHEMA.read_bytes())
    assert shape(database_url) == shape(empty_database_url)
    assert len(shape(database_url)) > 100


async def test_a_second_migration_has_nothing_to_do(database_url: str) -> None:
    assert await migrate(database_url) == []


async def test_what_a_killed_migration_left_is_finished(database_url: str) -> None:
    whole = shape(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA sandbox CASCADE")
        connection.execute("DELETE FROM _yoyo_migration WHERE migration_id LIKE '%sandbox%'")
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 4194304)")
        connection.execute("DELETE FROM checkpoint_migrations WHERE v > 5")
    assert await migrate(database_url) == [*(name for name in names() if "sandbox" in name), LANGGRAPH]
    assert shape(database_url) == whole


async def test_four_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    script = (
        f"import asyncio; from avery.store.migrate import migrate; print(*asyncio.run(migrate({empty_database_url!r})))"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert sorted(name for output, _ in outputs for name in output.decode().split()) == [*names(), LANGGRAPH]


async def test_a_database_that_is_not_there_is_named(postgres_url: str) -> None:
    with pytest.raises(DatabaseError, match="no_such_database"):
        await migrate(named(postgres_url, "no_such_database"))


async def test_a_server_that_does_not_answer_is_reported_without_the_password(unused_port: int) -> None:
    with pytest.raises(DatabaseError, match="cannot be used") as caught:
        await migrate(f"postgresql://avery:hunter2@127.0.0.1:{unused_port}/avery")
    assert "hunter2" not in str(caught.value)


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
