"""Bring the database's tables up to date: our migrations by yoyo, LangGraph's by its saver, one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from avery.errors import DatabaseError

MIGRATIONS = Path(__file__).with_name("migrations")
OLDEST_SERVER = 14
TRY_LOCK = f"SELECT pg_try_advisory_xact_lock({0x41564552594D4947})"  # "AVERYMIG"
LANGGRAPH = "langgraph"
"""The name under which LangGraph's own tables count as one migration of ours."""
LOCK_SECONDS = 120.0
"""How long to wait for another process's migrations."""


async def migrate(url: str) -> list[str]:
    """Apply what is missing; the names of what was applied, in order, with LangGraph's tables as `langgraph`.

    Safe from several processes at once, and quick where nothing is missing. Raises DatabaseError: unreachable, too old,
    or a migration failed (which then changed nothing).
    """
    try:
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=dict_row, prepare_threshold=None, connect_timeout=10
        ) as conn:
            _check_version(conn.info.server_version)
            missing = await _missing(conn)
            if not missing:
                return []
            async with _locked(url):
                missing = await _missing(conn)  # another process may have been faster
                if set(missing) - {LANGGRAPH}:
                    await asyncio.to_thread(_apply, url)
                if LANGGRAPH in missing:
                    await _apply_langgraph(conn)
            return missing
    except psycopg.OperationalError as error:
        raise DatabaseError(f"The database cannot be used: {_first_line(error)}") from error
    except psycopg.Error as error:
        raise DatabaseError(f"The migrations of the database failed: {_first_line(error)}") from error


def names() -> list[str]:
    """All of our own migrations, in order."""
    return sorted(path.stem for path in MIGRATIONS.glob("*.sql") if not path.name.endswith(".rollback.sql"))


def _check_version(version: int) -> None:
    if version < OLDEST_SERVER * 10_000:
        raise DatabaseError(
            f"The database is PostgreSQL {version // 10_000}; Avery needs {OLDEST_SERVER} or newer. Point "
            "AVERY_DATABASE_URL at a newer server, or leave it out to use the embedded one."
        )


async def _missing(conn: psycopg.AsyncConnection[DictRow]) -> list[str]:
    """What is not applied yet, in order."""
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    cursor = await conn.execute(
        "SELECT to_regclass('_yoyo_migration') AS ours, to_regclass('checkpoint_migrations') AS theirs"
    )
    tables = await cursor.fetchone()
    assert tables is not None
    applied: set[str] = set()
    if tables["ours"]:
        cursor = await conn.execute("SELECT migration_id FROM _yoyo_migration")
        applied.update(row["migration_id"] for row in await cursor.fetchall())
    if tables["theirs"]:
        cursor = await conn.execute("SELECT max(v) AS newest FROM checkpoint_migrations")
        row = await cursor.fetchone()
        if row and row["newest"] is not None and row["newest"] >= len(AsyncPostgresSaver.MIGRATIONS) - 1:
            applied.add(LANGGRAPH)
    return [name for name in (*names(), LANGGRAPH) if name not in applied]


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[None]:
    """Hold the lock, on a connection of its own, for the time of a transaction: that holds through poolers too.

    LangGraph builds indexes concurrently, which waits for every snapshot, so nobody here may hold one: the lock is
    asked for again and again, not waited for, and without a parameter, whose portal would keep its snapshot.
    """
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=None) as conn:
        async with asyncio.timeout(LOCK_SECONDS):
            while True:
                await conn.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                await conn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                cursor = await conn.execute(TRY_LOCK)
                row = await cursor.fetchone()
                if row and row[0]:
                    break
                await conn.execute("ROLLBACK")
                await asyncio.sleep(0.05)
        yield
        await conn.execute("COMMIT")


def _apply(url: str) -> None:
    """Our own migrations, each in a transaction."""
    from yoyo import read_migrations
    from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
    from yoyo.connections import DatabaseURI
    from yoyo.migrations import default_migration_table

    # psycopg reads the address, so that every form of it works; yoyo passes the parts on as they are.
    parts: dict[str, Any] = conninfo_to_dict(url)
    backend = PostgresqlPsycopgBackend(
        DatabaseURI("postgresql+psycopg", None, None, None, None, parts.pop("dbname", None), parts),
        default_migration_table,
    )
    try:
        backend.init_database()
        backend.break_lock()  # ours is the lock that counts; yoyo's stays behind when a process is killed
        backend.apply_migrations(backend.to_apply(read_migrations(str(MIGRATIONS))))
    finally:
        backend.connection.close()


async def _apply_langgraph(conn: psycopg.AsyncConnection[DictRow]) -> None:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    await AsyncPostgresSaver(conn).setup()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
